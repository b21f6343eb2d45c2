# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""The inspection's log in the lake: what was last said of each lead, and how more is added.

Belongs here: paths, the choice of leads that changed since their last inspection, atomic writes. Does not belong
here: verdicts (`expectations/judge.py`).

One file per table and `as_of`. The criterion results are written first and the verdicts last: a lead whose verdict
is not in the log was not inspected, so a run that is killed in between simply inspects the same leads again and
writes the same files.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from expectations.document import Contract
from expectations.judge import InspectionResult, criteria_hash_sql
from orchestration.ingest.lake import COMPRESSION, naive_utc, own_folder, write_atomically
from orchestration.settings import Settings

VERDICTS, RESULTS = "lead_verdicts", "lead_criterion_results"


def changed_subjects(settings: Settings, contract: Contract, subjects: str, as_of: datetime) -> str:
    """SQL, bracketed: the rows of `subjects` that have no verdict yet, or whose own data or criteria in force differ
    from those of their last verdict as of `as_of`."""
    current = criteria_hash_sql(contract, settings.zone)
    return f"""(
        select subjects.* from {subjects} as subjects
        left join (
            select
                lead_id, max_by(subject_hash, inspected_at) as judged_subject_hash,
                max_by(contract_hash, inspected_at) as judged_contract_hash
            from {_log(settings, VERDICTS)}
            where inspected_at <= timestamp '{naive_utc(as_of)}'
            group by lead_id
        ) as last on subjects.lead_id = last.lead_id
        where last.judged_subject_hash is distinct from subjects.subject_hash
            or last.judged_contract_hash is distinct from {current}
    )"""


def log_rows(settings: Settings) -> tuple[str, str]:
    """SQL relations of the whole log: verdicts, and criterion results that did not pass."""
    return _log(settings, VERDICTS), _log(settings, RESULTS)


def record(settings: Settings, result: InspectionResult, as_of: datetime) -> None:
    """Add an inspection to the log; leads already inspected at the same `as_of` are replaced, so that a lead has one
    verdict per inspection."""
    results, verdicts = (_file(settings, table, as_of) for table in (RESULTS, VERDICTS))
    _drop_uncommitted(settings)
    if not result.inspected:
        return
    # Results whose verdict is not in the log, or is about to be replaced, do not stay.
    known = f"lead_id in (select lead_id from {_parquet(verdicts)})" if verdicts.exists() else "false"
    again = f"lead_id in (select lead_id from ({result.verdict_sql}))"
    _write(result.con, results, result.result_sql, f"{known} and not {again}")
    _write(result.con, verdicts, result.verdict_sql, f"not {again}")


def _write(con: duckdb.DuckDBPyConnection, path: Path, rows: str, keep: str) -> None:
    """Write `rows`, and of what is there already the rows for which `keep` holds."""
    kept = f" union all by name select * from {_parquet(path)} where {keep}" if path.exists() else ""
    options = f"format parquet, compression {COMPRESSION}, use_tmp_file false"
    write_atomically(path, lambda file: con.execute(f"copy ({rows}{kept}) to '{_quoted(file.name)}' ({options})"))


def _drop_uncommitted(settings: Settings) -> None:
    """Remove results whose run was killed before it wrote its verdicts."""
    for path in own_folder(settings, RESULTS).glob("inspected_on=*/*.parquet"):
        if not (own_folder(settings, VERDICTS) / path.parent.name / path.name).exists():
            path.unlink()


def _file(settings: Settings, table: str, as_of: datetime) -> Path:
    moment = naive_utc(as_of)
    folder = f"inspected_on={moment.date().isoformat()}"
    return own_folder(settings, table) / folder / f"{moment:%Y%m%dT%H%M%S.%fZ}.parquet"


def _log(settings: Settings, table: str) -> str:
    return f"read_parquet('{_quoted(str(own_folder(settings, table)))}/**/*.parquet', hive_partitioning = false)"


def _parquet(path: Path) -> str:
    return f"read_parquet('{_quoted(str(path))}', hive_partitioning = false)"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
