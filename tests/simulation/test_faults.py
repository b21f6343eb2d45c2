"""Each fault shows in the files it should, from its first day on, and nowhere else."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from orchestration.settings import Settings
from orchestration.simulation import Scenario
from orchestration.simulation.scenarios import default_fault_start
from tests.simulation.conftest import FAULT, LAST, Simulated, contents
from tests.simulation.delivered import CRM, business_days, day_of, instants, read, read_file

Company = Callable[[Scenario], Simulated]
LOOK_BACK = timedelta(days=14)
"""Touches of the fault's first leads come up to two weeks before them."""


@pytest.mark.parametrize("scenario", [scenario for scenario in Scenario if scenario is not Scenario.CALM])
def test_everything_before_the_fault_is_as_in_a_calm_company(company: Company, scenario: Scenario) -> None:
    calm, faulty = contents(company(Scenario.CALM)[0]), contents(company(scenario)[0])
    for name in calm:
        touched = name.startswith("web/")
        if day_of(Path(name)) < FAULT - (LOOK_BACK if touched else timedelta(0)):
            assert faulty[name] == calm[name], name


def test_late_crm_files_are_the_calm_ones_under_a_later_name(company: Company) -> None:
    calm, late = contents(company(Scenario.CALM)[0]), contents(company(Scenario.CRM_FEED_LATE)[0])
    arrived = LAST - timedelta(days=3)
    for table in CRM:
        assert f"crm/{table}/{table}_{FAULT}.csv" not in late
        renamed = f"crm/{table}/{table}_{FAULT + timedelta(days=3)}_for_{FAULT}.csv"
        assert late[renamed] == calm[f"crm/{table}/{table}_{FAULT}.csv"]
        assert f"crm/{table}/{table}_{LAST}_for_{arrived}.csv" in late
        assert not any(f"for_{arrived + timedelta(days=1)}" in name for name in late)
    rest = {name for name in calm if not name.startswith("crm/")}
    assert {name: late[name] for name in rest} == {name: calm[name] for name in rest}


def test_a_tracking_break_takes_campaigns_and_sources_but_not_spend(company: Company) -> None:
    calm, broken = company(Scenario.CALM)[0], company(Scenario.TRACKING_BREAK)[0]
    leads = read(broken, "crm.leads").drop_duplicates("lead_id")
    new = business_days(leads["created_at"]) >= pd.Timestamp(FAULT)
    assert leads[new]["lead_source"].eq("Direct").mean() > 0.5
    assert leads[new & leads["lead_source"].eq("Direct")][["campaign_id", "utm_source"]].isna().all(axis=None)
    assert not leads[~new]["lead_source"].eq("Direct").any()

    touches = read(broken, "web.web_touches")
    after = instants(touches["occurred_at"]) >= pd.Timestamp(FAULT, tz="America/New_York")
    assert touches[after]["campaign_id"].isna().mean() > 0.6 > touches[~after]["campaign_id"].isna().mean()

    spend = {name: digest for name, digest in contents(calm).items() if name.startswith("ads/")}
    assert spend.items() <= contents(broken).items()


DIRT = {
    0: "crm/leads/leads",
    1: "crm/activities/activities",
    3: "crm/opportunities/opportunities",
    4: "crm/activities/activities",
    5: "crm/leads/leads",
    6: "crm/opportunity_stages/opportunity_stages",
}


def dirty(landing: Path, day: int) -> Path:
    return landing / f"{DIRT[day]}_{FAULT + timedelta(days=day)}.csv"


def test_dirty_files_differ_from_the_calm_ones_only_where_they_were_spoiled(company: Company) -> None:
    calm, spoiled = contents(company(Scenario.CALM)[0]), contents(company(Scenario.DIRTY_FILES)[0])
    different = {name for name in calm if spoiled[name] != calm[name]}
    assert different == {f"{stem}_{FAULT + timedelta(days=day)}.csv" for day, stem in DIRT.items()}
    assert spoiled.keys() - calm.keys() == {f"crm/lead_events/lead_events_{FAULT + timedelta(days=2)}_resent.csv"}


def test_each_kind_of_dirt_is_what_it_says(company: Company) -> None:
    calm, spoiled = company(Scenario.CALM)[0], company(Scenario.DIRTY_FILES)[0]
    values = read_file(dirty(spoiled, 0))["employees"]
    assert (values == "about 200").sum() == len(values) // 7 > 0

    renamed, before = read_file(dirty(spoiled, 1)), read_file(dirty(calm, 1))
    assert list(renamed.columns) == [column.replace("owner_id", "owner") for column in before.columns]

    resent = spoiled / "crm" / "lead_events"
    twice = [resent / f"lead_events_{FAULT + timedelta(days=2)}{suffix}.csv" for suffix in ("", "_resent")]
    assert twice[0].read_bytes() == twice[1].read_bytes()

    assert dirty(spoiled, 3).read_bytes() == b"\xef\xbb\xbf" + dirty(calm, 3).read_bytes()
    assert dirty(spoiled, 4).read_bytes().count(b'"') == dirty(calm, 4).read_bytes().count(b'"') - 1
    assert read_file(dirty(spoiled, 5)).drop(columns="marketing_region").equals(read_file(dirty(calm, 5)))
    assert dirty(spoiled, 6).read_bytes() == b""


def test_a_pivot_slows_the_answers_and_leaves_a_plan_without_new_capacity(company: Company) -> None:
    def minutes(scenario: Scenario) -> float:
        landing = company(scenario)[0]
        events = read(landing, "crm.lead_events")
        handed = events[events["to_value"] == "MQL"].drop_duplicates("lead_id").set_index("lead_id")["event_at"]
        handed = handed[business_days(handed) == pd.Timestamp(FAULT)]
        answered = read(landing, "crm.activities").sort_values("occurred_at").drop_duplicates("lead_id")
        answered = answered.set_index("lead_id")["occurred_at"].reindex(handed.index).dropna()
        return float((instants(answered) - instants(handed[answered.index])).dt.total_seconds().median() / 60)

    assert minutes(Scenario.PIVOT_WITHOUT_CAPACITY) > 1.3 * minutes(Scenario.CALM)

    plan = company(Scenario.PIVOT_WITHOUT_CAPACITY)[0].parent / "plan"
    original = Settings().plan_dir
    assert (plan / "capacity.csv").read_bytes() == (original / "capacity.csv").read_bytes()
    versions = pd.read_csv(plan / "plan_versions.csv")
    assert versions["plan_version"].tolist() == ["v1", "pivot"]
    assert versions["approved_at"].iloc[1] < versions["valid_from"].iloc[1] == FAULT.isoformat()
    targets = pd.read_csv(plan / "targets.csv")
    spend = targets.groupby(["plan_version", "segment"])["spend"].sum()
    assert spend["pivot", "enterprise"] == pytest.approx(1.6 * spend["v1", "enterprise"])
    assert spend["pivot", "mid_market"] == pytest.approx(0.8 * spend["v1", "mid_market"])


def test_the_default_fault_runs_for_the_last_eight_whole_weeks() -> None:
    assert default_fault_start(Scenario.DISCONNECT, date(2026, 6, 28)) == date(2026, 5, 4)
    assert default_fault_start(Scenario.CRM_FEED_LATE, date(2026, 6, 28)) == date(2026, 6, 24)
