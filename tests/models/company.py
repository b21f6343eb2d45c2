"""A lake of a few rows and the warehouse built on it: what the model tests stand on.

Belongs here: landing rows as the ingest would, an inspection's log, running the project in this process; times and
amounts may be written as text (`2026-03-02T15:00Z`). Does not belong here: how files are read (`tests/ingest`) or a
whole company (`orchestration.simulation`).
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from expectations.ledger import CRITERIA_SCHEMA, RESULT_SCHEMA, VERDICT_SCHEMA, WAIVER_SCHEMA
from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import MANIFEST_SCHEMA, feeds_on
from orchestration.ingest.lake import ensure_lake, naive_utc, write_run_context
from orchestration.ingest.plan_tables import PLAN_TABLES_BY_NAME
from orchestration.partitions import as_of_for_day
from orchestration.settings import DBT_PROJECT, Settings, Vendor
from orchestration.transform import warehouse_closed_after

Row = Mapping[str, Any]

PREPARE = ["--select", "path:models/staging", "path:models/intermediate"]
MARTS = ["--select", "path:models/marts", "--exclude", "path:models/marts/control"]
WHOLE: list[str] = []
LEADS = ["--select", "+path:models/marts/core", "+path:models/marts/leads"]
CONTROL = ["--select", "path:models/marts/control"]

OWN_MARKS = ("_modelled_at", "_left_lead_id")

PLAN: dict[str, list[dict[str, Any]]] = {
    "plan_versions": [
        {
            "plan_version": "v1",
            "valid_from": "2025-12-29",
            "approved_at": "2025-12-01T00:00Z",
            "approved_by_marketing": "marketing_lead",
            "approved_by_sales": "sales_lead",
        }
    ],
    "targets": [
        {
            "plan_version": "v1",
            "week_from": "2025-12-29",
            "source": source,
            "segment": "enterprise",
            "spend": spend,
            "leads": 10.0,
            "won": 1.0,
        }
        for source, spend in (("syndication", "1000"), ("search", "500"))
    ],
    "sources": [
        {"source": source, "title": source, "channel": source, "is_paid": source != "referral", "owner": "content"}
        for source in ("syndication", "search", "referral")
    ],
    "segments": [
        {"segment": "mid_market", "title": "Mid-market", "min_employees": 100, "max_employees": 999},
        {"segment": "enterprise", "title": "Enterprise", "min_employees": 1000},
    ],
    "campaigns": [
        {
            "campaign_id": campaign,
            "campaign_name": campaign,
            "source": source,
            "segment": segment,
            "owner": "content",
            "valid_from": "2026-01-01",
        }
        for campaign, source, segment in (
            ("SYN-E", "syndication", "enterprise"),
            ("SEA-M", "search", "mid_market"),
        )
    ],
    "source_map": [
        {"system": system, "source_value": value, "source": source}
        for system, value, source in (
            ("crm", "Content Syndication", "syndication"),
            ("crm", "Paid Search", "search"),
            ("crm", "Customer Referral", "referral"),
            ("web", "google_cpc", "search"),
        )
    ],
    "spend_map": [
        {"rule_id": "spring", "priority": 10, "utm_campaign": "spring*", "source": "search",
         "maps_to_campaign": "SEA-M", "valid_from": "2026-01-01"},
    ],
    "fx_rates": [{"currency": "EUR", "valid_from": "2026-01-01", "rate": 1.1}],
    "attribution_rules": [
        {"model": model, "valid_from": "2026-01-01", "window_days": 90.0, "days_after": 1.0,
         "tie_break": "lowest_id_first", **more}
        for model, more in (
            ("first", {}), ("last", {}), ("linear", {}),
            ("position_based", {"first_weight": 0.4, "last_weight": 0.4}), ("time_decay", {"half_life_days": 7.0}),
        )
    ],
    "identity_rules": [
        {"rule": rule, "value": value}
        for rule, value in (
            ("strip_plus_tag", "*"), ("ignore_dots", "gmail.com"), ("same_domain", "googlemail.com=gmail.com"),
            ("role_address", "info"), ("internal_domain", "us.example"),
        )
    ],
    "stage_map": [
        {"system": "crm", "object": kind, "source_value": value, "stage": stage, "stage_order": order,
         "is_closed": stage in ("rejected", "disqualified", "converted", "won", "lost"), "is_won": stage == "won"}
        for kind, value, stage, order in (
            ("lead", "New", "new", 1),
            ("lead", "MQL", "handed_off", 3),
            ("lead", "Sales Accepted", "accepted", 4),
            ("lead", "Sales Rejected", "rejected", 5),
            ("lead", "Recycled", "recycled", 6),
            ("lead", "Disqualified", "disqualified", 7),
            ("lead", "Qualified", "converted", 8),
            ("opportunity", "Discovery", "discovery", 1),
            ("opportunity", "Evaluation", "evaluation", 2),
            ("opportunity", "Proposal", "proposal", 3),
            ("opportunity", "Negotiation", "negotiation", 4),
            ("opportunity", "Closed Won", "won", 5),
            ("opportunity", "Closed Lost", "lost", 6),
        )
    ],
    "reasons": [
        {"reason_code": "too_small", "title": "Too small", "category": "wrong_segment"},
        {"reason_code": "no_need", "title": "No need", "category": "no_need_or_timing"},
    ],
    "sla_policy": [
        {"policy": "sdr", "from_team": "marketing", "to_team": "sdr", "segment": "enterprise",
         "valid_from": "2025-01-01", "respond_within_minutes": 60, "decide_within_minutes": 960},
        {"policy": "ae", "from_team": "sdr", "to_team": "ae", "segment": "enterprise",
         "valid_from": "2025-01-01", "respond_within_minutes": 240, "decide_within_minutes": 960},
    ],
    "business_hours": [{"weekday": weekday, "opens": "09:00", "closes": "17:00"} for weekday in range(1, 6)],
    "owners": [{"owner": "content", "title": "Content marketing"}],
    "capacity": [
        {"team": "sdr", "valid_from": "2025-01-01", "people": 2, "hours_per_week": 40.0, "availability": 0.7,
         "minutes_per_lead": 20.0},
    ],
}  # fmt: skip


@lru_cache(maxsize=8)
def parsed_project(vendors: str = "flat", custom_fields: str = "{}", ended: str = "") -> Manifest:
    """The project, parsed once per test process and choice of vendors: it names no path of any installation."""
    with _environment(Path("/nowhere"), Path("/nowhere/warehouse.duckdb"), vendors, custom_fields, ended):
        outcome = dbtRunner().invoke(["parse", "--no-partial-parse", *_project_arguments(_shared_target(vendors))])
    assert outcome.success, outcome.exception
    assert isinstance(outcome.result, Manifest)
    # dbt cannot copy nodes that are off, and no run looks at them.
    outcome.result.disabled.clear()
    return outcome.result


@dataclass
class Company:
    """One home folder: land rows day by day, build, and ask the warehouse."""

    home: Path
    time_zone: str = "America/New_York"
    currency: str = "USD"
    plan: Mapping[str, list[dict[str, Any]]] = field(default_factory=lambda: PLAN)
    warehouse_folder: str = "."
    vendors: tuple[Vendor, ...] = ("flat",)
    custom_fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    vendors_ended: Mapping[Vendor, date] = field(default_factory=dict[Vendor, date])
    _loads: int = 0

    def __post_init__(self) -> None:
        ensure_lake(self.settings)
        criteria = self.settings.raw / "andon" / "criteria"
        criteria.mkdir(parents=True, exist_ok=True)
        pq.write_table(CRITERIA_SCHEMA.empty_table(), criteria / "criteria.parquet")

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.home,
            time_zone=self.time_zone,
            currency=self.currency,
            vendors=self.vendors,
            custom_fields=self.custom_fields,
            vendors_ended=self.vendors_ended,
        )

    @property
    def _choices(self) -> tuple[str, str, str]:
        ended = {vendor: day.isoformat() for vendor, day in self.vendors_ended.items()}
        return ",".join(self.vendors), json.dumps(self.custom_fields), json.dumps(ended) if ended else ""

    @property
    def warehouse(self) -> Path:
        """The warehouse; its name is part of the parsed project, its folder is not."""
        folder = self.home / self.warehouse_folder
        folder.mkdir(exist_ok=True)
        return folder / "warehouse.duckdb"

    def as_of(self, day: date) -> datetime:
        return naive_utc(as_of_for_day(day, self.settings.zone))

    def land(self, feed: str, rows: Iterable[Row], day: date, *, landed_on: date | None = None) -> None:
        """Land one file of `feed` ('crm.leads', or 'plan.targets') for business day `day`."""
        on = {declared.name: declared for declared in feeds_on(self.settings)}
        declared = on.get(feed) or PLAN_TABLES_BY_NAME[feed.removeprefix("plan.")]
        landed = landed_on or day
        self._loads += 1
        name = f"{declared.system}/{declared.table}/{declared.table}_{day}_{self._loads}.csv"
        table = _lake_table(declared, list(rows), name, self.as_of(landed))
        path = self.settings.raw / declared.system / declared.table / f"landed_on={landed}" / f"{self._loads}.parquet"
        _write(path, table)
        self._record(declared, name, day, landed, table.num_rows)

    def land_plan(self, day: date, tables: Mapping[str, list[dict[str, Any]]] | None = None) -> None:
        """Land the plan (or only `tables` of it) as snapshots of `day`."""
        for table, rows in (tables or self.plan).items():
            self.land(f"plan.{table}", rows, day)

    def inspect(self, day: date, verdicts: Iterable[Row], results: Iterable[Row] = ()) -> None:
        """Log an inspection made as of the morning after `day`."""
        at = self.as_of(day)
        common = {"inspected_at": at, "contract_version": "1", "contract_hash": "c", "subject_hash": "s",
                  "criteria_evaluated": 3, "defects": 0, "unevaluable": 0}  # fmt: skip
        judged = [{**common, **row} for row in verdicts]
        found = [
            {"inspected_at": at, "criterion_version": 1, "result": "fail", "severity": "major", "owner": "content",
             "reason_category": "wrong_role", **row}
            for row in results
        ]  # fmt: skip
        own = self.settings.raw / "andon"
        _write(own / "lead_verdicts" / f"{day}.parquet", _table(judged, VERDICT_SCHEMA))
        _write(own / "lead_criterion_results" / f"{day}.parquet", _table(found, RESULT_SCHEMA))

    def waive(self, day: date, said: Iterable[Row]) -> None:
        """Log what was said about defects on the morning after `day`."""
        _write(self.settings.raw / "andon" / "defect_waivers" / f"{day}.parquet", _table(list(said), WAIVER_SCHEMA))

    def build(self, day: date, *selection: str, command: str = "run", full_refresh: bool = False) -> None:
        """Run `selection` (default: everything before and after the inspection) as of the morning after `day`."""
        write_run_context(self.settings, as_of_for_day(day, self.settings.zone))
        tests = ["--exclude-resource-type", "unit_test", "--indirect-selection", "buildable"]
        self.dbt(
            command,
            *selection,
            *(tests if command == "build" else []),
            *(["--full-refresh"] if full_refresh else []),
        )

    def run_day(self, day: date, selection: Sequence[str] = WHOLE, *, command: str = "run") -> None:
        """A daily run that needs no inspection, in one invocation."""
        self.build(day, *selection, command=command)

    def dbt(self, *arguments: str) -> None:
        """One dbt command in this process; fails the test with dbt's own messages."""
        messages: list[str] = []
        runner = dbtRunner(
            manifest=parsed_project(*self._choices).deepcopy(),
            callbacks=[lambda event: _collect_error(event, messages)],
        )
        with _environment(self.home, self.warehouse, *self._choices), warehouse_closed_after():
            outcome = runner.invoke([*arguments, *_project_arguments(self.home / "dbt")])
        assert outcome.success, "\n".join(messages) or str(outcome.exception)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The result of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute(f"set file_search_path = '{self.home}'")
            return connection.execute(query).fetchall()

    def one(self, query: str) -> Any:
        """The single value of a query that gives one row with one column."""
        [(value,)] = self.rows(query)
        return value

    def _record(self, feed: Feed, name: str, day: date, landed: date, rows: int) -> None:
        at = self.as_of(landed)
        entry = {"feed": feed.name, "system": feed.system, "table_name": feed.table, "file_name": name,
                 "file_sha256": _sha(name), "bytes": 1, "format": "csv", "delivery_day": day, "landed_at": at,
                 "landed_on": landed, "lines_read": rows, "rows_loaded": rows, "rows_rejected": 0,
                 "status": "loaded", "recorded_at": at, "load_id": str(self._loads)}  # fmt: skip
        path = self.settings.raw / "andon" / "load_manifest" / f"landed_on={landed}" / f"{self._loads}.parquet"
        _write(path, _table([entry], MANIFEST_SCHEMA))


