"""All control outputs of one week for 200 sources with 26 weeks of history.

Then variance and drivers alone, of 26 weeks in two segments, against the same figures in bare numpy.

The floor has no labels, no zeros to treat and no checks: dense arrays in, plan against actual with
roll-ups and the three decompositions in money and acquisitions out.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from orchestration.control.cells import MEASURES, align
from orchestration.control.drivers import weekly_drivers
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.week_state import JudgedWeek, WeekStatus
from orchestration.control.weekly_run import run_week_tables
from tests.control.week_world import World

WEEKS, SOURCES, SEGMENTS = 26, 200, 2
REPEATS = 5
AS_OF = datetime.fromisoformat("2026-09-01T10:00:00")
CHAIN = [0, 1, 3, 4, 5, 6]


def run() -> dict[str, object]:
    """Best of five seconds each, and their ratio."""
    plan, actual = _quantities(1), _quantities(2)
    weeks = [date(2026, 1, 5) + timedelta(days=7 * i) for i in range(WEEKS)]
    frames = _frame(plan, weeks).assign(plan_version="v1"), _frame(actual, weeks)
    judged = [JudgedWeek(week, "f", "final", "") for week in weeks]

    def product() -> None:
        cells = align(frames[1], frames[0], weeks)
        weekly_variance(cells, judged, AS_OF)
        weekly_drivers(cells, judged, AS_OF)

    ours, floor = _best(product), _best(lambda: _floor(plan, actual))
    return {
        "one week, every table, 200 sources x 26 weeks, s (at most 5)": _one_week(),
        "variance and drivers, 26 weeks x 200 sources x 2 segments, s": ours,
        "numpy floor, s": floor,
        "ratio": ours / floor,
    }


def _one_week() -> float:
    """Seconds of the weekly run's computation for the newest week, best of REPEATS, after imports."""
    world = World(sources=SOURCES, weeks=WEEKS, exact=False)
    inputs = world.inputs()
    statuses = {week: WeekStatus(week, True, None, "f") for week in world.mondays}
    as_of = datetime.combine(world.last + timedelta(days=7), datetime.min.time(), UTC)
    return _best(lambda: list(run_week_tables(inputs, statuses, [world.last], as_of, ZoneInfo("UTC"))))


def _quantities(seed: int) -> np.ndarray:
    """Shape (weeks, cells, measures), every quantity positive."""
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.2, 0.8, (WEEKS, SOURCES * SEGMENTS, len(MEASURES)))
    shares[..., 0] = 10_000 * shares[..., 0]
    shares[..., 1] = 0.01 * shares[..., 1]
    return np.cumprod(shares, axis=2)


def _frame(quantities: np.ndarray, weeks: list[date]) -> pd.DataFrame:
    rows = pd.DataFrame(quantities.reshape(-1, len(MEASURES)), columns=list(MEASURES))
    rows["week_start"] = np.repeat(pd.to_datetime(weeks), SOURCES * SEGMENTS)
    rows["source"] = np.tile(np.repeat([f"source-{i:03d}" for i in range(SOURCES)], SEGMENTS), WEEKS)
    rows["segment"] = np.tile(["enterprise", "mid_market"], WEEKS * SOURCES)
    return rows


def _best(work: Callable[[], object]) -> float:
    seconds: list[float] = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _floor(plan: np.ndarray, actual: np.ndarray) -> list[np.ndarray]:
    results: list[np.ndarray] = []
    split = (WEEKS, SOURCES, SEGMENTS, len(MEASURES))
    for axes in ((), (2,), (1,), (1, 2)):
        before, after = (side.reshape(split).sum(axis=axes) for side in (plan, actual))
        for over in (1, *before.T[[0, 1, 3, 4, 5]]):
            results.append(after.T / over - before.T / over)
    factors = [_factors(side) for side in (plan, actual)]
    before, after = factors
    start, end = before.prod(axis=2), after.prod(axis=2)
    logs = np.log(after / before)
    results.append(((end - start) / logs.sum(axis=2))[..., None] * logs)
    ahead, behind = np.cumprod(after, axis=2), np.cumprod(before[..., ::-1], axis=2)[..., ::-1]
    results.append((after - before) * (ahead / after) * (behind / before))
    nodes, weights = np.polynomial.legendre.leggauss(4)
    along = [w / 2 * (m := before + (after - before) * (x + 1) / 2).prod(axis=2)[..., None] / m
             for x, w in zip(nodes, weights, strict=True)]  # fmt: skip
    results.append((after - before) * sum(along))
    results.append(results[-3] * plan[..., 0].sum(axis=1)[:, None, None])
    return [result.reshape(WEEKS, SOURCES, SEGMENTS, -1).sum(axis=2) for result in results[-4:]]


def _factors(side: np.ndarray) -> np.ndarray:
    chain = side[..., CHAIN]
    budget = np.broadcast_to(chain[..., 0].sum(axis=1)[:, None, None], (*chain.shape[:2], 1))
    return np.concatenate([budget, chain[..., :1] / budget, chain[..., 1:] / chain[..., :-1]], axis=2)
