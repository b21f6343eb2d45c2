"""The delivered rows hang together: references, order, lateness, corrections, and defects that sales can see."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from orchestration.settings import Settings
from orchestration.simulation import Scenario, simulate
from tests.simulation.conftest import FIRST, Simulated
from tests.simulation.delivered import business_days, instants, read

Company = Callable[[Scenario], Simulated]


@pytest.fixture(scope="module")
def landing(company: Company) -> Path:
    return company(Scenario.CALM)[0]


@pytest.fixture(scope="module")
def leads(landing: Path) -> pd.DataFrame:
    return read(landing, "crm.leads")


@pytest.fixture(scope="module")
def latest(leads: pd.DataFrame) -> pd.DataFrame:
    """The last version of each lead, with the day its first one was delivered."""
    last = leads.sort_values("updated_at").drop_duplicates("lead_id", keep="last").set_index("lead_id")
    return last.assign(known_on=leads.groupby("lead_id")["file_day"].min())


@pytest.mark.parametrize(
    ("feed", "at", "after_creation"),
    [
        ("crm.lead_events", "event_at", True),
        ("crm.activities", "occurred_at", True),
        ("crm.opportunities", "created_at", True),
        ("web.web_touches", "occurred_at", False),
    ],
)
def test_every_row_names_a_lead_that_is_known_by_then(
    landing: Path, latest: pd.DataFrame, feed: str, at: str, after_creation: bool
) -> None:
    rows = read(landing, feed).dropna(subset="lead_id")
    known = latest.reindex(rows["lead_id"])
    assert len(rows) > 50
    assert known["known_on"].notna().all()
    assert (known["known_on"].to_numpy() <= rows["file_day"].to_numpy()).all()
    if after_creation:
        assert (instants(known["created_at"]).to_numpy() < instants(rows[at]).to_numpy()).all()


def test_every_stage_names_an_opportunity_that_is_known_by_then(landing: Path) -> None:
    stages, deals = read(landing, "crm.opportunity_stages"), read(landing, "crm.opportunities")
    known = deals.groupby("opportunity_id")["file_day"].min().reindex(stages["opportunity_id"])
    assert (known.to_numpy() <= stages["file_day"].to_numpy()).all()


@pytest.mark.parametrize(
    ("feed", "key"),
    [("crm.lead_events", "event_id"), ("crm.activities", "activity_id"), ("crm.opportunity_stages", "history_id")],
)
def test_ids_of_events_are_unique(landing: Path, feed: str, key: str) -> None:
    assert read(landing, feed)[key].is_unique


@pytest.mark.parametrize(
    ("feed", "at", "latest_days"),
    [
        ("crm.leads", "updated_at", 0),
        ("crm.opportunities", "updated_at", 0),
        ("crm.lead_events", "event_at", 3),
        ("crm.activities", "occurred_at", 3),
    ],
)
def test_rows_arrive_on_their_business_day_and_some_up_to_three_days_late(
    landing: Path, feed: str, at: str, latest_days: int
) -> None:
    rows = read(landing, feed)
    rows = rows[~rows["file"].str.contains("full")]
    days = (rows["file_day"] - business_days(rows[at])).dt.days
    assert days.min() == 0
    assert days.max() == latest_days
    assert (days == 0).mean() > 0.95


def test_a_version_of_a_lead_is_its_state_at_the_end_of_the_day(leads: pd.DataFrame) -> None:
    assert not leads.duplicated(["lead_id", "file_day"]).any()
    assert leads.groupby("lead_id").size().max() > 3


def test_the_opening_extract_holds_the_history_and_nothing_later(leads: pd.DataFrame) -> None:
    opening = leads[leads["file"].str.contains("full")]
    assert opening["lead_id"].is_unique
    assert (business_days(opening["updated_at"]) < pd.Timestamp(FIRST)).all()
    assert (business_days(opening["created_at"]) < pd.Timestamp(FIRST) - pd.Timedelta(weeks=5)).any()


def test_anonymous_touches_come_again_with_their_lead(landing: Path) -> None:
    touches = read(landing, "web.web_touches")
    anonymous = touches[touches["lead_id"].isna() & (touches["file_day"] < "2026-03-08")]
    named = touches.dropna(subset="lead_id").set_index("touch_id")
    assert len(anonymous) > 20
    assert named.index.is_unique
    again = named.reindex(anonymous["touch_id"])
    assert again["lead_id"].notna().all()
    assert (again["file_day"].to_numpy() > anonymous["file_day"].to_numpy()).all()


def test_spend_is_restated_for_three_days(landing: Path) -> None:
    spend = read(landing, "ads.ad_spend")
    day = spend[spend["spend_date"] == "2026-03-10"]
    versions = day.assign(cost=day["cost"].astype(float)).pivot(index="campaign_id", columns="file_day", values="cost")
    assert versions.shape[1] == 4
    assert (versions.iloc[:, 0] < versions.iloc[:, 3]).all()


def test_merged_leads_point_to_leads_and_duplicates_share_an_address(latest: pd.DataFrame) -> None:
    merged = latest.dropna(subset="merged_into_lead_id")
    assert len(merged) > 3
    assert merged["merged_into_lead_id"].isin(latest.index).all()
    surviving = latest[latest["merged_into_lead_id"].isna()]
    addresses = surviving["email"].dropna().str.lower()
    assert addresses.duplicated().any()
    assert latest["is_deleted"].eq("true").any()


@pytest.mark.parametrize(
    ("reason", "shows"),
    [
        ("no_consent", lambda lead: lead["consent"] != "true"),
        ("too_small", lambda lead: lead["employees"].astype(float) < 1000),
        ("wrong_region", lambda lead: lead["country"].isin(["BR", "IN", "ZA", "TR"])),
        ("duplicate", lambda lead: lead["email"].isna() | lead["email"].str.lower().duplicated(keep=False)),
    ],
)
def test_the_reason_sales_gives_is_mostly_visible_in_the_lead(
    landing: Path, latest: pd.DataFrame, reason: str, shows: Callable[[pd.DataFrame], pd.Series]
) -> None:
    seen = shows(latest)
    events = read(landing, "crm.lead_events")
    rejected = events[(events["to_value"] == "Sales Rejected") & (events["reason"] == reason)]["lead_id"]
    rejected = rejected[rejected.isin(seen.index)]
    share = seen.reindex(rejected).mean()
    assert len(rejected) > 10
    assert share > 0.6
    assert share > seen.mean() + 0.1


def test_decisions_and_meetings_follow_the_stated_lags(tmp_path: Path) -> None:
    """Weeks from handoff to decision 0.6/0.3/0.1, from acceptance to meeting 0.20/0.30/0.20/...; holidays aside."""
    simulate(Settings(home=tmp_path), date(2026, 5, 1), date(2026, 5, 1), scenario="calm", scale=2, history_weeks=15)
    landing = tmp_path / "landing"
    events = read(landing, "crm.lead_events")
    held = read(landing, "crm.activities").query("activity_type == 'meeting_held'")
    no_show = set(read(landing, "crm.activities").query("activity_type == 'meeting_no_show'")["lead_id"])

    def week(rows: pd.DataFrame, at: str) -> pd.Series:
        first = rows.sort_values(at).drop_duplicates("lead_id").set_index("lead_id")[at]
        day = business_days(first)
        return day - pd.to_timedelta(day.dt.weekday, unit="D")

    handed = week(events[events["to_value"] == "MQL"], "event_at")
    handed = handed[(handed > "2026-02-01") & (handed < "2026-04-01")]
    verdicts = events[events["from_value"] == "MQL"]
    waited = ((week(verdicts, "event_at") - handed).dropna().dt.days // 7).value_counts(normalize=True)
    assert [waited.get(lag, 0.0) for lag in range(3)] == pytest.approx([0.6, 0.3, 0.1], abs=0.04)

    accepted = week(events[events["to_value"] == "Sales Accepted"], "event_at")
    accepted = accepted[(accepted > "2026-01-25") & (accepted < "2026-03-08")]
    first_try = held[~held["lead_id"].isin(no_show)]
    lags = ((week(first_try, "occurred_at") - accepted).dropna().dt.days // 7).value_counts(normalize=True)
    stated = [0.20, 0.30, 0.20, 0.12, 0.08, 0.05, 0.03, 0.02]
    assert [lags.get(lag, 0.0) for lag in range(8)] == pytest.approx(stated, abs=0.05)