def differences(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that differ between two attached warehouses, per table, the models' own marks apart."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        f" where table_catalog = '{left}' and table_schema in ('intermediate', 'marts') and table_type = 'BASE TABLE'"
        " order by all"
    ).fetchall()
    found: dict[str, list[tuple[Any, ...]]] = {}
    for schema, table in tables:
        columns = [
            name
            for (name,) in connection.execute(
                "select column_name from information_schema.columns where table_catalog = ? and table_schema = ?"
                " and table_name = ? order by ordinal_position",
                [left, schema, table],
            ).fetchall()
            if name not in OWN_MARKS
        ]
        listed = ", ".join(f'"{column}"' for column in columns)
        sides = [f"select {listed} from {warehouse}.{schema}.{table}" for warehouse in (left, right)]
        rows = connection.execute(
            f"(select 'left', * from ({sides[0]} except all {sides[1]}))"
            f" union all (select 'right', * from ({sides[1]} except all {sides[0]})) order by all"
        ).fetchall()
        if rows:
            found[f"{schema}.{table}"] = rows
    return found


class _environment:  # noqa: N801 - reads as the statement it is
    """What the project reads of an installation, for the length of one command."""

    def __init__(self, home: Path, warehouse: Path, vendors: str, custom_fields: str, ended: str) -> None:
        self._ours = {
            "ANDON_HOME": str(home),
            "ANDON_WAREHOUSE": str(warehouse),
            "ANDON_VENDORS": vendors,
            "ANDON_VENDORS_ENDED": ended,
            "ANDON_CUSTOM_FIELDS": custom_fields,
        }

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._ours}
        os.environ.update(self._ours)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _collect_error(event: Any, messages: list[str]) -> None:
    if event.info.level == "error" and event.info.msg.strip():
        messages.append(event.info.msg.strip())


