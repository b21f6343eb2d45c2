# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Each metric's control chart, in its kind, and the rows that a BI tool draws it from.

Belongs here: which rows are too rare for Shewhart limits, and laying charts out as rows. Does not belong here: the
charts themselves (`charts.py`), or comparison with the plan (`signal_columns.py`).

Limits are those of the weeks before the last, so that a bad week does not widen what it is judged by. Arrays have shape
(rows, weeks), oldest week first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orchestration.control import charts, cusum
from orchestration.control.arrays import Bools, Floats, floats
from orchestration.control.axes import Axes
from orchestration.control.cells import ALL
from orchestration.control.charts import CHART_OF_METRIC, LEAST_WEEKS, RARE_BELOW, Chart, ControlChart
from orchestration.control.plan_against_actual import METRICS
from orchestration.control.quality import BETTER, NOISE, TOO_FEW, WORSE, by_week, charted_weeks, with_total
from orchestration.control.week_inputs import WeekInputs

WEEKS_BETWEEN_FALSE_ALARMS = 153.0
"""Of the two rules of a Shewhart chart together; a CUSUM in its place alarms as seldom."""
TOO_FEW_EVENTS = "too_few_events"
BEYOND, IN_A_ROW = "beyond_limits", "eight_in_a_row"


@dataclass(frozen=True)
class MetricChart:
    """One metric's chart over (rows, weeks); `is_rare` (rows,) are counts drawn as CUSUM, or shares not judged."""

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
    def is_judged(self) -> Bools:
        """(rows,): whether there are weeks enough, and of a share events enough, for its limits to say anything."""
        return (self.weeks >= LEAST_WEEKS) & ~(self.is_rare & (self.kind is Chart.LANEY_P))

    @property
    def is_flagged(self) -> Bools:
        """(rows,): whether the last week is out of control."""
        return self.chart.flagged[..., -1] & self.is_judged

    def is_worse_than_usual(self, more_is_better: bool) -> Bools:
        """(rows,): flagged, and on the bad side; a CUSUM looks for a fall only."""
        sign = 1.0 if more_is_better else -1.0
        with np.errstate(invalid="ignore"):
            is_bad = np.asarray(sign * (self.chart.centre - self.chart.value)[..., -1] > 0, dtype=np.bool_)
        return self.is_flagged & (self.is_rare | is_bad)


def shared(count: Floats, size: Floats) -> MetricChart:
    """Laney's p' chart of `count` of `size`, whatever their age; a row that is usually fewer events is not judged."""
    chart = charts.judged_by_weeks_before(Chart.LANEY_P, count, size)
    is_rare = np.asarray(_typical(size) * chart.centre[..., -1] < RARE_BELOW, dtype=np.bool_)
    return MetricChart(Chart.LANEY_P, is_rare, chart, size, charts.dispersion(chart))


def counted(count: Floats, due: Floats) -> MetricChart:
    """Laney's u' chart of `count` over what is `due`, by plan and age; a row of fewer events as a CUSUM against it."""
    laney = charts.judged_by_weeks_before(Chart.LANEY_U, count, due)
    typical = _typical(due)
    level = cusum.calibrated_threshold(*cusum.poisson_in_control(typical), WEEKS_BETWEEN_FALSE_ALARMS)
    is_rare = np.asarray(typical < RARE_BELOW, dtype=np.bool_)
    summed = charts.cusum_chart(cusum.poisson_score(count, due), level)

    def either(rare: Floats, usual: Floats) -> Floats:
        return np.where(is_rare[:, None], rare, usual)

    drawn = ControlChart(
        either(summed.value, laney.value),
        either(summed.centre, laney.centre),
        either(summed.lower, laney.lower),
        either(summed.upper, laney.upper),
        np.where(is_rare, np.nan, laney.sigma_z),
    )
    return MetricChart(Chart.LANEY_U, is_rare, drawn, due, charts.dispersion(laney))


def per_unit(count: Floats, units: Floats) -> MetricChart:
    """Laney's u' chart of several defects per unit."""
    chart = charts.judged_by_weeks_before(Chart.LANEY_U, count, units)
    return MetricChart(Chart.LANEY_U, np.zeros(len(count), dtype=np.bool_), chart, units, charts.dispersion(chart))


