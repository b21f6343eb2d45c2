"""The inspection against a real warehouse file: who is inspected, what the log holds, and what a killed run leaves."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.ingest.lake import ensure_lake
from orchestration.inspection import InspectionReport, inspect_leads, log, run
from orchestration.settings import Settings
from tests.inspection.leads import AS_OF, at, create_warehouse, criterion

NEXT_DAY = AS_OF + timedelta(days=1)
TITLE = criterion({"kind": "required", "column": "title"}, "title")
SIZE = criterion({"kind": "at_least", "column": "employees", "min": 100}, "size")
GOOD: dict[str, Any] = {"title": "VP", "employees": 200}
BAD: dict[str, Any] = {"title": None, "employees": 50}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "an don's home"
    home.mkdir()
    chosen = Settings(home=home, criteria_file=tmp_path / "criteria.yml")
    write_criteria(chosen, TITLE, SIZE)
    return chosen


def write_criteria(settings: Settings, *criteria: dict[str, Any], version: str = "1") -> None:
    document = {"version": version, "title": "Test", "criteria": list(criteria)}
    settings.criteria_file.write_text(yaml.safe_dump(document).replace("'2025-01-01'", "2025-01-01"))


def rows_of(settings: Settings, table: str) -> list[tuple[Any, ...]]:
    columns = {
        "lead_verdicts": "lead_id, inspected_at, verdict, defects, unevaluable, contract_version",
        "lead_criterion_results": "lead_id, inspected_at, criterion_code, result, observed",
        "criteria": "criterion_code, criterion_version, contract_version",
    }
    pattern = str(settings.raw / "andon" / table / "**" / "*.parquet").replace("'", "''")
    query = f"select {columns[table]} from read_parquet('{pattern}', hive_partitioning = false) order by all"
    with duckdb.connect() as con:
        return con.execute(query).fetchall()


def content_of(settings: Settings) -> dict[str, str]:
    files = sorted(path for path in (settings.raw / "andon").rglob("*") if path.is_file())
    return {str(p.relative_to(settings.raw)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_every_lead_gets_a_verdict_and_every_failure_a_row(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD, BAD, {"title": "VP"}])
    report = inspect_leads(settings, AS_OF)
    moment = AS_OF.replace(tzinfo=None)
    assert report.verdicts == {"ready": 1, "defective": 1, "unevaluable": 1}
    assert rows_of(settings, "lead_verdicts") == [
        ("L0", moment, "ready", 0, 0, "1"),
        ("L1", moment, "defective", 2, 0, "1"),
        ("L2", moment, "unevaluable", 0, 1, "1"),
    ]
    assert rows_of(settings, "lead_criterion_results") == [
        ("L1", moment, "size", "fail", "50.0"),
        ("L1", moment, "title", "fail", None),
        ("L2", moment, "size", "unevaluable", None),
    ]
    assert rows_of(settings, "criteria") == [("size", 1, "1"), ("title", 1, "1")]


def test_unchanged_leads_are_not_inspected_again_and_changed_ones_are(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD, BAD])
    inspect_leads(settings, AS_OF)
    assert inspect_leads(settings, NEXT_DAY).inspected == 0
    create_warehouse(settings.warehouse, [GOOD, {**GOOD, "subject_hash": "changed"}, {**GOOD, "lead_id": "new"}])
    assert inspect_leads(settings, NEXT_DAY).verdicts == {"ready": 2, "defective": 0, "unevaluable": 0}
    verdicts = [(row[0], row[2]) for row in rows_of(settings, "lead_verdicts")]
    assert verdicts == [("L0", "ready"), ("L1", "defective"), ("L1", "ready"), ("new", "ready")]


def test_a_change_of_the_criteria_in_force_judges_those_leads_anew_and_no_others(settings: Settings) -> None:
    early, late = {**GOOD, "handed_off_at": at("2025-03-01")}, {**GOOD, "handed_off_at": at("2025-07-01")}
    create_warehouse(settings.warehouse, [early, late])
    inspect_leads(settings, AS_OF)
    stricter = criterion({"kind": "at_least", "column": "employees", "min": 500}, "size", version=2,
                         valid_from="2025-06-01")  # fmt: skip
    write_criteria(settings, TITLE, {**SIZE, "valid_to": "2025-05-31"}, stricter, version="2")
    report = inspect_leads(settings, NEXT_DAY)
    assert report.inspected == 1
    assert rows_of(settings, "lead_verdicts")[-1][0::2][:2] == ("L1", "defective")
    assert ("size", 2, "2") in rows_of(settings, "criteria")


def test_a_repeated_run_changes_nothing(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD, BAD])
    inspect_leads(settings, AS_OF)
    before = content_of(settings)
    assert inspect_leads(settings, AS_OF).inspected == 0
    assert content_of(settings) == before


@pytest.mark.parametrize("killed_at", ["lead_criterion_results", "lead_verdicts"])
def test_a_run_killed_while_it_writes_and_repeated_leaves_the_log_of_one_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    create_warehouse(settings.warehouse, [GOOD, BAD])
    inspect_leads(settings, AS_OF)
    expected = content_of(settings)
    for table in ("lead_criterion_results", "lead_verdicts"):
        for path in (settings.raw / "andon" / table).glob("inspected_on=*/*.parquet"):
            path.unlink()

    write = log.write_atomically

    def killed(path: Path, write_file: Callable[..., object]) -> None:
        if killed_at in str(path):
            raise KeyboardInterrupt
        write(path, write_file)

    monkeypatch.setattr(log, "write_atomically", killed)
    with pytest.raises(KeyboardInterrupt):
        inspect_leads(settings, AS_OF)
    monkeypatch.undo()
    assert rows_of(settings, "lead_verdicts") == []
    inspect_leads(settings, AS_OF)
    assert content_of(settings) == expected


def test_results_of_a_killed_run_do_not_outlive_the_next_days_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_warehouse(settings.warehouse, [BAD])
    write = log.write_atomically
    monkeypatch.setattr(log, "write_atomically", lambda path, f: None if "verdicts" in str(path) else write(path, f))
    inspect_leads(settings, AS_OF)
    monkeypatch.undo()
    assert len(rows_of(settings, "lead_criterion_results")) == 2
    inspect_leads(settings, NEXT_DAY)
    assert {row[1] for row in rows_of(settings, "lead_criterion_results")} == {NEXT_DAY.replace(tzinfo=None)}


def test_a_lead_corrected_within_one_as_of_keeps_one_verdict_and_no_stale_result(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [BAD, BAD])
    inspect_leads(settings, AS_OF)
    create_warehouse(settings.warehouse, [{**GOOD, "subject_hash": "corrected"}, BAD])
    assert inspect_leads(settings, AS_OF).inspected == 1
    assert [(row[0], row[2]) for row in rows_of(settings, "lead_verdicts")] == [("L0", "ready"), ("L1", "defective")]
    assert {row[0] for row in rows_of(settings, "lead_criterion_results")} == {"L1"}


def test_a_run_for_a_past_instant_does_not_see_later_verdicts(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD])
    inspect_leads(settings, NEXT_DAY)
    assert inspect_leads(settings, AS_OF).inspected == 1


def test_the_warehouse_can_be_written_in_the_same_process_right_after(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD])
    inspect_leads(settings, AS_OF)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("create table written_after (a int)")


def test_broken_prepared_data_is_named_and_nothing_is_recorded(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD, {**GOOD, "lead_id": "L0"}])
    report = inspect_leads(settings, AS_OF)
    assert not report.recorded
    assert [finding.rule for finding in report.broken] == [
        "intermediate.int_leads.key",
        "intermediate.int_inspection_subjects.key",
    ]
    assert rows_of(settings, "lead_verdicts") == []


def test_a_lead_without_a_verdict_stops_the_record(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    create_warehouse(settings.warehouse, [GOOD, BAD])
    inspect = run.inspect

    def losing(*arguments: Any, **named: Any) -> Any:
        result = inspect(*arguments, **named)
        result.verdicts["ready"] -= 1
        return result

    monkeypatch.setattr(run, "inspect", losing)
    report: InspectionReport = inspect_leads(settings, AS_OF)
    assert not report.conserved
    assert rows_of(settings, "lead_verdicts") == []


def test_the_empty_log_has_the_types_of_the_written_one(settings: Settings) -> None:
    ensure_lake(settings)
    create_warehouse(settings.warehouse, [BAD])
    inspect_leads(settings, AS_OF)
    with duckdb.connect() as con:
        for table in ("lead_verdicts", "lead_criterion_results"):
            folder = str(settings.raw / "andon" / table).replace("'", "''")
            types = [
                con.execute(
                    f"describe select * from read_parquet('{folder}/{files}', hive_partitioning = false)"
                ).fetchall()
                for files in ("empty.parquet", "inspected_on=*/*.parquet")
            ]
            assert [row[:2] for row in types[0]] == [row[:2] for row in types[1]]


def test_a_warehouse_that_is_not_there_is_named(settings: Settings) -> None:
    with pytest.raises(FileNotFoundError, match="build the intermediate models first"):
        inspect_leads(settings, AS_OF)
