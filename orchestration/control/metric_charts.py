# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Each metric's control chart, in its kind, and the rows that a BI tool draws it from.

Belongs here: which rows are too rare for Shewhart limits, and laying charts out as rows. Does not belong here: the
charts themselves (`charts.py`), or comparison with the plan (`signal_columns.py`).

Limits are those of the weeks before the last, so that a bad week does not widen what it is judged by. Arrays have shape
(rows, weeks), oldest week first.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.control import charts, cusum
from orchestration.control.arrays import Bools, Floats, floats
from orchestration.control.axes import Axes, weeks_until
from orchestration.control.cells import ALL
from orchestration.control.charts import CHART_OF_METRIC, LEAST_WEEKS, RARE_BELOW, Chart, ControlChart
from orchestration.control.plan_against_actual import METRICS
from orchestration.control.quality import BETTER, HISTORY_WEEKS, NOISE, TOO_FEW, WORSE, with_total
from orchestration.control.week_inputs import WeekInputs

WEEKS_BETWEEN_FALSE_ALARMS = 153.0
"""Of the two rules of a Shewhart chart together; a CUSUM in its place alarms as seldom."""
BEYOND, IN_A_ROW = "beyond_limits", "eight_in_a_row"


@dataclass(frozen=True)
class MetricChart:
    """One metric's chart over (rows, weeks); `is_rare` (rows,) are drawn as CUSUM, all others as `kind`."""

    kind: Chart
    is_rare: Bools
    chart: ControlChart
    size: Floats
    dispersion: Floats

    @property
    def weeks(self) -> Floats:
        """(rows,): weeks with data."""
        return floats((~np.isnan(self.chart.value)).sum(axis=-1))

    @property
    def is_flagged(self) -> Bools:
        """(rows,): whether the last week is out of control; nothing is told from fewer than LEAST_WEEKS weeks."""
        return self.chart.flagged[..., -1] & (self.weeks >= LEAST_WEEKS)

    def is_worse_than_usual(self, more_is_better: bool) -> Bools:
        """(rows,): flagged, and on the bad side; a CUSUM looks for a fall only."""
        sign = 1.0 if more_is_better else -1.0
        with np.errstate(invalid="ignore"):
            is_bad = np.asarray(sign * (self.chart.centre - self.chart.value)[..., -1] > 0, dtype=np.bool_)
        return self.is_flagged & (self.is_rare | is_bad)


def counted(kind: Chart, count: Floats, size: Floats, planned: Floats) -> MetricChart:
    """Laney's chart of `count` over `size` (trials, or expected events), rare rows as a CUSUM against `planned`.

    `planned` is the planned share, or 1 where `size` is what is expected; a row without a plan keeps Laney's chart.
    """
    laney = charts.judged_by_weeks_before(kind, count, size)
    known = np.isfinite(planned) & (planned > 0) & ((planned < 1) | (kind is Chart.LANEY_U))
    rate = np.where(known, planned, np.nan)
    typical = _typical(size), _typical(rate)
    if kind is Chart.LANEY_P:
        score = cusum.binomial_score(count, size, rate)
        drift, spread = cusum.binomial_in_control(*typical)
    else:
        score = cusum.poisson_score(count, size)
        drift, spread = cusum.poisson_in_control(typical[0])
    level = cusum.calibrated_threshold(drift, spread, WEEKS_BETWEEN_FALSE_ALARMS)
    is_rare = np.asarray((typical[0] * typical[1] < RARE_BELOW) & ~np.isnan(level), dtype=np.bool_)
    summed = charts.cusum_chart(score, level)

    def either(rare: Floats, usual: Floats) -> Floats:
        return np.where(is_rare[:, None], rare, usual)

    drawn = ControlChart(
        either(summed.value, laney.value),
        either(summed.centre, laney.centre),
        either(summed.lower, laney.lower),
        either(summed.upper, laney.upper),
        np.where(is_rare, np.nan, laney.sigma_z),
    )
    return MetricChart(kind, is_rare, drawn, size, charts.dispersion(laney))


def individuals(kind: Chart, value: Floats) -> MetricChart:
    """The individuals chart of `value`, or of its logarithm."""
    chart = charts.judged_by_weeks_before(kind, value)
    rows = len(value)
    return MetricChart(kind, np.zeros(rows, dtype=np.bool_), chart, np.full_like(value, np.nan), np.ones(rows))


