"""The weekly reconciliation of supply with capacity, and that it cannot be skipped."""

import numpy as np
import pandas as pd
import pytest

from orchestration.control import capacity


def supply(leads: float = 400.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "team": ["sdr", "sdr"],
            "source": ["search", "events"],
            "qualified_leads": [leads / 4, leads * 3 / 4],
            "minutes_per_lead": [30.0, 30.0],
        }
    )


def team(**changes: object) -> pd.DataFrame:
    facts = {"team": "sdr", "people": 6, "hours_per_week": 40.0, "availability": 1.0, "respond_within_minutes": 60.0}
    return pd.DataFrame([facts | changes])


def test_k27_a_team_of_six_with_ten_leads_an_hour():
    row = capacity.weekly_capacity(supply(), team(wip=180.0, weeks_in_stage=0.45)).iloc[0]
    assert row["utilisation"] == pytest.approx(0.8333, abs=5e-5)
    assert row["late_share"] == pytest.approx(0.0795, abs=5e-5)
    assert (row["load_hours"], row["capacity_hours"]) == (200, 240)
    assert row["littles_law_gap"] == pytest.approx(0)
    assert (row["state"], row["people_short"], row["cut_off_quantile"]) == ("room", 0, 0)


def test_k27_a_fifth_more_leads_have_two_prices():
    row = capacity.weekly_capacity(supply(480), team()).iloc[0]
    assert (row["state"], row["utilisation"], row["expected_wait_minutes"]) == ("overloaded", 1.0, np.inf)
    assert (row["required_people"], row["people_short"]) == (7, 1)
    assert row["cut_off_quantile"] == pytest.approx(1 - row["admissible_leads"] / 480)
    fitted = capacity.weekly_capacity(supply(480 * (1 - row["cut_off_quantile"])), team()).iloc[0]
    assert fitted["late_share"] <= 0.1 + 1e-9


def test_the_cut_off_score_holds_back_the_lowest_leads():
    scores = np.arange(100) / 100
    cut = capacity.cut_off_score(scores, 0.15)
    assert (scores < cut).sum() == 15
    assert capacity.cut_off_score(scores, 0.0) == -np.inf


def test_half_available_people_serve_half_as_fast():
    whole = capacity.weekly_capacity(supply(200), team()).iloc[0]
    half = capacity.weekly_capacity(supply(200), team(availability=0.5)).iloc[0]
    assert half["utilisation"] == pytest.approx(2 * whole["utilisation"])
    assert half["expected_wait_minutes"] > whole["expected_wait_minutes"]


def test_the_busiest_team_is_the_bottleneck():
    both = pd.concat([supply(), supply(100).assign(team="ae", minutes_per_lead=60.0)])
    teams = pd.concat([team(), team(team="ae", people=4)])
    table = capacity.weekly_capacity(both, teams).set_index("team")
    assert table["is_bottleneck"].to_dict() == {"ae": False, "sdr": True}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"people": np.nan}, "sdr: not known: people"),
        ({"respond_within_minutes": np.nan}, "sdr: not known: respond_within_minutes"),
        ({"people": 0}, "sdr: no people in the team this week"),
    ],
)
def test_a_missing_input_blocks_the_review_and_says_which(changes: dict[str, float], reason: str):
    table = capacity.weekly_capacity(supply(), team(**changes))
    assert table["state"].tolist() == ["blocked"]
    assert np.isnan(table["utilisation"].iloc[0])
    assert capacity.review_is_blocked(table) == [reason]


def test_supply_without_a_team_and_a_team_without_supply_both_block():
    table = capacity.weekly_capacity(supply().assign(team="ghost"), team())
    assert len(capacity.review_is_blocked(table)) == 2
    unknown = supply()
    unknown.loc[0, "qualified_leads"] = np.nan
    lines = capacity.review_is_blocked(capacity.weekly_capacity(unknown, team()))
    assert lines == ["sdr: not known: qualified_leads, minutes_per_lead"]


def test_no_teams_at_all_block_the_review_too():
    table = capacity.weekly_capacity(supply().iloc[:0], team().iloc[:0])
    assert capacity.review_is_blocked(table)[0].startswith("no team")


def test_complete_inputs_do_not_block():
    assert capacity.review_is_blocked(capacity.weekly_capacity(supply(), team())) == []


def test_a_missing_column_or_a_doubled_team_is_refused():
    with pytest.raises(ValueError, match=r"lacks the column.* availability"):
        capacity.weekly_capacity(supply(), team().drop(columns="availability"))
    with pytest.raises(ValueError, match="more than one row for team sdr"):
        capacity.weekly_capacity(supply(), pd.concat([team(), team()]))


def test_room_for_leads_respects_utilisation_as_well_as_wait():
    teams = team(qualified_leads=300.0, minutes_per_lead=30.0)
    assert capacity.lead_room(teams)["sdr"] == pytest.approx(0.85 * 6 * 40 / 0.5 - 300, abs=1.5)
    assert capacity.lead_room(teams, most_usage=0.5)["sdr"] == 0
    assert capacity.lead_room(teams.assign(people=np.nan))["sdr"] == 0
