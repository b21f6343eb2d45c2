"""The as-of replay scores honest estimates as honest: the weekly run's own estimate over weeks that were."""

from datetime import timedelta

import pandas as pd
import pytest

from orchestration.control.backtest import KEYS, replay, replay_company, score, scores
from orchestration.control.week_inputs import WeekInputs
from tests.control.week_world import MEASURES, World

WORLD = World(sources=8, weeks=26, exact=False, leads=400.0, seed=3)


@pytest.fixture(scope="module")
def inputs() -> WeekInputs:
    return WORLD.inputs()


@pytest.fixture(scope="module")
def replayed(inputs: WeekInputs) -> pd.DataFrame:
    return replay(inputs, WORLD.last, age=3)


@pytest.mark.parametrize("measure", ["meetings", "opportunities", "won"])
def test_the_80_percent_interval_covers_within_the_accepted_band_and_nothing_is_biased(
    replayed: pd.DataFrame, measure: str
):
    rows = replayed.loc[replayed["measure"] == measure]
    score = scores(rows)["credible"]
    assert score.coverage_is_acceptable
    assert abs(score.bias) < 2.5 / rows["realised"].sum() ** 0.5, "no more than counts that size scatter"
    assert score.cohorts == len(rows) > 100


def test_the_referees_chain_ladder_and_macks_interval_agree_with_ours_where_they_are_defined(
    inputs: WeekInputs, replayed: pd.DataFrame
):
    company = replay_company(inputs, WORLD.last, age=3)
    for measure in ("meetings", "opportunities"):
        rows = company.loc[company["measure"] == measure]
        found = score(rows, "estimate", with_interval=True)
        assert abs(found.bias) < 0.1
        assert 0.55 <= found.coverage <= 0.97, "twenty cohorts tell a coverage of 80 % to a fifth"
        ours = replayed.loc[replayed["measure"] == measure].groupby("week_start")[["credible", "realised"]].sum()
        theirs = rows.set_index("week_start")
        pd.testing.assert_series_equal(theirs["realised"], ours["realised"].reindex(theirs.index), check_names=False)
        assert score(ours.assign(low=0, high=0), "credible", with_interval=False).error < found.error * 1.5
    early = replay_company(inputs, WORLD.last, age=1, weeks=3)
    assert "won" not in set(early["measure"]), "no deal is won within a week: there is nothing to develop from"


def test_what_had_come_by_then_is_no_estimate(replayed: pd.DataFrame):
    found = scores(replayed.loc[replayed["measure"] == "opportunities"])
    assert found["naive"].bias < -0.25
    assert found["credible"].error < found["naive"].error


def test_only_cohorts_that_were_open_then_and_are_ripe_now_are_scored(replayed: pd.DataFrame):
    """Acceptance is over after three weeks; a deal takes up to ten."""
    assert set(replayed["measure"]) == set(MEASURES.values()) - {"accepted"}
    last = replayed.groupby("measure")["week_start"].max()
    assert last["won"] == pd.Timestamp(WORLD.last - timedelta(weeks=9))
    assert last["meetings"] > last["won"]


def test_a_plan_that_promises_twice_the_rate_is_seen_as_bias_and_weighs_less_in_ours(inputs: WeekInputs):
    plan = inputs.plan.assign(**{measure: inputs.plan[measure] * 2 for measure in MEASURES.values()})
    found = scores(replay(WeekInputs(**{**vars(inputs), "plan": plan}), WORLD.last, age=3, weeks=4))
    assert found["plan_only"].bias > 0.25
    rows = replay(inputs, WORLD.last, age=3, weeks=4)
    some = rows.assign(plan_only=rows["plan_only"].where(rows["source"] != "source-000"))
    assert scores(some)["plan_only"].cohorts == (rows["source"] != "source-000").sum()
    assert scores(some)["plan_only"].error > 0
    assert abs(found["credible"].bias) < found["plan_only"].bias / 2


def test_nothing_that_had_not_happened_yet_is_read(inputs: WeekInputs, replayed: pd.DataFrame):
    """No conversion after the thirteenth week: estimates until then stay as they were, what came true does not."""
    cut = pd.Timestamp(WORLD.mondays[12])
    cohorts = inputs.cohorts
    event = cohorts["cohort_week"] + pd.to_timedelta(7 * cohorts["age_weeks"], unit="D")
    lost = cohorts.assign(converted=cohorts["converted"].where(event <= cut, 0))
    again = replay(WeekInputs(**{**vars(inputs), "cohorts": lost}), WORLD.last, age=3)
    both = replayed.merge(again, on=KEYS, suffixes=("", "_again"))
    both = both.loc[both["week_start"] <= cut - pd.Timedelta(weeks=3)]
    assert len(both) > 100
    for column in ("credible", "low", "high", "plan_only", "naive"):
        pd.testing.assert_series_equal(both[column], both[f"{column}_again"], check_names=False)
    assert (both["realised"] > both["realised_again"]).any()


def test_a_company_too_young_to_know_anything_has_no_score():
    world = World(weeks=3)
    assert replay(world.inputs(), world.last).empty