def chart_rows(axes: Axes, found: dict[str, MetricChart]) -> pd.DataFrame:
    """CHARTS rows of the last week, without its label: one per row of the axes and metric that has a value."""
    more_is_better = {metric.name: metric.better == "higher" for metric in METRICS}
    parts = [_rows(axes.frame().assign(team=ALL), name, chart, more_is_better[name]) for name, chart in found.items()]
    return pd.concat(parts, ignore_index=True)


def process_chart_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """CHARTS rows of what is no figure of the plan: defects, service, time to response and work in process."""
    presented, verdicts = (with_total(frame, "source") for frame in (inputs.presented, inputs.verdicts))
    shares = (
        ("defects_per_lead", presented, "defects", "evaluated", False),
        ("defective_share", presented, "defective", "evaluated", False),
        ("within_sla_share", verdicts, "on_time", "timed", True),
    )
    parts: list[pd.DataFrame] = []
    for name, frame, count, size, more_is_better in shares:
        units, weeks = _units(frame, "source", week)
        counts, sizes = (_dense(frame, "source", units, weeks, column) for column in (count, size))
        chart = counted(CHART_OF_METRIC[name], counts, sizes, np.full_like(counts, np.nan))
        parts.append(_rows(units.assign(segment=ALL, team=ALL), name, chart, more_is_better))
    for name, frame, key, column in (
        ("minutes_to_response", inputs.responses, "source", "minutes"),
        ("wip", inputs.flow, "team", "wip"),
    ):
        units, weeks = _units(frame, key, week)
        chart = individuals(CHART_OF_METRIC[name], _dense(frame, key, units, weeks, column))
        labels = units.assign(**{other: ALL for other in ("source", "segment", "team") if other != key})
        parts.append(_rows(labels, name, chart, False))
    return pd.concat(parts, ignore_index=True)


def _units(frame: pd.DataFrame, key: str, week: date) -> tuple[pd.DataFrame, tuple[date, ...]]:
    """The units of a frame, and the weeks of their charts up to `week`."""
    first = frame["week_start"].min()
    weeks = (week,) if pd.isna(first) or first.date() > week else weeks_until(week, first.date(), HISTORY_WEEKS)
    return frame[[key]].drop_duplicates().sort_values(key, ignore_index=True), weeks


def _dense(frame: pd.DataFrame, key: str, units: pd.DataFrame, weeks: tuple[date, ...], column: str) -> Floats:
    """(units, weeks) of sums; NaN where there is no row."""
    wide = frame.pivot_table(index=key, columns="week_start", values=column, aggfunc="sum")
    return floats(wide.reindex(index=pd.Index(units[key]), columns=pd.to_datetime(list(weeks))).astype(np.float64))


def _rows(units: pd.DataFrame, name: str, found: MetricChart, more_is_better: bool) -> pd.DataFrame:
    """The last week of a metric's chart, of the units that have a value then."""
    chart = found.chart
    out, is_worse = found.is_flagged, found.is_worse_than_usual(more_is_better)
    signal = np.select([found.weeks < LEAST_WEEKS, is_worse, out], [TOO_FEW, WORSE, BETTER], default=NOISE)
    rule = np.select([~out, chart.beyond_limits[..., -1]], ["", BEYOND], default=IN_A_ROW)
    rows = units.assign(
        metric=name,
        chart=np.where(found.is_rare, Chart.CUSUM.value, found.kind.value),
        value=chart.value[..., -1],
        size=found.size[..., -1],
        centre=chart.centre[..., -1],
        lower=chart.lower[..., -1],
        upper=chart.upper[..., -1],
        sigma_z=np.where(np.isnan(found.size[..., -1]), np.nan, chart.sigma_z),
        weeks=found.weeks,
        signal=signal,
        rule=pd.Series(rule, dtype="object").where(rule != "", None).to_numpy(),
    )
    return rows.loc[rows["value"].notna()]


def _typical(size: Floats) -> Floats:
    """(rows,): the median of the weeks that have any, NaN where none has."""
    seen = np.where(np.nan_to_num(size) > 0, size, np.nan)
    out = np.full(len(size), np.nan)
    some = ~np.isnan(seen).all(axis=-1)
    out[some] = np.nanmedian(seen[some], axis=-1)
    return out
