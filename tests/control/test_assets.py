"""From a published copy to stored revisions, in a real Dagster run of one week and of a range."""

from datetime import date, datetime

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.control.assets import DRIVERS_SUM_TO_VARIANCE, ONE_ROW_PER_METRIC, build_control_assets
from orchestration.control.schemas import DRIVERS, VARIANCE
from orchestration.serving.reader import NothingPublishedError
from tests.control.served import WEEK, Week, publish

AS_OF = datetime.fromisoformat("2026-03-10T10:00:00")


@dg.asset(deps=["weekly_variance_drivers_log"])
def mart() -> None:
    """Stands for what is built on the logs."""


def run(settings, *weeks, as_of="2026-03-10T10:00:00+00:00", raise_on_error=True):
    first, last = str(weeks[0]), str(weeks[-1])
    tags = {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
        "andon/as_of": as_of,
    }
    job = dg.Definitions(
        assets=[*build_control_assets(settings), mart], jobs=[dg.define_asset_job("control", selection="*")]
    ).resolve_job_def("control")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, tags=tags, raise_on_error=raise_on_error)
    checks = {event.check_name: event for event in result.get_asset_check_evaluations()}
    return result, checks


def test_a_week_is_stored_with_both_checks_green(settings, store):
    publish(settings, "one", AS_OF, Week())
    result, checks = run(settings, WEEK)
    assert result.success
    assert {name: check.passed for name, check in checks.items()} == {
        ONE_ROW_PER_METRIC: True,
        DRIVERS_SUM_TO_VARIANCE: True,
    }
    variance = store.read(store.latest(WEEK)).set_index(["source", "segment", "metric"])
    won = variance.loc[("all", "all", "won")]
    assert (won["plan"], won["actual"], won["status"], won["state"]) == (28, 22, "off_plan", "provisional")
    assert won["as_of"] == pd.Timestamp(AS_OF)
    drivers = store.read(store.latest(WEEK), DRIVERS)
    assert drivers["effect_acquisitions"].sum() == pytest.approx(-6)
    assert drivers["effect_money"].sum() == pytest.approx(31_428.57, abs=0.005)


def test_a_range_of_weeks_is_one_run(settings, store):
    weeks = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    publish(settings, "one", AS_OF, *(Week(week, fingerprint=f"c-{week}") for week in weeks))
    result, _ = run(settings, *weeks, as_of="2026-03-30T10:00:00+00:00")
    event = result.get_asset_materialization_events()[0]
    assert event.materialization.metadata["new_revisions"].value == 3
    states = [store.latest(week).state for week in weeks]
    assert states == ["final", "final", "final"]


def test_run_again_nothing_is_added(settings, store):
    publish(settings, "one", AS_OF, Week())
    run(settings, WEEK)
    result, checks = run(settings, WEEK)
    assert result.get_asset_materialization_events()[0].materialization.metadata["new_revisions"].value == 0
    assert checks[DRIVERS_SUM_TO_VARIANCE].passed
    assert store.latest(WEEK).number == 1


def test_a_week_that_is_not_closed_is_stored_as_blocked_with_its_reason_and_no_drivers(settings, store):
    publish(settings, "one", AS_OF, Week(closed=False, missing="crm.leads 2026-03-05"))
    run(settings, WEEK)
    latest = store.latest(WEEK)
    assert latest.state == "blocked"
    assert "crm.leads 2026-03-05" in latest.reason
    assert store.read(latest, DRIVERS).empty


def test_a_closed_week_without_its_capacity_is_blocked_with_the_reason_until_the_plan_has_it(settings, store):
    publish(settings, "one", AS_OF, Week(missing_capacity="sdr: no line in capacity.csv"))
    run(settings, WEEK)
    latest = store.latest(WEEK)
    assert latest.state == "blocked"
    assert "capacity cannot be reconciled: sdr: no line in capacity.csv" in latest.reason
    publish(settings, "two", AS_OF, Week(fingerprint="with capacity"))
    run(settings, WEEK)
    assert store.latest(WEEK).state == "provisional"


@pytest.mark.parametrize(
    ("table", "check", "spoil"),
    [
        (DRIVERS, DRIVERS_SUM_TO_VARIANCE, lambda rows: rows.assign(effect_money=rows["effect_money"] + 1)),
        (VARIANCE, ONE_ROW_PER_METRIC, lambda rows: pd.concat([rows, rows.head(1)])),
    ],
)
def test_a_spoilt_file_turns_its_check_red_and_fails_the_run_before_anything_builds_on_it(
    settings, store, table, check, spoil
):
    publish(settings, "one", AS_OF, Week())
    run(settings, WEEK)
    path = store._path(table, WEEK, 1)
    schema = pq.read_schema(path)
    spoilt = spoil(pq.ParquetFile(path).read().to_pandas())
    pq.write_table(pa.Table.from_pandas(spoilt, schema=schema, preserve_index=False), path)
    result, checks = run(settings, WEEK, raise_on_error=False)
    assert not checks[check].passed
    assert not result.success
    assert "mart" not in {event.step_key for event in result.get_step_success_events()}


def test_without_a_publication_the_run_fails_and_says_what_to_do(settings):
    with pytest.raises(NothingPublishedError, match="served_copy"):
        run(settings, WEEK)
