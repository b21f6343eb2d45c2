"""The decomposition is exact, symmetric, consistent and right where others have published the answer."""

import itertools
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from orchestration.control.decomposition import flexible_budget_effects, lmdi, lmdi_multiplicative, log_mean, shapley
from orchestration.control.standard_costing import sequential
from tests.control import known_answers as known

METHODS = [lmdi, shapley, sequential]
by_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)


def matrices(zeros: bool):
    """Pairs of factor matrices of one shape, over ten orders of magnitude, zeros anywhere if asked for."""
    positive = st.floats(1e-5, 1e5)
    value = st.one_of(st.just(0.0), positive) if zeros else positive
    shapes = st.tuples(st.integers(1, 6), st.integers(1, 8))
    return shapes.flatmap(lambda s: st.tuples(arrays(float, s, elements=value), arrays(float, s, elements=value)))


def assert_exact(effects: np.ndarray, plan: np.ndarray, actual: np.ndarray) -> None:
    before, after = plan.prod(axis=1), actual.prod(axis=1)
    assert np.isfinite(effects).all()
    scale = np.maximum(np.maximum(before, after), np.abs(effects).max(axis=1))
    assert (np.abs(effects.sum(axis=1) - (after - before)) <= 1e-9 * scale).all()


@pytest.mark.parametrize("year", [1971, 1972, 1973])
def test_k1_lmdir_factor_totals(year):
    effects = lmdi(np.array(known.LMDIR[year]), np.array(known.LMDIR[year + 1]))
    assert effects.sum(axis=0) == pytest.approx(known.LMDIR_TOTALS[year], rel=1e-9)


def test_k1_lmdir_each_subcategory():
    effects = lmdi(np.array(known.LMDIR[1971]), np.array(known.LMDIR[1972]))
    assert effects == pytest.approx(np.array(known.LMDIR_CELLS_1971), rel=1e-9)


def test_k1_lmdir_multiplicative():
    ratios = lmdi_multiplicative(np.array(known.LMDIR[1971]), np.array(known.LMDIR[1972]))
    assert ratios == pytest.approx(known.LMDIR_RATIOS_1971, rel=1e-9)
    assert ratios.prod() == pytest.approx(2.25, rel=1e-12)


def test_k2_activity_structure_and_intensity_of_two_sectors():
    sides = []
    for energy, output in zip(known.ANG_ENERGY, known.ANG_OUTPUT, strict=True):
        e, y = np.array(energy, float), np.array(output, float)
        sides.append(np.column_stack([np.full(2, y.sum()), y / y.sum(), e / y]))
    effects = lmdi(*sides).sum(axis=0)
    assert effects == pytest.approx(known.ANG_EFFECTS, abs=5e-9)
    assert effects.sum() == pytest.approx(46)


@pytest.mark.parametrize(
    ("method", "printed"),
    [
        (lmdi, known.MARKETING_LMDI),
        (shapley, known.MARKETING_SHAPLEY),
        (sequential, known.MARKETING_FORWARD),
        (lambda plan, actual: -sequential(actual, plan), known.MARKETING_REVERSE),
    ],
    ids=["lmdi", "shapley", "standard forward", "standard reverse"],
)
def test_k5_acquisitions_by_factor(method, printed):
    plan, actual = (known.marketing_factors(side) for side in (known.MARKETING_PLAN, known.MARKETING_ACTUAL))
    effects = method(plan, actual).sum(axis=0)
    assert effects == pytest.approx(printed, abs=5e-5)
    assert effects.sum() == pytest.approx(-6, abs=1e-12)


def test_k5_cost_per_acquisition_and_money_by_factor():
    plan, actual = (known.marketing_factors(side) for side in (known.MARKETING_PLAN, known.MARKETING_ACTUAL))
    plan[:, 0], actual[:, 0] = 1, 1
    money = flexible_budget_effects(lmdi(plan, actual), np.array(100_000 / 28), np.array(110_000.0)).sum(axis=0)
    assert money == pytest.approx(known.MARKETING_MONEY, abs=0.5)
    assert money / 22 == pytest.approx(known.MARKETING_CPA, abs=0.005)
    assert money.sum() == pytest.approx(31_428.57, abs=0.005)


def test_k29_meetings_by_volume_readiness_effort_and_fit():
    effects = lmdi(np.array([known.MEETINGS_PLAN]), np.array([known.MEETINGS_ACTUAL]))[0]
    assert effects == pytest.approx(known.MEETINGS_EFFECTS, abs=5e-5)


def test_k5_merging_stages_adds_up_with_lmdi_but_not_with_shapley():
    plan, actual = (known.marketing_factors(side) for side in (known.MARKETING_PLAN, known.MARKETING_ACTUAL))

    def lead_to_meeting_to_won(factors):
        to_meeting, to_won = factors[:, 3] * factors[:, 4], factors[:, 5] * factors[:, 6]
        return np.column_stack([factors[:, :3], to_meeting, to_won])

    merged = [lead_to_meeting_to_won(side) for side in (plan, actual)]
    assert lmdi(*merged).sum(axis=0)[3] == pytest.approx(-4.6514, abs=5e-5)
    assert lmdi(plan, actual).sum(axis=0)[3:5].sum() == pytest.approx(-4.6514, abs=5e-5)
    assert shapley(*merged).sum(axis=0)[3] == pytest.approx(-4.7851, abs=5e-5)
    assert shapley(plan, actual).sum(axis=0)[3:5].sum() == pytest.approx(-4.7395, abs=5e-5)


