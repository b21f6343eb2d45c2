"""The Green-Red detector's states, its mirror, and what a fault costs."""

import numpy as np
import pytest
from scipy import stats

from orchestration.control import disconnect
from orchestration.control.disconnect import State
from orchestration.control.streams import Budget, Stream, rate_stream, share_stream, window

BUDGET = Budget(sources=50)


def stream(score: list[float], low: list[float], ratio: list[float], watch: float = 2.0, act: float = 5.0) -> Stream:
    row = [np.array([values]) for values in (score, low, ratio, [50.0] * len(ratio))]
    return Stream("accept", *row, np.array([watch]), np.array([act]))


def states(one: Stream, green: list[bool] | None = None) -> list[int]:
    flags = np.array([green or [True] * one.score.shape[1]])
    return disconnect.detect([one], flags).state[0].tolist()


def test_a_single_red_run_is_only_watched_and_a_second_of_three_is_a_disconnect():
    one = stream([2.5, -0.2, 0.2, 0], [0.95, 0.5, 0.95, 0.95], [0.8] * 4)
    assert states(one) == [State.WATCH, State.WATCH, State.DISCONNECT, State.DISCONNECT]


def test_red_without_posterior_certainty_does_not_persist_into_a_disconnect():
    assert states(stream([2.5, 0, 0, 0], [0.89] * 4, [0.85] * 4)) == [State.WATCH] * 4


def test_passing_the_act_level_is_enough_at_once():
    assert states(stream([5.0], [0.1], [0.9])) == [State.DISCONNECT]


def test_the_act_level_says_nothing_of_a_source_that_reads_as_on_plan():
    assert states(stream([5.0, 1.0], [0.1] * 2, [0.96, 0.94])) == [State.WATCH, State.DISCONNECT]


def two_streams(accept: list[float], meetings: list[float], ratios: tuple[list[float], list[float]]):
    pair = [
        stream(score, [0.95 if value < 0.8 else 0.5 for value in ratio], ratio)
        for score, ratio in zip((accept, meetings), ratios, strict=True)
    ]
    return disconnect.detect(pair, np.ones((1, len(accept)), dtype=bool))


def test_a_stream_that_was_never_red_neither_keeps_a_disconnect_open_nor_dates_it_or_the_next():
    """Acceptance falls in week 1, recovers, and falls again in week 5; meetings limp at .9 of plan all the time."""
    result = two_streams(
        [0, 6.0, -9, 0, 0, 6.0, 2], [1.0, 1, 1, 1, 0.5, 0.5, 0.5], ([1, 0.7, 0.96, 0.96, 1, 0.7, 0.7], [0.9] * 7)
    )
    opened = State.DISCONNECT
    assert result.state[0].tolist() == [State.NONE, opened, opened, State.CLOSED, State.NONE, opened, opened]
    assert result.began[0].tolist() == [0, 1, 1, 1, 4, 5, 5]


def test_a_second_stream_that_turns_red_must_recover_too():
    result = two_streams([6.0, -9, 0, 0, 0], [0, 3, 1, 0, 0], ([0.7, 1, 1, 1, 1], [1, 0.7, 0.9, 0.9, 0.9]))
    assert result.state[0].tolist() == [State.DISCONNECT] * 5
    assert result.began[0].tolist() == [0, 1, 1, 1, 1]


def test_without_green_volume_there_is_no_disconnect():
    one = stream([6.0, 0, 0], [0.99] * 3, [0.7] * 3)
    assert states(one, [False] * 3) == [State.WATCH] * 3
    assert states(one, [False, True, True]) == [State.WATCH, State.DISCONNECT, State.DISCONNECT]


def test_it_closes_after_two_recovered_runs_and_starts_again_from_zero():
    one = stream([6.0, 0, 0, 0, 0.5, 0], [0.99] * 6, [0.7, 0.96, 0.94, 0.96, 0.96, 0.96])
    result = disconnect.detect([one], np.ones((1, 6), dtype=bool))
    assert result.state[0].tolist() == [State.DISCONNECT] * 4 + [State.CLOSED, State.NONE]
    assert result.statistic[0, 0].tolist()[-1] == 0
    assert result.runs[0].tolist() == [1, 2, 3, 4, 1, 1]


def test_the_change_point_is_the_week_in_which_the_fall_began():
    one = stream([-1, 1, -3, 1, 2, 3], [0.99] * 6, [0.7] * 6)
    assert disconnect.detect([one], np.ones((1, 6), dtype=bool)).began[0].tolist() == [-1, 1, -1, 3, 3, 3]


def test_a_source_without_data_has_no_state_and_disturbs_no_other():
    plain = np.array([[80.0] * 6, [np.nan] * 6])
    one = share_stream("accept", plain * 0.7, plain * 2.5, 0.4, BUDGET)
    both = disconnect.detect([one], np.ones((2, 6), dtype=bool))
    assert both.state[1].tolist() == [State.NONE] * 6
    assert both.state[0, -1] == State.DISCONNECT


