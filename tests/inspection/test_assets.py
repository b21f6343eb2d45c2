"""The inspection inside Dagster: events, a check per criterion that never blocks, and checks that stop the run."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dagster import (
    AssetCheckSeverity,
    AssetKey,
    AssetsDefinition,
    ExecuteInProcessResult,
    asset,
    materialize,
)

from expectations import judge
from expectations.suites import Outcome
from orchestration.inspection import build_inspection_assets
from orchestration.inspection.assets import (
    AGREED,
    CONSERVED,
    EQUAL_COUNTS,
    PLAUSIBLE,
    RESULT_LOG,
    STRUCTURE,
    VERDICT_LOG,
)
from orchestration.partitions import daily_partitions
from orchestration.settings import Settings
from tests.inspection.leads import create_warehouse, criterion

GOOD = {"title": "VP", "employees": 200}
PARTITION = "2025-08-31"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    chosen = Settings(home=tmp_path, criteria_file=tmp_path / "criteria.yml")
    rules = [
        criterion({"kind": "required", "column": "title"}, "title", owner="content_marketing"),
        criterion({"kind": "at_least", "column": "employees", "min": 100}, "size"),
    ]
    document = {"version": "1", "title": "Test", "criteria": rules}
    chosen.criteria_file.write_text(yaml.safe_dump(document).replace("'2025-01-01'", "2025-01-01"))
    return chosen


@asset(deps=[VERDICT_LOG, RESULT_LOG])
def after_the_inspection() -> None:
    """Stands for the marts."""


def inspected(settings: Settings, tags: dict[str, str] | None = None) -> ExecuteInProcessResult:
    logs = build_inspection_assets(settings)[0]

    @asset(partitions_def=daily_partitions(settings))
    def feed() -> None:
        """Gives the run its business day, as the feeds do."""

    return materialize(
        [feed, logs, after_the_inspection], partition_key=PARTITION, raise_on_error=False, tags=tags or {}
    )


def checks_of(result: ExecuteInProcessResult) -> dict[str, Any]:
    return {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}


def materialized(result: ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}


def test_defects_are_reported_per_criterion_and_do_not_stop_the_run(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD, {"employees": 5}, {"title": "VP"}])
    result = inspected(settings)
    assert result.success
    assert "after_the_inspection" in materialized(result)
    checks = checks_of(result)
    assert {name: check.passed for name, check in checks.items()} == {
        "title": False, "size": False, AGREED: False, PLAUSIBLE: True, STRUCTURE: True, EQUAL_COUNTS: True,
        CONSERVED: True,
    }  # fmt: skip
    assert checks["size"].severity == AssetCheckSeverity.WARN
    size = {name: value.value for name, value in checks["size"].metadata.items()}
    assert size == {
        "applied": 3, "passed": 1, "failed": 1, "unevaluable": 1, "owner": "marketing_ops", "severity": "major",
    }  # fmt: skip


def test_a_missing_column_fails_its_check_with_the_reason(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD], without="employees")
    result = inspected(settings)
    assert result.success
    check = checks_of(result)["size"]
    assert not check.passed
    assert check.metadata["not_evaluated_because"].value == "column employees is missing"


def test_counts_that_differ_fail_the_run_before_the_marts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    create_warehouse(settings.warehouse, [GOOD])
    honest = judge.run_suites

    def lying(con: duckdb.DuckDBPyConnection, suites: Any) -> dict[str, Outcome]:
        found = honest(con, suites)
        return {**found, "size@1": Outcome(found["size@1"].failing + 1)}

    monkeypatch.setattr(judge, "run_suites", lying)
    result = inspected(settings)
    assert not result.success
    assert not checks_of(result)[EQUAL_COUNTS].passed
    assert materialized(result) == {"feed"}


def test_broken_structure_fails_the_run_before_the_marts(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD, {**GOOD, "lead_id": "L0"}])
    result = inspected(settings)
    assert not result.success
    assert not checks_of(result)[STRUCTURE].passed
    assert materialized(result) == {"feed"}


def test_a_run_looks_from_its_tag_else_from_the_morning_after_its_day(settings: Settings) -> None:
    create_warehouse(settings.warehouse, [GOOD])
    assert inspected(settings).success
    create_warehouse(settings.warehouse, [{**GOOD, "subject_hash": "changed"}])
    assert inspected(settings, {"andon/as_of": "2025-09-01T15:30:00+00:00"}).success
    files = sorted(path.name for path in (settings.raw / "andon" / "lead_verdicts").glob("inspected_on=*/*"))
    assert files == ["20250901T100000.000000Z.parquet", "20250901T153000.000000Z.parquet"]


def test_criteria_that_are_broken_leave_the_code_location_loading_and_fail_the_run_with_the_line(
    settings: Settings,
) -> None:
    create_warehouse(settings.warehouse, [GOOD])
    settings.criteria_file.write_text('version: "1"\ntitle: T\ncriteria:\n  - code: x\n')
    result = inspected(settings)
    assert not result.success
    failures = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert "criteria.yml:4" in str(failures)


def create_marts(settings: Settings) -> None:
    """Every mart that a structural rule reads, with one sound row or none."""
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("create schema intermediate; create schema marts; use marts")
        con.execute("create table fct_leads as select 'a' as lead_id, 'ready' as verdict")
        con.execute("create table lead_defects as select 'a' as lead_id, 'title' as criterion_code")
        con.execute("create table lead_verdicts as select 'a' as lead_id, timestamp '2025-09-01' as inspected_at")
        con.execute("create table fct_handoffs as select 'h' as handoff_id, 'a' as lead_id")
        con.execute("create table fct_lead_touch_credit as select 'a' as lead_id, 'first' as model, 1.0 as credit")
        con.execute(
            "create table fct_channel_weekly as select date '2025-08-25' as week_start, 'x' as source,"
            " 'c' as campaign_id, 10.00 as spend"
        )
        con.execute(
            "create table fct_source_weekly as select date '2025-08-25' as week_start, 'x' as source, 'e' as segment,"
            " 3 as handed_off, 1 as ready_leads, 1 as defective_leads, 1 as unevaluable_leads"
        )
        con.execute("create table fct_stage_visits as select 'o' as opportunity_id, 1 as visit_no")
        con.execute(
            "create table load_manifest as select 'loaded' as status, 3 as lines_read, 2 as rows_loaded,"
            " 1 as rows_rejected"
        )
        con.execute(
            "create table warehouse.intermediate.int_ad_spend as select 'p' as platform, 'a' as account_id,"
            " 'c' as campaign_id, date '2025-08-25' as spend_date, 'EUR' as currency, 8.00 as cost, 10.00 as spend"
        )
        con.execute("create table fct_ad_spend as from warehouse.intermediate.int_ad_spend")


BREAKS = {
    "fct_leads": "insert into fct_leads values ('a', 'ready')",
    "lead_defects": "insert into lead_defects values ('z', 'title')",
    "lead_verdicts": "insert into lead_verdicts select * from lead_verdicts",
    "fct_handoffs": "update fct_handoffs set handoff_id = null",
    "fct_lead_touch_credit": "update fct_lead_touch_credit set credit = 0.9",
    "fct_ad_spend": "update fct_ad_spend set account_id = 'b'",
    "fct_channel_weekly": "update fct_channel_weekly set spend = 9.99",
    "fct_source_weekly": "update fct_source_weekly set ready_leads = 2",
    "fct_stage_visits": "insert into fct_stage_visits select * from fct_stage_visits",
    "load_manifest": "update load_manifest set rows_loaded = 1",
}


def published_after_checks(settings: Settings) -> ExecuteInProcessResult:
    """Marts that do nothing, their structural checks, and an asset that may only be built when these passed."""

    def mart(name: str) -> AssetsDefinition:
        @asset(name=name)
        def build() -> None:
            pass

        return build

    @asset(deps=[AssetKey([name]) for name in BREAKS])
    def served_copy() -> None:
        pass

    structure = build_inspection_assets(settings)[1]
    return materialize([*(mart(name) for name in BREAKS), structure, served_copy], raise_on_error=False)


def test_sound_marts_are_published(settings: Settings) -> None:
    create_marts(settings)
    result = published_after_checks(settings)
    assert result.success
    assert len(result.get_asset_check_evaluations()) == len(BREAKS)
    assert "served_copy" in materialized(result)


@pytest.mark.parametrize("mart", BREAKS)
def test_one_bad_row_in_a_mart_stops_the_publication(settings: Settings, mart: str) -> None:
    create_marts(settings)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("use marts")
        con.execute(BREAKS[mart])
    result = published_after_checks(settings)
    failed = {e.asset_key.path[-1] for e in result.get_asset_check_evaluations() if not e.passed}
    assert mart in failed
    assert not result.success
    assert "served_copy" not in materialized(result)
