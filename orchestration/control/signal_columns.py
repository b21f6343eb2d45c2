"""Whether a week's difference from plan is signal or noise: the signal columns of the variance.

Belongs here: for every metric of every tactic and roll-up, how probable chance is, over all of them together, and how
long it has lasted. Does not belong here: charts and tests (`metric_charts.py`, `screening.py`), or the detector that
moves money (`reading.py`), whose states it reads.

Each metric is read in its kind: shares by Laney's p', counts by u' (per planned unit), money by XmR. What leads grow
into is compared with what their ages let expect, counts over four weeks together. The test is against plan, in the
unfavourable direction; the chart is against the metric's own past.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import pandas as pd
from scipy import stats

from orchestration.control.arrays import Bools, Floats, divided, floats
from orchestration.control.axes import Axes, weeks_until
from orchestration.control.cells import ACTUAL, ALL, PLAN, align, roll_up
from orchestration.control.charts import CHART_OF_METRIC, Chart
from orchestration.control.disconnect import State
from orchestration.control.metric_charts import MetricChart, counted, individuals, shared
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


@dataclass(frozen=True)
class MetricReadings:
    """Every metric of every row of `axes` (tactics and roll-ups, the week last): its test and its chart.

    `table` has a row per metric of METRICS x row of the axes: source, segment, metric, p, is_short (worse than plan by
    more than 5 %, over what was tested), out (the chart's, on the bad side), weeks_lasted.
    """

    axes: Axes
    table: pd.DataFrame
    charts: dict[str, MetricChart]


def read_metrics(inputs: WeekInputs, week: date, standing: Standing) -> MetricReadings:
    """The readings at the end of `week`; `standing` is of the tactic level."""
    known = inputs.until(week)
    assert known.first_week is not None
    weeks = weeks_until(week, known.first_week, HISTORY_WEEKS)
    rows = roll_up(align(known.actual, known.plan, weeks), weeks)
    keys = rows[["source", "segment"]].drop_duplicates().sort_values(["source", "segment"])
    axes = Axes(tuple(keys["source"]), tuple(keys["segment"]), weeks)
    expected = _expected(axes, standing)
    found = {metric.name: _metric(rows, axes, metric, expected) for metric in METRICS}
    table = pd.concat([part for part, _ in found.values()], ignore_index=True)
    return MetricReadings(axes, table, {name: chart for name, (_, chart) in found.items()})


def signal_columns(readings: MetricReadings, standing: Standing) -> pd.DataFrame:
    """One row per source x segment x metric of the week (roll-ups as 'all'): keys and COLUMNS.

    `confidence` = 1 - p, the probability that chance alone would have done better than this against plan; NULL where
    nothing can be tested. `p_adjusted` controls the false discovery rate over all single tactics, and among the
    roll-ups; a row's metrics are one family (`screening.screen_families`). Signal: adjusted p within the policy's
    rate, the detector's disconnect, or out of the chart's control on the bad side (never by a sum of few events);
    watch: p within 5 %, or the detector's watch; else noise. A figure no more than 5 % short of plan over what was
    tested is on plan, however sure the difference is, and so is noise.
    `weeks_lasted`: weeks in a row, up to this one, in which the figure was worse than plan by more than 5 %.
    """
    axes, table = readings.axes, readings.table
    p, is_short = table["p"].to_numpy(dtype=np.float64), table["is_short"].to_numpy(dtype=np.bool_)
    adjusted = _adjusted(p.reshape(len(METRICS), axes.units).T, axes).T.ravel()
    state = _states(table, standing)
    is_found = is_short & (adjusted <= standing.policy.false_discovery_rate)
    is_signal = is_found | (state == State.DISCONNECT) | table["out"].to_numpy(dtype=np.bool_)
    is_watch = (is_short & (p <= WATCH_P)) | (state == State.WATCH)
    signal = np.select([is_signal, is_watch], [SIGNAL, WATCH], default=NOISE)
    told = table.assign(signal=signal, confidence=1 - p, p_adjusted=adjusted)
    return told[["source", "segment", "metric", *COLUMNS]]


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


def _metric(
    rows: pd.DataFrame, axes: Axes, metric: Metric, expected: dict[str, Floats]
) -> tuple[pd.DataFrame, MetricChart]:
    """The metric's rows of `MetricReadings.table`, and its chart."""
    count, plan = (axes.dense(rows, metric.numerator + side) for side in (ACTUAL, PLAN))
    size = planned_size = np.ones_like(count)
    if metric.denominator is not None:
        size, planned_size = (axes.dense(rows, metric.denominator + side) for side in (ACTUAL, PLAN))
    actual, goal = divided(count, size), divided(plan, planned_size)
    sign = 1.0 if metric.better == "higher" else -1.0
    worse = _is_worse(sign * (goal - actual), goal)
    is_short, kind = worse[:, -1], CHART_OF_METRIC[metric.name]
    if kind is Chart.XMR:
        chart = individuals(kind, actual)
        p = _money(actual, goal, chart)
    elif kind is Chart.LANEY_P:
        chart = shared(np.minimum(count, size), size)
        due = _share_due(metric, size, goal, expected)
        is_short = _is_worse(due - actual, due)[:, -1]
        p = mid_p_share_low(np.minimum(count, size)[:, -1], size[:, -1], due[:, -1], chart.dispersion)
    else:
        due = expected.get(metric.name, plan)
        chart = counted(count, np.where(due > 0, due, np.nan))
        if metric.name in GROWN:
            # One week's is too few of what leads grow into.
            count, due = window(count), window(due)
            is_short = _is_worse(due - count, due)[:, -1]
        p = mid_p_low(count[:, -1], due[:, -1], chart.dispersion)
    # Few events over many weeks are the detector's to judge, of money and cause; their sum of evidence is only drawn.
    bad = chart.is_worse_than_usual(metric.better == "higher") & ~chart.is_rare
    table = axes.frame().assign(
        metric=metric.name, p=p, is_short=is_short, out=bad & worse[:, -1], weeks_lasted=_streak(worse)
    )
    return table, chart


def _share_due(metric: Metric, size: Floats, goal: Floats, expected: dict[str, Floats]) -> Floats:
    """The planned share, or, of what leads grow into, the share that the ages of the leads let expect in the week.

    A source in its first weeks has many accepted leads and few meetings yet; NaN where nothing is due yet.
    """
    if metric.numerator not in expected or metric.denominator is None:
        return goal
    share = divided(expected[metric.numerator], expected.get(metric.denominator, size))
    return np.where(np.isnan(goal), np.nan, np.minimum(share, 1.0))


def _is_worse(short: Floats, goal: Floats) -> Bools:
    """By more than what still counts as on plan."""
    with np.errstate(invalid="ignore"):
        return np.asarray(short > ON_PLAN_WITHIN * goal + ROUNDING, dtype=np.bool_)


def _money(actual: Floats, goal: Floats, chart: MetricChart) -> Floats:
    """One-sided p of money above plan, in sigmas of the metric's own moving range."""
    sigma = (chart.chart.upper - chart.chart.centre)[:, -1] / 3
    return cast(Floats, stats.norm.sf(divided(actual[:, -1] - goal[:, -1], sigma)))


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