def test_any_week_can_be_replayed_from_what_was_known_then():
    random = np.random.default_rng(4)
    n = np.full((20, 40), 210.0)
    x = random.binomial(210, 0.36, n.shape).astype(float)
    full, early = (
        disconnect.detect(
            [share_stream("accept", x[:, :w], n[:, :w], 0.4, BUDGET, 1.3)], np.ones((20, w), dtype=bool)
        ).state
        for w in (40, 25)
    )
    np.testing.assert_array_equal(full[:, :25], early)


def test_more_sources_or_a_tighter_budget_raise_the_thresholds():
    n = np.full((1, 4), 210.0)
    few, many, strict = (
        share_stream("accept", n * 0.4, n, 0.4, b).act[0]
        for b in (Budget(10), Budget(100), Budget(10, act_per_week=0.05))
    )
    assert few < many
    assert few < strict


def test_a_posterior_is_asked_over_the_window_and_shrunk_to_plan():
    mu = np.full((1, 8), 20.0)
    one = rate_stream("meetings", mu * 0.8, mu, 0.1, BUDGET)
    assert one.ratio[0, -1] == pytest.approx((20 + 64) / (20 + 80))
    assert window(np.arange(8.0))[-1] == 4 + 5 + 6 + 7
    assert (np.diff(one.probability_low[0, :4]) > 0).all()


def test_the_gamma_shape_carries_the_spread_of_a_share():
    n = np.full((1, 4), 210.0)
    one = share_stream("accept", n * 0.36, n, 0.4, BUDGET)
    alpha, beta = 0.4 * 200 + 0.36 * 840, 0.6 * 200 + 0.64 * 840
    spread = stats.beta(alpha, beta).std() / stats.beta(alpha, beta).mean()
    assert 1 / np.sqrt(one.shape[0, -1]) == pytest.approx(spread)


def test_how_sure_it_is_that_a_rate_is_below_plan_is_its_posteriors():
    """64 of 80 meetings and a prior of 20: gamma(84, 100); 302 of 840 accepted and a prior of 200: beta."""
    mu, n = np.full((1, 4), 20.0), np.full((1, 4), 210.0)
    meetings = rate_stream("meetings", mu * 0.8, mu, 0.1, BUDGET)
    accept = share_stream("accept", n * 0.36, n, 0.4, BUDGET)
    assert meetings.probability_below[0, -1] == pytest.approx(stats.gamma(84, scale=1 / 100).cdf(1.0))
    exact = stats.beta(0.4 * 200 + 0.36 * 840, 0.6 * 200 + 0.64 * 840).cdf(0.4)
    assert accept.probability_below[0, -1] == pytest.approx(exact, abs=0.01)
    assert (accept.probability_below > accept.probability_low).all()


def test_more_successes_than_decisions_are_refused():
    with pytest.raises(ValueError, match="accept: more successes"):
        share_stream("accept", [[5.0]], [[4.0]], 0.4, BUDGET)


def test_volume_is_green_from_95_percent_of_the_window():
    planned = np.full((2, 5), 100.0)
    green = disconnect.volume_is_green(np.array([[95.0] * 5, [94.0] * 5]), planned)
    assert green.all(axis=1).tolist() == [True, False]
    assert not disconnect.volume_is_green([[5.0]], [[0.0]]).any()


def test_the_mirror_finds_a_source_that_does_well_and_gets_too_little():
    good, bad = (stream([0.0] * 3, [0.1] * 3, [ratio] * 3) for ratio in (1.1, 0.9))
    short, p = np.array([[0.8, 0.8, 0.8]]), np.array([[0.01, 0.01, 0.01]])
    assert disconnect.volume_red_outcome_green(short, p, [good])[0].tolist() == [False, True, True]
    assert not disconnect.volume_red_outcome_green(short, p, [bad]).any()
    assert not disconnect.volume_red_outcome_green(short, p * 20, [good]).any()


def test_a_watermelon_is_green_to_everybody_but_the_detector():
    found = disconnect.detect([stream([6.0, 0], [0.99] * 2, [0.7] * 2)], np.ones((1, 2), dtype=bool))
    assert disconnect.watermelon(np.array([[True, False]]), found)[0].tolist() == [True, False]


def test_money_at_risk_and_burned_since_the_change_point():
    assert float(disconnect.money_at_risk(50_000, 0.8)) == pytest.approx(10_000)
    assert float(disconnect.money_at_risk(50_000, 1.2, 3_000)) == 3_000
    loss = disconnect.burned([[50_000.0] * 4], [[0.8, 0.8, 0.7, 0.7]], [[-1, 1, 1, 1]])
    np.testing.assert_allclose(loss[0], [0, 10_000, 25_000, 40_000])
