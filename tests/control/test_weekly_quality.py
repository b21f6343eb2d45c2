"""A week's quality and the dispute over it: what the counts say, and what is signal."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from orchestration.control.agreement import cohens_kappa, kappa_interval
from orchestration.control.dispute import QUADRANTS, UNJUDGED, dispute_rows
from orchestration.control.quality import BETTER, NOISE, TOO_FEW, WORSE, pareto_rows, quality_rows
from tests.control.week_world import World

WORLD = World(exact=False, weeks=20)


def row(table: pd.DataFrame, **keys: str) -> pd.Series:
    for name, value in keys.items():
        table = table.loc[table[name] == value]
    return table.iloc[0]


def test_defects_are_counted_per_lead_per_million_and_as_yields():
    inputs = World(sources=1).inputs()
    found = row(quality_rows(inputs, World().last), source="source-000")
    # 200 leads, 80 of them defective with one and a half of ten criteria each.
    assert found["defects_per_lead"] == pytest.approx(0.6)
    assert found["dpmo"] == pytest.approx(60_000)
    assert found["sigma_level"] == pytest.approx(3.0548, abs=5e-5)
    assert found["defective_share"] == pytest.approx(0.4)
    # Of 50 decided: 25 in full, 45 on time, 30 accepted.
    assert found["first_pass_yield"] == pytest.approx(0.6)
    assert found["rolled_throughput_yield"] == pytest.approx(0.5 * 0.9 * 0.6)
    assert found["normalised_yield"] == pytest.approx((0.5 * 0.9 * 0.6) ** (1 / 3))
    assert found["cost_of_poor_quality"] == 400


def test_a_second_team_is_a_further_step_of_the_rolled_yield():
    inputs = World(sources=1).inputs()
    ae = inputs.verdicts.assign(team="ae")
    found = quality_rows(replace(inputs, verdicts=pd.concat([inputs.verdicts, ae])), World().last)
    assert row(found, source="all")["rolled_throughput_yield"] == pytest.approx((0.5 * 0.9 * 0.6) ** 2)


def test_the_total_is_the_sum_of_the_sources():
    table = quality_rows(WORLD.inputs(), WORLD.last).set_index("source")
    for column in ("presented", "defects", "defective", "decided", "cost_of_poor_quality"):
        assert table.loc["all", column] == pytest.approx(table.drop(index="all")[column].sum())


@pytest.mark.parametrize(("factor", "verdict"), [(0.5, WORSE), (1.5, BETTER), (1.0, NOISE)])
def test_only_the_source_that_changed_is_signal_and_in_its_first_week(factor: float, verdict: str):
    world = World(exact=False, fault={"ready_leads": factor}, fault_week=19, weeks=20, leads=400)
    table = quality_rows(world.inputs(), world.last).set_index("source")
    assert table.loc["source-000", "defects_signal"] == verdict
    assert table.loc["source-000", "defective_signal"] == verdict
    assert set(table.loc[["source-001", "source-002", "source-003"], "defects_signal"]) == {NOISE}


def test_a_bad_week_does_not_widen_the_limits_it_is_judged_by():
    calm, bad = (
        quality_rows(World(fault={"ready_leads": factor}, fault_week=19).inputs(), World().last)
        for factor in (1.0, 0.5)
    )
    limits = ["defects_centre", "defects_lower", "defects_upper"]
    pd.testing.assert_frame_equal(calm[limits].iloc[1:], bad[limits].iloc[1:])


def test_few_weeks_judge_nothing_and_the_first_week_has_no_limits():
    world = World(weeks=7)
    assert set(quality_rows(world.inputs(), world.last)["defects_signal"]) == {TOO_FEW}
    first = quality_rows(world.inputs(), world.mondays[0])
    assert set(first["defects_signal"]) == {TOO_FEW}
    assert first["defects_centre"].isna().all()


def test_a_week_without_a_defect_has_no_sigma_level():
    inputs = World(sources=1).inputs()
    clean = quality_rows(replace(inputs, presented=inputs.presented.assign(defects=0.0)), World().last)
    assert clean["dpmo"].tolist() == [0, 0]
    assert clean["sigma_level"].isna().all()


def test_a_week_in_which_nothing_happened_has_no_row():
    inputs, later = WORLD.inputs(), WORLD.last + timedelta(weeks=3)
    assert quality_rows(inputs, later).empty
    assert pareto_rows(inputs, later).empty
    assert dispute_rows(inputs, later).empty


def test_the_vital_few_are_the_criteria_that_reach_four_fifths():
    inputs = World(sources=1).inputs()
    named = {"a": (50.0, 10.0), "b": (30.0, 900.0), "c": (15.0, 1.0), "d": (5.0, 1.0), "late_handoff": (0.0, 70.0)}
    costs = pd.DataFrame(
        [("source-000", code, "owner", *values) for code, values in named.items()],
        columns=["source", "criterion_code", "owner", "defects", "cost"],
    ).assign(week_start=pd.Timestamp(World().last))
    found = pareto_rows(replace(inputs, defect_costs=costs), World().last)
    total = found.loc[found["source"] == "all"]
    assert total["criterion_code"].tolist() == ["a", "b", "c", "d", "late_handoff"]
    assert total["cumulative_share"].tolist() == pytest.approx([0.5, 0.8, 0.95, 1, 1])
    assert total["is_vital"].tolist() == [True, True, False, False, False]
    assert total["cost"].sum() == 982


def test_quadrants_hold_every_decision_once_and_agree_as_published():
    found = dispute_rows(WORLD.inputs(), WORLD.last)
    assert (found[[*QUADRANTS, *UNJUDGED]].sum(axis=1) == found["decided"]).all()
    # K22: 20/5/10/15.
    one = row(found, source="source-000", rep="U1")
    assert one[list(QUADRANTS)].tolist() == [20, 5, 10, 15]
    assert one["kappa"] == pytest.approx(0.40)
    assert one["agreement"] == pytest.approx(0.7)
    assert row(found, source="all", rep="all")["decided"] == 4 * 50


def test_kappa_is_not_known_when_one_judge_says_the_same_of_all():
    inputs = World(sources=1).inputs()
    only = inputs.verdicts.loc[inputs.verdicts["inspector_verdict"] == "ready"]
    both_of_one_mind = only.loc[only["sales_verdict"] == "accepted"]
    for verdicts in (both_of_one_mind, only):
        found = dispute_rows(replace(inputs, verdicts=verdicts), World().last)
        assert found[["kappa", "kappa_low", "kappa_high"]].isna().all(axis=None)
        assert not found["is_ambiguous"].any()


def test_criteria_are_at_fault_only_when_the_whole_interval_is_under_the_limit():
    few, many = ([[6, 4], [5, 5]], [[600, 400], [500, 500]])
    assert kappa_interval(few).high > 0.4 > kappa_interval(many).high
    assert kappa_interval(few).kappa == pytest.approx(kappa_interval(many).kappa)


def test_kappa_equals_the_public_library():
    draw = np.random.default_rng(11)
    one, two = draw.integers(0, 3, 200), draw.integers(0, 3, 200)
    table = np.zeros((3, 3))
    np.add.at(table, (one, two), 1)
    assert cohens_kappa(table) == pytest.approx(cohen_kappa_score(one, two))


def test_the_interval_of_kappa_covers_the_truth_as_often_as_it_says():
    draw = np.random.default_rng(5)
    shares = np.array([[0.45, 0.1], [0.15, 0.3]])
    truth = cohens_kappa(shares)
    seen = [kappa_interval(draw.multinomial(300, shares.ravel()).reshape(2, 2)) for _ in range(2000)]
    assert np.mean([each.low <= truth <= each.high for each in seen]) == pytest.approx(0.95, abs=0.02)
