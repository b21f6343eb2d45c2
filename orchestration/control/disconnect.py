"""The Green-Red detector: volume on plan while what comes out of it is not, and its mirror.

Belongs here: the state of each source week by week, since when, and what it costs. Does not belong here: the evidence
of each stream (`streams.py`), whose fault it is (`cause.py`), what is done about it (`playbook.py`).

Arrays have shape (sources, weeks), oldest week first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Bools, Floats, Ints, divided, floats
from orchestration.control.streams import Stream, window

GREEN_RATIO = 0.95
"""Matured volume over the window from which a source counts as delivering its plan."""
SURE = 0.9
"""Posterior probability of a loss that matters from which a run counts as red."""
RECOVERED_RATIO, RECOVERED_RUNS = 0.95, 2
PERSIST_RUNS, PERSIST_OF = 2, 3
VOLUME_LOW_P = 0.05
LEAST_LEVEL = 1e-9
"""Nats: a source so large that one week tells has an act level of 0, which evidence cannot be divided by."""


class State(IntEnum):
    """States of a source."""

    NONE = 0
    WATCH = 1
    DISCONNECT = 2
    CLOSED = 3


@dataclass(frozen=True)
class Detection:
    """State of each source and week, and how it came about.

    `red` and `green` are the two readings of the run; `statistic` (streams, sources, weeks) the CUSUMs in nats;
    `began` the index of the week in which the present fall began (-1: none); `runs` how many runs the state has lasted;
    `lead_stream` the index of the stream nearest to, or furthest over, its act level (-1: none).
    """

    state: Ints
    red: Bools
    green: Bools
    statistic: Floats
    began: Ints
    runs: Ints
    lead_stream: Ints


def volume_is_green(matured_leads: ArrayLike, planned_leads: ArrayLike) -> Bools:
    """Leads over the window of creation weeks at least 95 % of plan; False where nothing was planned."""
    ratio = divided(window(matured_leads), window(planned_leads))
    return np.nan_to_num(ratio, nan=0.0) >= GREEN_RATIO


def detect(streams: Sequence[Stream], green: Bools) -> Detection:
    """Runs the state machine none -> watch -> disconnect -> closed over all weeks, for all sources at once.

    A stream is red when its CUSUM passed its watch level and P(rate < 0.9 plan) >= 0.9. A green source becomes a
    disconnect when 2 of the last 3 runs are red, or a CUSUM passes its act level while the rate reads under 0.95 of
    plan. The act level does not wait for the posterior: its window still holds weeks from before the fall, and asking
    it too finds a fault in 5 weeks (79 % within 8) instead of 3 (98 %), as `tests/bench/simulation_study.py` counts.

    The streams that raised it stand accused: they say since when, and it closes when each of them is back above 0.95
    of plan for 2 runs in a row. Another stream that limps without ever being red keeps nothing open. On closing, all
    CUSUMs start again from 0, so that the next fall is not dated by the remains of this one.
    """
    score = np.nan_to_num(np.stack([s.score for s in streams]))
    low, ratio = np.stack([s.probability_low for s in streams]), np.stack([s.ratio for s in streams])
    watch, act = _levels([s.watch for s in streams]), _levels([s.act for s in streams])
    sources, weeks = green.shape
    state, began, runs, lead = (np.full((sources, weeks), fill, dtype=np.int64) for fill in (0, -1, 0, -1))
    red, statistic = np.zeros((sources, weeks), dtype=np.bool_), np.zeros_like(score)
    level, since = np.zeros_like(score[..., 0]), np.full(score.shape[:2], -1, dtype=np.int64)
    accused = np.zeros_like(level, dtype=np.bool_)
    before, lasted = np.zeros(sources, dtype=np.int64), np.zeros(sources, dtype=np.int64)
    fine, start = np.zeros(sources, dtype=np.int64), np.full(sources, -1, dtype=np.int64)
    for week in range(weeks):
        level = np.maximum(level + score[..., week], 0.0)
        since = np.where(level > 0, np.where(since < 0, week, since), -1)
        alert, recovered = level >= watch, ratio[..., week] >= RECOVERED_RATIO
        reds, acting = alert & (low[..., week] >= SURE), (level >= act) & ~recovered
        red[:, week] = reds.any(axis=0)
        persistent = red[:, week] & (red[:, max(0, week - PERSIST_OF + 1) : week + 1].sum(axis=1) >= PERSIST_RUNS)
        alarm = green[:, week] & (persistent | acting.any(axis=0))
        was_open = before == State.DISCONNECT
        accused = reds | acting | (accused & was_open)
        fine = np.where(was_open & (recovered | ~accused).all(axis=0), fine + 1, 0)
        stays, closes = was_open & (fine < RECOVERED_RUNS), fine >= RECOVERED_RUNS
        quiet = np.where(alert.any(axis=0), State.WATCH, State.NONE)
        now = np.where(closes, State.CLOSED, np.where(stays | alarm, State.DISCONNECT, quiet)).astype(np.int64)
        told = was_open | (now == State.DISCONNECT)
        leading = np.argmax(np.where(accused | ~told, level / np.maximum(act, LEAST_LEVEL), -1.0), axis=0)
        rising = since[leading, np.arange(sources)]
        start = np.where(was_open & (rising < 0), start, rising)
        state[:, week], statistic[..., week], began[:, week] = now, level, start
        lead[:, week] = np.where(start >= 0, leading, -1)
        lasted = np.where(now == before, lasted + 1, 1)
        runs[:, week], before = lasted, now
        level, since = np.where(closes, 0.0, level), np.where(closes, -1, since)
    return Detection(state, red, green, statistic, began, runs, lead)


def volume_red_outcome_green(volume_ratio: ArrayLike, volume_p: ArrayLike, streams: Sequence[Stream]) -> Bools:
    """The mirror: too little volume by more than chance, in 2 of the last 3 runs, of leads that do at least their plan.

    Such a source is under-invested. `volume_ratio` and one-sided `volume_p` compare the window's leads with plan.
    """
    short = (floats(volume_ratio) < GREEN_RATIO) & (floats(volume_p) <= VOLUME_LOW_P)
    good = np.stack([s.ratio >= 1.0 for s in streams]).all(axis=0)
    return persistent(short & good)


def watermelon(reported_green: Bools, detection: Detection) -> Bools:
    """Green outside, red inside: every owner reports green while the detector has a disconnect."""
    return reported_green & (detection.state == State.DISCONNECT)


def persistent(readings: Bools, runs: int = PERSIST_RUNS, of: int = PERSIST_OF) -> Bools:
    """True in a week that has the reading itself and in which `runs` of the last `of` weeks had it."""
    return readings & (window(readings, of) >= runs)


def money_at_risk(next_spend: ArrayLike, ratio: ArrayLike, poor_quality_cost: ArrayLike = 0.0) -> Floats:
    """Money a week: the share of next week's spend that buys nothing, and the cost of poor quality on top.

    `ratio` is the posterior rate / plan of the worst stream.
    """
    return floats(next_spend) * np.maximum(0.0, 1 - floats(ratio)) + floats(poor_quality_cost)


def burned(spend: ArrayLike, ratio: ArrayLike, began: ArrayLike) -> Floats:
    """Money lost up to each week since the change point: sum of spend x (1 - ratio), 0 where none; (sources, weeks).

    `ratio` is the rate / plan of each week's window as read in that week; `began` as in `Detection`.
    """
    loss = floats(spend) * np.maximum(0.0, 1 - floats(ratio))
    total = np.cumsum(np.nan_to_num(loss), axis=-1)
    start = np.asarray(began, dtype=np.int64)
    before = np.take_along_axis(np.pad(total, ((0, 0), (1, 0))), np.maximum(start, 0), axis=-1)
    return np.where(start >= 0, total - before, 0.0)


def _levels(per_stream: Sequence[Floats]) -> Floats:
    """(streams, sources); a source without a threshold can never reach it."""
    return np.nan_to_num(np.stack(per_stream), nan=np.inf)
