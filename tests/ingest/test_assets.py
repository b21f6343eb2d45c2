"""The ingest assets, materialised as runs do: one day, a range in one run, a refused file, a broken plan."""

from datetime import timedelta
from typing import Any

import pytest
from dagster import (
    AssetChecksDefinition,
    AssetKey,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    define_asset_job,
    in_process_executor,
)
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from orchestration.ingest import assets as ingest_assets
from orchestration.ingest.assets import build_ingest_assets
from orchestration.ingest.contracts import VENDORS
from orchestration.ingest.plan_tables import PLAN_TABLES
from orchestration.partitions import AS_OF_TAG
from orchestration.settings import Settings
from tests.ingest.landed import MONDAY, SPEND, Site, event_line, events_csv, feed_csv

EVENTS_KEY = AssetKey(["crm", "lead_events"])


def run(settings: Settings, first: Any = MONDAY, last: Any = None, **tags: str) -> ExecuteInProcessResult:
    """The ingest assets in one run, as a backfill of [first, last] starts it."""
    job = define_asset_job("ingest", selection="*", executor_def=in_process_executor)
    built = build_ingest_assets(settings)
    definitions = Definitions(
        assets=[each for each in built if not isinstance(each, AssetChecksDefinition)],
        asset_checks=[each for each in built if isinstance(each, AssetChecksDefinition)],
        jobs=[job],
    )
    window = {ASSET_PARTITION_RANGE_START_TAG: str(first), ASSET_PARTITION_RANGE_END_TAG: str(last or first)}
    with DagsterInstance.ephemeral() as instance:
        return definitions.resolve_job_def("ingest").execute_in_process(
            instance=instance, tags={**window, **tags}, raise_on_error=False
        )


def checks_of(result: ExecuteInProcessResult, key: AssetKey) -> dict[str, bool]:
    evaluations = result.get_asset_check_evaluations()
    return {each.check_name: each.passed for each in evaluations if each.asset_key == key}


def metadata_of(result: ExecuteInProcessResult, key: AssetKey) -> dict[str, Any]:
    (event, *_) = [e for e in result.get_asset_materialization_events() if e.asset_key == key]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_feeds_are_daily_assets_and_the_plan_is_beside_them_in_the_ingest_group(settings: Settings) -> None:
    assets = [each for each in build_ingest_assets(settings) if not isinstance(each, AssetChecksDefinition)]
    keys = {key for each in assets for key in each.keys}
    assert keys == {AssetKey([feed.system, feed.table]) for feed in (*VENDORS["flat"], *PLAN_TABLES)}
    assert {group for each in assets for group in each.group_names_by_key.values()} == {"ingest"}
    feeds = [each for each in assets if each.keys != {AssetKey(["plan", table.table]) for table in PLAN_TABLES}]
    assert all(each.partitions_def is not None for each in feeds)


def test_a_single_day_is_loaded_and_described(site: Site) -> None:
    site.deliver(events_csv(event_line(1), "bad,line"))
    result = run(site.settings)
    assert result.success
    metadata = metadata_of(result, EVENTS_KEY)
    assert (metadata["files"], metadata["lines_read"], metadata["rows_loaded"], metadata["rows_rejected"]) == (
        1,
        2,
        1,
        1,
    )
    expected = {"conservation": True, "no_file_refused": True, "no_line_rejected": False}
    assert checks_of(result, EVENTS_KEY) == expected


def test_a_range_of_days_is_one_run(site: Site) -> None:
    days = [MONDAY + timedelta(days=n) for n in range(3)]
    for number, day in enumerate(days):
        site.deliver(events_csv(event_line(number, day)), f"e_{day}.csv")
    result = run(site.settings, days[0], days[-1])
    assert result.success
    assert [row.landed_on for row in site.manifest()] == days
    assert len(result.get_step_success_events()) == len(VENDORS["flat"]) + len(("plan", "refused_files"))


def test_a_refused_file_ends_the_run_red_and_stops_nothing_else(site: Site) -> None:
    site.deliver("nonsense\n", "bad_2026-03-02.csv")
    site.deliver(events_csv(event_line(1)), "good_2026-03-02.csv")
    spend = Site(site.settings, SPEND)
    row = {
        "spend_date": MONDAY,
        "platform": "google",
        "account_id": "1",
        "campaign_id": "2",
        "cost": 1,
        "currency": "USD",
    }
    spend.deliver(feed_csv(SPEND, [row]), "spend_2026-03-02.csv")
    result = run(site.settings)
    (failure,) = result.get_step_failure_events()
    assert failure.step_key == "refused_files"
    assert {EVENTS_KEY, AssetKey(["ads", "ad_spend"])} <= {
        event.asset_key for event in result.get_asset_materialization_events()
    }
    assert "crm/lead_events/bad_2026-03-02.csv: column event_id" in str(failure.step_failure_data.user_failure_data)
    assert checks_of(result, EVENTS_KEY)["no_file_refused"] is False
    assert [row["event_id"] for row in site.rows()] == ["E1"]
    assert len(spend.rows()) == 1


def test_a_refused_file_stays_reported_until_it_is_mended(site: Site) -> None:
    path = site.deliver("nonsense\n", "bad_2026-03-02.csv")
    run(site.settings)
    assert not run(site.settings, MONDAY + timedelta(days=1)).success
    path.write_text(events_csv(event_line(1)))
    mended = run(site.settings, MONDAY + timedelta(days=2))
    assert mended.success
    assert checks_of(mended, EVENTS_KEY)["no_file_refused"] is True


def test_the_run_looks_from_its_tag(site: Site) -> None:
    site.deliver(events_csv(event_line(1)))
    run(site.settings, **{AS_OF_TAG: "2026-03-02T15:30:00+00:00"})
    assert site.manifest()[0].landed_at.isoformat() == "2026-03-02T15:30:00"


def test_a_gap_between_manifest_and_lake_fails_the_conservation_check(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.deliver(events_csv(event_line(1)))
    monkeypatch.setattr(ingest_assets, "conservation_gaps", lambda *_: ["one row is gone"])
    result = run(site.settings)
    assert not result.success
    assert checks_of(result, EVENTS_KEY)["conservation"] is False


def test_an_io_error_is_retried_and_anything_else_is_not(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    load = ingest_assets.load_feed
    left = {"crm.lead_events": [OSError("share is gone")], "crm.leads": [ValueError("a bug")]}

    def shaky(feed: Any, *args: Any) -> Any:
        if left.get(feed.name):
            raise left[feed.name].pop()
        return load(feed, *args)

    monkeypatch.setattr(ingest_assets, "load_feed", shaky)
    monkeypatch.setattr(ingest_assets, "SECONDS_BETWEEN_RETRIES", 0)
    result = run(site.settings)
    assert [event.step_key for event in result.get_step_failure_events()] == ["crm__leads"]
    assert "crm__lead_events" in [event.step_key for event in result.get_step_success_events()]


def test_a_broken_plan_fails_with_every_problem_named(site: Site, tmp_path: Any) -> None:
    settings = Settings(home=site.settings.home, plan_dir=tmp_path / "no_plan")
    (failure,) = run(settings).get_step_failure_events()
    assert failure.step_key == "plan"
    assert "targets.csv: is missing" in str(failure.step_failure_data.user_failure_data)
