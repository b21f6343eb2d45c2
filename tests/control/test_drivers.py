"""Drivers: the marketing example through weekly rows, sources without spend, and totals that always agree."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from orchestration.control.cells import align
from orchestration.control.chain import FACTORS
from orchestration.control.drivers import FACTOR_OWNERS, weekly_drivers
from orchestration.control.week_state import JudgedWeek
from tests.control import known_answers as known

WEEK = date(2026, 3, 2)
AS_OF = datetime.fromisoformat("2026-03-10T11:00:00")
EFFECTS = ["effect_acquisitions", "effect_acquisitions_standard", "effect_acquisitions_shapley"]


def judged(week=WEEK, state="provisional"):
    return JudgedWeek(week, "f1", state, "")


def drivers_of(plan, actual, weeks=(WEEK,), state="provisional"):
    return weekly_drivers(align(actual, plan, weeks), [judged(week, state) for week in weeks], AS_OF)


def marketing(plan=known.MARKETING_PLAN, actual=known.MARKETING_ACTUAL):
    return known.marketing_frame(plan, plan_version="v1"), known.marketing_frame(actual)


@pytest.mark.parametrize(
    ("column", "printed"),
    list(zip(EFFECTS, [known.MARKETING_LMDI, known.MARKETING_FORWARD, known.MARKETING_SHAPLEY], strict=True)),
)
def test_k5_three_views_by_factor(column, printed):
    rows = drivers_of(*marketing())
    by_factor = rows.groupby("factor")[column].sum()
    assert by_factor[known.MARKETING_FACTORS].tolist() == pytest.approx(printed, abs=5e-5)
    assert rows[column].sum() == pytest.approx(-6, abs=1e-9)


def test_k5_money_is_the_flexible_budget_variance():
    by_factor = drivers_of(*marketing()).groupby("factor")["effect_money"].sum()
    assert by_factor[known.MARKETING_FACTORS].tolist() == pytest.approx(known.MARKETING_MONEY, abs=0.5)
    assert by_factor.sum() == pytest.approx(110_000 - 22 * 100_000 / 28, abs=1e-6)


def test_every_factor_has_an_owner_and_handing_over_is_where_it_changes():
    assert set(FACTOR_OWNERS) == set(FACTORS)
    owners = [FACTOR_OWNERS[factor] for factor in FACTORS]
    assert owners == ["marketing"] * 5 + ["sales"] * 3
    rows = drivers_of(*marketing())
    assert rows["owner"].tolist() == [FACTOR_OWNERS[factor] for factor in rows["factor"]]


def test_segments_of_a_source_are_decomposed_apart_and_added():
    plan, actual = marketing()
    both = [pd.concat([side, side.assign(segment="mid_market")]) for side in (plan, actual)]
    doubled, single = drivers_of(*both), drivers_of(plan, actual)
    assert doubled["effect_acquisitions"].tolist() == pytest.approx((2 * single["effect_acquisitions"]).tolist())


def test_a_source_without_spend_starts_at_volume_and_the_total_still_holds():
    extra = {"organic": [0, 60, 33, 11, 5.5, 2]}, {"organic": [np.nan, 40, 20, 8, 4, 3]}
    rows = drivers_of(*marketing(known.MARKETING_PLAN | extra[0], known.MARKETING_ACTUAL | extra[1]))
    organic = rows.loc[rows["source"] == "organic"].set_index("factor")
    assert {"spend_mix", "cost_per_lead"}.isdisjoint(organic.index)
    assert organic.loc["volume", "effect_acquisitions"] < 0
    assert organic["effect_acquisitions"].sum() == pytest.approx(1)
    assert rows["effect_acquisitions"].sum() == pytest.approx(-5)
    assert rows["effect_money"].sum() == pytest.approx(110_000 - 25 * 100_000 / 30)


def test_more_budget_beside_unpaid_wins_makes_the_blended_cost_dearer_and_wins_nothing():
    same = [1000, 10, 5, 4, 3, 2]
    organic = [0, 10, 5, 4, 3, 2]
    rows = drivers_of(
        *marketing({"paid": same, "organic": organic}, {"paid": [2 * v for v in same], "organic": organic})
    ).set_index(["source", "factor"])
    budget = rows.loc[("organic", "budget")]
    assert budget["effect_acquisitions"] == 0
    assert budget["effect_money"] > 0


@pytest.mark.parametrize("launched", [True, False])
def test_a_launched_or_stopped_source_is_explained_by_spend_alone(launched):
    one = {"search": known.MARKETING_PLAN["search"]}
    plan, actual = marketing(*((one, known.MARKETING_PLAN) if launched else (known.MARKETING_PLAN, one)))
    week_before = known.marketing_frame(known.MARKETING_PLAN, week="2026-02-23")
    rows = drivers_of(plan, pd.concat([week_before, actual]))
    synd = rows.loc[rows["source"] == "synd"].set_index("factor")["effect_acquisitions"]
    assert synd["spend_mix"] == pytest.approx(10 if launched else -10)
    assert synd.drop("spend_mix").abs().max() == 0


def test_a_silent_source_that_never_delivered_spend_is_explained_by_volume():
    rows = drivers_of(*marketing(known.MARKETING_PLAN, {"search": known.MARKETING_PLAN["search"]}))
    synd = rows.loc[rows["source"] == "synd"].set_index("factor")
    assert synd.loc["volume", "effect_acquisitions"] == pytest.approx(-10)
    assert set(synd["method"]) == {"lmdi_limit_merged"}


def test_nothing_won_from_few_is_shared_by_shapley_and_flagged():
    actual = known.MARKETING_ACTUAL | {"synd": [55000, 625, 150, 60, 27, 0]}
    rows = drivers_of(*marketing(actual=actual))
    synd, search = (rows.loc[rows["source"] == source] for source in ("synd", "search"))
    assert set(synd["method"]) == {"shapley"}
    assert set(search["method"]) == {"lmdi"}
    assert synd["effect_acquisitions"].tolist() == pytest.approx(synd["effect_acquisitions_shapley"].tolist())
    assert rows["effect_acquisitions"].sum() == pytest.approx(-12)


def test_money_is_finite_when_nothing_was_won_at_all():
    actual = {source: [*nodes[:-1], 0] for source, nodes in known.MARKETING_ACTUAL.items()}
    assert drivers_of(*marketing(actual=actual))["effect_money"].sum() == pytest.approx(110_000)


def test_money_is_not_known_without_a_planned_acquisition_or_a_budget():
    plan = {source: [*nodes[:-1], 0] for source, nodes in known.MARKETING_PLAN.items()}
    assert drivers_of(*marketing(plan=plan))["effect_money"].isna().all()
    unpaid = {source: [np.nan, *nodes[1:]] for source, nodes in known.MARKETING_ACTUAL.items()}
    assert drivers_of(*marketing(actual=unpaid))["effect_money"].isna().all()


def test_no_drivers_for_a_blocked_week_or_without_plan_or_actuals():
    plan, actual = marketing()
    assert drivers_of(plan, actual, state="blocked").empty
    assert drivers_of(plan.iloc[:0], actual).empty
    assert drivers_of(plan, actual.iloc[:0]).empty


def test_each_week_stands_alone():
    plan, actual = marketing()
    later = WEEK + timedelta(days=7)
    shifted = [side.assign(week_start=pd.Timestamp(later)) for side in (plan, actual)]
    both = drivers_of(pd.concat([plan, shifted[0]]), pd.concat([actual, shifted[1].assign(won=5)]), (WEEK, later))
    first = both.loc[both["week_start"] == pd.Timestamp(WEEK)]
    assert first["effect_money"].tolist() == pytest.approx(drivers_of(plan, actual)["effect_money"].tolist())


QUANTITY = st.one_of(st.just(0.0), st.just(np.nan), st.floats(0.01, 1e6))


@settings(max_examples=60)
@given(nodes=arrays(float, (2, 6, 6), elements=QUANTITY))
def test_totals_agree_in_every_view_whatever_is_zero_or_not_known(nodes):
    sources = [f"s{i}" for i in range(6)]
    plan, actual = marketing(*(dict(zip(sources, side.tolist(), strict=True)) for side in nodes))
    won = np.nan_to_num(nodes[:, :, -1]).sum(axis=1)
    known_sides = ~np.isnan(nodes[:, :, -1]).all(axis=1)
    rows = drivers_of(plan, actual)
    assert rows.empty == (not known_sides.all())
    if not rows.empty:
        assert np.isfinite(rows[EFFECTS]).all(axis=None)
        for column in EFFECTS:
            scale = max(*won, rows[column].abs().sum(), 1)
            assert rows[column].sum() == pytest.approx(won[1] - won[0], abs=1e-9 * scale)
