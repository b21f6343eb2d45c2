"""What criteria are worth: matured cohorts only, and the list of changes to consider."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import relative_risk

from orchestration.control.week_inputs import WeekInputs
from orchestration.control.worth import change_rows, ratio_of_shares, worth_rows
from tests.control.week_world import World

WORLD = World(sources=1)
HORIZON = 6
"""The age at which nine tenths of the world's opportunities have come in."""


def outcomes(
    failed: tuple[float, float], passed: tuple[float, float], weeks_ago: int = HORIZON, age: int = 2
) -> WeekInputs:
    """One cohort of (leads, converted) on each side, converted at `age`."""
    cohort = pd.Timestamp(WORLD.last - timedelta(weeks=weeks_ago))
    rows = [
        (cohort, "phone_present", "opportunity", side, True, when, leads)
        for side, (total, won) in ((True, failed), (False, passed))
        for when, leads in ((float(age), won), (np.nan, total - won))
    ]
    columns = ["cohort_week", "criterion_code", "to_stage", "has_failed", "is_accepted", "age_weeks", "leads"]
    return replace(WORLD.inputs(), outcomes=pd.DataFrame(rows, columns=columns).astype({"is_accepted": bool}))


def opportunity(inputs: WeekInputs) -> pd.Series:
    rows = worth_rows(inputs, WORLD.last)
    return rows.loc[(rows["to_stage"] == "opportunity") & (rows["population"] == "all_leads")].iloc[0]


def test_the_interval_is_the_public_librarys_where_counts_are_large():
    ours = ratio_of_shares(400, 2000, 900, 3000)
    theirs = relative_risk(400, 2000, 900, 3000)
    interval = theirs.confidence_interval(0.95)
    assert float(ours.ratio) == pytest.approx(theirs.relative_risk)
    assert [float(ours.low), float(ours.high)] == pytest.approx([interval.low, interval.high], rel=2e-3)


def test_the_interval_covers_the_truth_as_often_as_it_says_with_few_conversions():
    draw = np.random.default_rng(8)
    x, y = draw.binomial(80, 0.05, 20_000), draw.binomial(600, 0.1, 20_000)
    found = ratio_of_shares(x, 80, y, 600)
    assert ((found.low <= 0.5) & (found.high >= 0.5)).mean() == pytest.approx(0.95, abs=0.02)


def test_no_conversion_at_all_still_has_an_upper_end():
    found = ratio_of_shares(0, 200, 100, 1000)
    assert (float(found.ratio), float(found.low)) == (0, 0)
    assert 0 < float(found.high) < 0.5
    assert np.isnan(ratio_of_shares(0, 0, 10, 100).high)


@pytest.mark.parametrize(
    ("failed", "passed", "verdict"),
    [
        ((1000, 20), (5000, 500), "predicts"),
        ((1000, 200), (5000, 500), "predicts_the_opposite"),
        ((1000, 100), (5000, 500), "predicts_nothing"),
        ((30, 3), (5000, 500), "not_known"),
    ],
)
def test_a_criterion_is_judged_by_the_whole_interval_and_only_when_a_halving_would_show(
    failed: tuple[float, float], passed: tuple[float, float], verdict: str
):
    assert opportunity(outcomes(failed, passed))["verdict"] == verdict


def test_lift_is_the_ratio_of_the_risks_of_not_converting():
    found = opportunity(outcomes((1000, 20), (5000, 500)))
    assert found["conversion_ratio"] == pytest.approx(0.2)
    assert found["lift"] == pytest.approx(0.98 / 0.9)
    assert found["lift_low"] > 1


def test_a_cohort_that_is_not_ripe_says_nothing():
    assert worth_rows(outcomes((1000, 20), (5000, 500), weeks_ago=HORIZON - 1), WORLD.last).empty


def test_a_conversion_after_the_horizon_counts_for_nobody():
    assert opportunity(outcomes((1000, 20), (5000, 500), weeks_ago=12, age=HORIZON + 1))["passed_converted"] == 0


def test_changes_to_consider_name_what_predicts_nothing_and_what_nothing_explains():
    world = outcomes((1000, 100), (5000, 500))
    found = change_rows(world, WORLD.last, worth_rows(world, WORLD.last))
    assert found[["kind", "subject"]].to_numpy().tolist() == [
        ["predicts_nothing", "phone_present"],
        ["unexplained_rejection", "no_need"],
    ]
    # Of 20 rejections a week, 5 are of ready leads.
    assert found["leads"].tolist() == [1000, 20]
    assert found["share"].tolist() == pytest.approx([1 / 6, 0.25])


def test_a_reason_given_for_a_ready_lead_now_and_then_is_no_change_to_consider():
    world = outcomes((1000, 20), (5000, 500))
    told = world.verdicts.assign(leads=world.verdicts["leads"] * 30)
    slips = told.loc[told["reason_code"] == "no_need"].assign(reason_code="slip", leads=1.0)
    found = change_rows(replace(world, verdicts=pd.concat([told, slips])), WORLD.last, worth_rows(world, WORLD.last))
    assert found["subject"].tolist() == ["no_need"]
