"""Whether a week's difference from plan is signal or noise: the signal columns of the variance.

Belongs here: for every metric of every tactic and roll-up, how probable chance is, over all of them together, and how
long it has lasted. Does not belong here: charts and tests (`charts.py`, `screening.py`), or the detector that moves
money (`reading.py`), whose states it reads.

Each metric is read in its kind: shares by Laney's p', counts by u' (per planned unit), money by XmR. What leads grow
into is compared with what their ages let expect, four weeks together. The test is against plan, in the unfavourable
direction; the chart is against the metric's own past.
"""

from datetime import date
from typing import cast

import numpy as np
import pandas as pd
from scipy import stats

from orchestration.control import charts
from orchestration.control.arrays import Bools, Floats, divided, floats
from orchestration.control.axes import Axes, weeks_until
from orchestration.control.cells import ACTUAL, ALL, PLAN, align, roll_up
from orchestration.control.disconnect import State
from orchestration.control.plan_against_actual import METRICS, ON_PLAN_WITHIN, ROUNDING, Metric
from orchestration.control.screening import mid_p_low, mid_p_share_low, screen_families
from orchestration.control.standing import Standing
from orchestration.control.streams import window
from orchestration.control.week_inputs import WeekInputs

HISTORY_WEEKS = 26
SIGNAL, WATCH, NOISE = "signal", "watch", "noise"
WATCH_P = 0.05
COLUMNS = ["signal", "confidence", "p_adjusted", "weeks_lasted"]
GROWN = {"accepted": "accepted", "meetings": "meeting", "opportunities": "opportunity", "won": "won"}
MONEY = ("spend", "cost_per_lead", "cost_per_acquisition")


def signal_columns(inputs: WeekInputs, week: date, standing: Standing) -> pd.DataFrame:
    """One row per source x segment x metric of the week (roll-ups as 'all'): keys and COLUMNS.

    `confidence` = 1 - p, the probability that chance alone would have done better than this against plan; NULL where
    nothing can be tested. `p_adjusted` controls the false discovery rate over all single tactics, and among the
    roll-ups; a row's metrics are one family (`screening.screen_families`). Signal: adjusted p within the policy's
    rate, the detector's disconnect, or out of the chart's control on the bad side; watch: p within 5 %, or the
    detector's watch; else noise.
    `weeks_lasted`: weeks in a row, up to this one, in which the figure was worse than plan by more than 5 %.
    `standing` is of the tactic level.
    """
    known = inputs.until(week)
    assert known.first_week is not None
    weeks = weeks_until(week, known.first_week, HISTORY_WEEKS)
    rows = roll_up(align(known.actual, known.plan, weeks), weeks)
    keys = rows[["source", "segment"]].drop_duplicates().sort_values(["source", "segment"])
    axes = Axes(tuple(keys["source"]), tuple(keys["segment"]), weeks)
    expected = _expected(axes, standing)
    parts = [_metric(rows, axes, metric, expected) for metric in METRICS]
    table = pd.concat(parts, ignore_index=True)
    p = table["p"].to_numpy(dtype=np.float64)
    adjusted = _adjusted(p.reshape(len(METRICS), axes.units).T, axes).T.ravel()
    state = _states(table, standing)
    is_signal = (
        (adjusted <= standing.policy.false_discovery_rate) | (state == State.DISCONNECT) | table["out"].to_numpy()
    )
    is_watch = (p <= WATCH_P) | (state == State.WATCH)
    table["signal"] = np.select([is_signal, is_watch], [SIGNAL, WATCH], default=NOISE)
    table["confidence"], table["p_adjusted"] = 1 - p, adjusted
    return table[["source", "segment", "metric", *COLUMNS]]


def _adjusted(p: Floats, axes: Axes) -> Floats:
    """(rows, metrics): a tactic's metrics are a family; so are a roll-up's, and roll-ups sum over the same leads."""
    single = np.array([ALL not in pair for pair in zip(axes.sources, axes.segments, strict=True)])
    out = np.full_like(p, np.nan)
    out[single] = screen_families(p[single], dependent=False)
    out[~single] = screen_families(p[~single], dependent=True)
    return out