@lru_cache(maxsize=8)
def _shared_target(vendors: str) -> Path:
    """A folder of its own per choice: a partial parse of another one is no use."""
    return Path(tempfile.mkdtemp(prefix="andon-dbt-"))


def _project_arguments(target: Path) -> list[str]:
    project = str(DBT_PROJECT)
    return ["--project-dir", project, "--profiles-dir", project, "--target-path", str(target), "--log-path",
            str(target / "logs"), "--quiet", "--no-write-json"]  # fmt: skip


def _lake_table(feed: Feed, rows: Sequence[Row], name: str, landed_at: datetime) -> pa.Table:
    traced = [
        {**row, "_file": name, "_line": line, "_landed_at": landed_at, "_file_sha256": _sha(name)}
        for line, row in enumerate(rows, start=2)
    ]
    unknown = {key for row in rows for key in row} - {column.name for column in feed.columns}
    assert not unknown, f"{feed.name} has no columns {sorted(unknown)}"
    return _table(traced, feed.lake_schema)


def _table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    columns = {field.name: [_typed(row.get(field.name), field.type) for row in rows] for field in schema}
    return pa.Table.from_pydict(columns, schema=schema)


def _typed(value: Any, kind: pa.DataType) -> Any:
    if not isinstance(value, str) or pa.types.is_string(kind):
        return value
    if pa.types.is_timestamp(kind):
        return naive_utc(datetime.fromisoformat(value))
    return date.fromisoformat(value) if pa.types.is_date(kind) else Decimal(value)


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