def individuals(kind: Chart, value: Floats) -> MetricChart:
    """The individuals chart of `value`, or of its logarithm."""
    chart = charts.judged_by_weeks_before(kind, value)
    rows = len(value)
    return MetricChart(kind, np.zeros(rows, dtype=np.bool_), chart, np.full_like(value, np.nan), np.ones(rows))


def chart_rows(axes: Axes, found: dict[str, MetricChart]) -> pd.DataFrame:
    """CHARTS rows of the last week, without its label: one per row of the axes and metric that has a value."""
    more_is_better = {metric.name: metric.better == "higher" for metric in METRICS}
    labels = {"source": axes.sources, "segment": axes.segments}
    return _frame([_columns(labels, name, chart, more_is_better[name]) for name, chart in found.items()])


def process_chart_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """CHARTS rows of what is no figure of the plan: defects, service, time to response and work in process."""
    presented, verdicts = (with_total(frame, "source") for frame in (inputs.presented, inputs.verdicts))
    shares = (
        ("defects_per_lead", per_unit, presented, "defects", "evaluated", False),
        ("defective_share", shared, presented, "defective", "evaluated", False),
        ("within_sla_share", shared, verdicts, "on_time", "timed", True),
    )
    parts: list[dict[str, Any]] = []
    for name, kind, frame, count, size, more_is_better in shares:
        units, weeks = sorted(set(frame["source"])), charted_weeks(frame, week)
        counts, sizes = (by_week(frame, "source", units, weeks, column) for column in (count, size))
        parts.append(_columns({"source": units}, name, kind(counts, sizes), more_is_better))
    for name, frame, key, column in (
        ("minutes_to_response", inputs.responses, "source", "minutes"),
        ("wip", inputs.flow, "team", "wip"),
    ):
        units, weeks = sorted(set(frame[key])), charted_weeks(frame, week)
        chart = individuals(CHART_OF_METRIC[name], by_week(frame, key, units, weeks, column))
        parts.append(_columns({key: units}, name, chart, more_is_better=False))
    return _frame(parts)


def _columns(
    labels: Mapping[str, Sequence[str]], name: str, found: MetricChart, more_is_better: bool
) -> dict[str, Any]:
    """The last week of a metric's chart as columns, of the units that have a value then."""
    chart = found.chart
    is_summed = found.is_rare & (found.kind is Chart.LANEY_U)
    out, is_worse = found.is_flagged, found.is_worse_than_usual(more_is_better)
    rule = np.select([~out, chart.beyond_limits[..., -1]], ["", BEYOND], default=IN_A_ROW).astype(object)
    rule[rule == ""] = None
    columns: dict[str, Any] = {
        **{key: np.array(labels.get(key, [ALL] * len(out)), dtype=object) for key in ("source", "segment", "team")},
        "metric": np.full(len(out), name, dtype=object),
        "chart": np.where(is_summed, Chart.CUSUM.value, found.kind.value),
        "value": chart.value[..., -1],
        "size": found.size[..., -1],
        "centre": chart.centre[..., -1],
        "lower": chart.lower[..., -1],
        "upper": chart.upper[..., -1],
        "sigma_z": np.where(np.isnan(found.size[..., -1]), np.nan, chart.sigma_z),
        "weeks": found.weeks,
        "signal": np.select(
            [found.weeks < LEAST_WEEKS, ~found.is_judged, is_worse, out],
            [TOO_FEW, TOO_FEW_EVENTS, WORSE, BETTER],
            default=NOISE,
        ),
        "rule": rule,
    }
    known = ~np.isnan(columns["value"])
    return {key: values[known] for key, values in columns.items()}


def _frame(parts: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One frame of all metrics' columns: laid out once, as a frame per metric costs more than the charts."""
    return pd.DataFrame({key: np.concatenate([part[key] for part in parts]) for key in parts[0]})


def _typical(size: Floats) -> Floats:
    """(rows,): the median of the weeks that have any, NaN where none has."""
    seen = np.where(np.nan_to_num(size) > 0, size, np.nan)
    out = np.full(len(size), np.nan)
    some = ~np.isnan(seen).all(axis=-1)
    out[some] = np.nanmedian(seen[some], axis=-1)
    return out