def _expected(axes: Axes, standing: Standing) -> dict[str, Floats]:
    """Per measure that leads grow into, (rows, weeks): conversions that the leads' ages let expect in each week."""
    units = standing.axes.frame()
    sums = [units, units.assign(segment=ALL), units.assign(source=ALL), units.assign(source=ALL, segment=ALL)]
    rows = [axes.rows(each) for each in sums]
    out: dict[str, Floats] = {}
    for measure, name in GROWN.items():
        values = np.nan_to_num(standing.steps[name].expected_by_week()[:, -len(axes.weeks) :])
        total = np.zeros((axes.units, len(axes.weeks)))
        for row in rows:
            np.add.at(total, row[row >= 0], values[row >= 0])
        out[measure] = total
    return out


def _metric(rows: pd.DataFrame, axes: Axes, metric: Metric, expected: dict[str, Floats]) -> pd.DataFrame:
    """Per row of the axes: p of doing this badly by chance, whether the chart flags the week, weeks lasted."""
    count, plan = (axes.dense(rows, metric.numerator + side) for side in (ACTUAL, PLAN))
    size = planned_size = np.ones_like(count)
    if metric.denominator is not None:
        size, planned_size = (axes.dense(rows, metric.denominator + side) for side in (ACTUAL, PLAN))
    actual, goal = divided(count, size), divided(plan, planned_size)
    sign = 1.0 if metric.better == "higher" else -1.0
    short = sign * (goal - actual)
    if metric.name in MONEY:
        p, chart = _money(actual, goal)
    elif metric.denominator is not None:
        chart = charts.laney_p_chart(np.minimum(count, size), size)
        p = mid_p_share_low(np.minimum(count, size)[:, -1], size[:, -1], goal[:, -1], charts.dispersion(chart))
    else:
        due = expected.get(metric.name, plan)
        chart = charts.laney_u_chart(count, np.where(due > 0, due, np.nan))
        p = _counted(metric, count, due, charts.dispersion(chart))
    with np.errstate(invalid="ignore"):
        worse: Bools = np.asarray(short > ON_PLAN_WITHIN * goal + ROUNDING)
        bad_side: Bools = np.asarray(sign * (chart.centre - chart.value) > 0)
    return axes.frame().assign(
        metric=metric.name,
        p=p,
        out=np.asarray(chart.flagged & bad_side & worse, dtype=np.bool_)[:, -1],
        weeks_lasted=_streak(worse),
    )


def _counted(metric: Metric, count: Floats, due: Floats, dispersion: Floats) -> Floats:
    """One-sided mid-p of the week's count; what leads grow into, of four weeks' count, for one is too few."""
    if metric.name in GROWN:
        count, due = window(count), window(due)
    return mid_p_low(count[:, -1], due[:, -1], dispersion)


def _money(actual: Floats, goal: Floats) -> tuple[Floats, charts.ControlChart]:
    """Money above plan, in sigmas of the metric's own moving range."""
    lacking: Bools = np.asarray(np.isnan(actual).all(axis=1), dtype=np.bool_)
    chart = charts.xmr_chart(np.where(lacking[:, None], 0.0, actual))
    sigma = (chart.upper - chart.centre)[:, -1] / 3
    z = divided(actual[:, -1] - goal[:, -1], sigma)
    return np.where(lacking, np.nan, cast(Floats, stats.norm.sf(z))), chart


def _states(table: pd.DataFrame, standing: Standing) -> Floats:
    """The detector's state of the tactics, for the metrics that its streams count; 0 for all others."""
    watched = table["metric"].isin(("accepted", "lead_to_accepted", "meetings")).to_numpy()
    row = standing.axes.rows(table)
    state = standing.reading.detection.state[:, -1]
    return np.where(watched & (row >= 0), state[np.maximum(row, 0)], 0).astype(np.float64)


def _streak(on: Bools) -> Floats:
    """Length of the unbroken run that ends in the last week."""
    off = ~on
    weeks = on.shape[1]
    last_off = np.where(off.any(axis=1), weeks - 1 - np.argmax(off[:, ::-1], axis=1), -1)
    return floats(weeks - 1 - last_off)