def test_shapley_is_the_mean_over_all_orders():
    rng = np.random.default_rng(5)
    plan, actual = rng.uniform(0, 3, (2, 4, 5))
    plan[0, 2] = actual[1, 0] = 0
    mean = np.zeros_like(plan)
    for order in itertools.permutations(range(5)):
        at = plan.copy()
        for factor in order:
            before = at.prod(axis=1)
            at[:, factor] = actual[:, factor]
            mean[:, factor] += (at.prod(axis=1) - before) / factorial(5)
    assert shapley(plan, actual) == pytest.approx(mean, abs=1e-12)


@by_method
@given(sides=matrices(zeros=True))
def test_nothing_is_left_over_with_zeros_anywhere(method, sides):
    assert_exact(method(*sides), *sides)


@pytest.mark.parametrize("method", [lmdi, shapley], ids=lambda method: method.__name__)
@given(sides=matrices(zeros=True))
def test_swapping_plan_and_actual_flips_every_sign(method, sides):
    plan, actual = sides
    forth, back = method(plan, actual), method(actual, plan)
    assert np.abs(forth + back).max() <= 1e-9 * max(np.abs(forth).max(), 1e-300)


@pytest.mark.parametrize("method", [lmdi, shapley], ids=lambda method: method.__name__)
@given(sides=matrices(zeros=True), seed=st.integers(0, 2**16))
def test_order_of_sources_and_factors_does_not_matter(method, sides, seed):
    rng = np.random.default_rng(seed)
    rows, columns = (rng.permutation(n) for n in sides[0].shape)
    shuffled = method(*(side[rows][:, columns] for side in sides))
    straight = method(*sides)[rows][:, columns]
    assert np.abs(shuffled - straight).max() <= 1e-9 * max(np.abs(straight).max(), 1e-300)


@given(sides=matrices(zeros=False).filter(lambda sides: sides[0].shape[1] >= 2))
def test_merging_two_factors_adds_their_lmdi_effects_and_changes_no_other(sides):
    def merged(factors):
        return np.column_stack([factors[:, 0] * factors[:, 1], factors[:, 2:]])

    whole, parts = lmdi(*(merged(side) for side in sides)), lmdi(*sides)
    assert np.abs(whole - merged_sum(parts)).max() <= 1e-8 * max(np.abs(parts).max(), 1e-300)


def merged_sum(effects: np.ndarray) -> np.ndarray:
    return np.column_stack([effects[:, :2].sum(axis=1), effects[:, 2:]])


@pytest.mark.parametrize(
    ("plan", "actual", "effects"),
    [
        ([0, 5, 2], [3, 5, 2], [30, 0, 0]),
        ([3, 5, 2], [0, 7, 2], [-30, 0, 0]),
        ([3, 0, 2], [4, 0, 1], [0, 0, 0]),
        ([0, 0, 2], [3, 5, 2], [15, 15, 0]),
        ([2, 3, 4], [2, 3, 4], [0, 0, 0]),
    ],
    ids=["launched", "stopped", "zero on both sides", "two zeros share", "no change"],
)
def test_lmdi_takes_its_analytical_limit_at_zero(plan, actual, effects):
    assert lmdi(np.array([plan]), np.array([actual]))[0] == pytest.approx(effects, abs=1e-12)


def test_the_limit_is_what_small_values_approach():
    limit = lmdi(np.array([[0.0, 5, 2]]), np.array([[3.0, 4, 2]]))[0]
    gaps = [
        np.abs(lmdi(np.array([[tiny, 5, 2]]), np.array([[3.0, 4, 2]]))[0] - limit).max()
        for tiny in (1e-20, 1e-100, 1e-280)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.02


def test_logarithmic_mean_of_equal_and_nearly_equal_values():
    x, y = np.array([7.0, 7.0, 7.0, 0.0, 7.0]), np.array([7.0, 7.0 + 7e-12, 7.0 - 7e-7, 7.0, 0.0])
    assert log_mean(x, y) == pytest.approx([7, 7 + 3.5e-12, 7 - 3.5e-7, 0, 0], rel=1e-14)


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_factor_that_cannot_be_one_is_refused_with_its_place(wrong):
    with pytest.raises(ValueError, match="actual factor 1 of cell 0"):
        lmdi(np.ones((1, 3)), np.array([[1, wrong, 1]]))


def test_multiplicative_refuses_a_cell_that_appears():
    with pytest.raises(ValueError, match="appears or vanishes"):
        lmdi_multiplicative(np.array([[0.0, 1]]), np.array([[1.0, 1]]))
