"""Plan against actual: per week, source, segment and metric, with direction, status and state.

Belongs here: the metrics as data, and when a difference is on plan, to be watched or off plan. Does not
belong here: why it differs (`drivers.py`), whether it is noise, or when a week is closed (`weeks.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.control.cells import ACTUAL, PLAN, roll_up
from orchestration.control.decomposition import Floats
from orchestration.control.week_state import JudgedWeek, judged_columns


@dataclass(frozen=True)
class Metric:
    """A metric: a sum, or a ratio of two sums; `better` is the direction finance and sales call favourable."""

    name: str
    numerator: str
    denominator: str | None
    better: Literal["higher", "lower"]


METRICS = (
    Metric("spend", "spend", None, "lower"),
    Metric("leads", "leads", None, "higher"),
    Metric("ready_leads", "ready_leads", None, "higher"),
    Metric("cost_per_lead", "spend", "leads", "lower"),
    Metric("accepted", "accepted", None, "higher"),
    Metric("meetings", "meetings", None, "higher"),
    Metric("opportunities", "opportunities", None, "higher"),
    Metric("won", "won", None, "higher"),
    Metric("cost_per_acquisition", "spend", "won", "lower"),
    Metric("ready_rate", "ready_leads", "leads", "higher"),
    Metric("lead_to_accepted", "accepted", "leads", "higher"),
    Metric("accepted_to_meeting", "meetings", "accepted", "higher"),
    Metric("meeting_to_opportunity", "opportunities", "meetings", "higher"),
    Metric("opportunity_to_won", "won", "opportunities", "higher"),
)
STATUSES = ("no_data", "no_plan", "on_plan", "watch", "off_plan")
"""What `judged_status` says; a cost per acquisition may be `too_young` beside them (`cohort_columns.py`)."""
ON_PLAN_WITHIN = 0.05
WATCH_WITHIN = 0.10
# A deviation of exactly 5 % must not fall to the other side by the last bit of a float.
ROUNDING = 1e-9


def weekly_variance(cells: pd.DataFrame, weeks: Sequence[JudgedWeek], as_of: datetime) -> pd.DataFrame:
    """One row per week x source x segment x metric, roll-ups as 'all', for the judged `weeks`.

    `cells` as from `cells.align`; `as_of` naive UTC. Columns of schemas.VARIANCE_SCHEMA without revision
    and revision_reason. Ratios are ratios of sums (money or counts), also in roll-ups, so cost per lead
    of 'all' is blended over paid and unpaid sources. variance = actual - plan, variance_pct its share of
    plan; favourable is F or U, NULL at no difference. Status: no_data or no_plan when that side is not
    known, else by the share in the unfavourable direction; favourable differences are on plan, so is
    underspending.
    """
    rows = roll_up(cells, [week.week_start for week in weeks])
    sides = {side: np.concatenate([_values(rows, m, side) for m in METRICS]) for side in (PLAN, ACTUAL)}
    plan, actual = sides[PLAN], sides[ACTUAL]
    variance = actual - plan
    sign = np.repeat([1.0 if m.better == "higher" else -1.0 for m in METRICS], len(rows))
    gain = variance * sign
    long = pd.concat([rows[["week_start", "source", "segment", "plan_version"]]] * len(METRICS), ignore_index=True)
    long["metric"] = _labels(np.repeat(np.arange(len(METRICS)), len(rows)), [m.name for m in METRICS])
    long["plan"], long["actual"], long["variance"] = plan, actual, variance
    long["variance_pct"] = _ratio(variance, plan)
    long["favourable"] = _labels(np.select([gain > 0, gain < 0], [0, 1], default=-1), ["F", "U"])
    long["status"] = judged_status(plan, actual, gain)
    long["as_of"] = as_of
    return long.merge(judged_columns(weeks), on="week_start")


def _values(rows: pd.DataFrame, metric: Metric, side: str) -> Floats:
    numerator = rows[metric.numerator + side].to_numpy(dtype=np.float64)
    if metric.denominator is None:
        return numerator
    return _ratio(numerator, rows[metric.denominator + side].to_numpy(dtype=np.float64))


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator, NaN where the denominator is 0 or either is not known."""
    out = np.full_like(numerator, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def judged_status(plan: Floats, actual: Floats, gain: Floats) -> "pd.Categorical[Any]":
    """A shortfall against a plan of 0 is off plan however small: it has no share."""
    shortfall = np.maximum(-gain, 0.0)
    share = np.divide(shortfall, plan, out=np.where(shortfall > 0, np.inf, 0.0), where=plan > 0)
    conditions = [
        np.isnan(actual),
        np.isnan(plan),
        share <= ON_PLAN_WITHIN + ROUNDING,
        share <= WATCH_WITHIN + ROUNDING,
    ]
    return _labels(np.select(conditions, [0, 1, 2, 3], default=4), STATUSES)


def _labels(codes: NDArray[np.int64], names: Sequence[str]) -> "pd.Categorical[Any]":
    """Few names over many rows, as codes; -1 is NULL."""
    return pd.Categorical.from_codes(codes.tolist(), dtype=pd.CategoricalDtype(list(names)))
