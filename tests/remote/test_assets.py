"""Pulls in the graph: upstream of their feed, in one run; a failure stops nothing else, and the run ends red."""

from datetime import date

import pytest
from dagster import AssetKey

from orchestration.ingest.assets import build_ingest_assets
from orchestration.ingest.remote import assets as pull_assets
from orchestration.ingest.remote.assets import NO_PULL, PULL_TAG
from tests.ingest.landed import Site
from tests.ingest.test_assets import checks_of, metadata_of, run
from tests.remote.company import CREATE_EVENTS, EVENTS_TABLE, Company

DAY = date(2024, 3, 4)
PULL = AssetKey(["pull", "company", "crm_lead_events", "public_lead_events"])


@pytest.fixture
def events(company: Company) -> Company:
    company.sql(CREATE_EVENTS)
    company.events((1, "03-04 12:00"))
    return company


def test_one_run_pulls_and_loads(events: Company) -> None:
    result = run(events.settings, DAY)
    assert result.success
    assert events.event_ids() == ["1"]
    assert metadata_of(result, PULL) == {"rows": 1, "files": 1, "pulled": True}
    assert checks_of(result, PULL) == {"pull_succeeded": True}


def test_a_failed_pull_stops_nothing_else_and_the_run_ends_red(
    events: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_assets, "SECONDS_BETWEEN_RETRIES", 0)
    events.declare(EVENTS_TABLE, {**EVENTS_TABLE, "table": "gone"})
    Site(events.settings).deliver("event_id,lead_id,event_at,event_type,from_value,to_value,actor_id,reason\n")
    result = run(events.settings, DAY)
    (failure,) = result.get_step_failure_events()
    assert failure.step_key == "failed_pulls"
    assert "company: there is no table or view gone" in str(failure.step_failure_data.user_failure_data)
    assert checks_of(result, PULL) == {"pull_succeeded": True}
    assert events.event_ids() == ["1"]


def test_a_source_that_is_away_is_tried_again_and_then_let_be(events: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_assets, "SECONDS_BETWEEN_RETRIES", 0)
    monkeypatch.setenv("COMPANY_URL", "postgresql://reader:s3cr3t@127.0.0.1:1/d")
    result = run(events.settings, DAY)
    tries = [each for each in result.all_events if each.event_type_value == "STEP_RESTARTED"]
    assert len(tries) == pull_assets.RETRIES
    assert [failure.step_key for failure in result.get_step_failure_events()] == ["failed_pulls"]


def test_a_run_that_landed_files_started_pulls_nothing(events: Company) -> None:
    result = run(events.settings, DAY, **{PULL_TAG: NO_PULL})
    assert result.success
    assert metadata_of(result, PULL)["pulled"] is False
    assert events.rows() == []


def test_a_pull_is_upstream_of_its_feed_and_without_declared_sources_there_is_none(events: Company) -> None:
    nothing_declared = events.settings.model_copy(update={"sources_file": None})
    with_sources, without = build_ingest_assets(events.settings), build_ingest_assets(nothing_declared)
    added = {each.op.name for each in with_sources} - {each.op.name for each in without}
    assert added == {"pull__company__crm_lead_events__public_lead_events", "failed_pulls"}
    (feed,) = [each for each in with_sources if each.keys == {AssetKey(["crm", "lead_events"])}]
    assert feed.asset_deps[AssetKey(["crm", "lead_events"])] == {PULL}
