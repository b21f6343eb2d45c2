"""Whether a week's data are true enough to move money on.

Belongs here: the three gates of the playbook's data_gate, each with its figures. Does not belong here: what a shut gate
does (`gates.py`), or how late a feed may be before a week counts as closed (dbt, `fct_week_status`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from orchestration.control.streams import WINDOW_WEEKS
from orchestration.control.week_inputs import WeekInputs

UNMAPPED = "unmapped"
MOST_UNMAPPED_LEADS, MOST_UNMAPPED_SPEND = 0.10, 0.05
"""Shares without a known source, in any week of the judged window, from which rates by source are not to be trusted."""


@dataclass(frozen=True)
class MoneyGates:
    """`truth_lag_p95_hours` of the worst daily feed (infinite when a day is missing); are spend and tracking whole."""

    truth_lag_p95_hours: float
    spend_reconciled: bool
    tracking_whole: bool


def money_gates(inputs: WeekInputs, week: date) -> MoneyGates:
    """The gates at the end of `week`, over its days (lag) and over the window that the streams judge (shares)."""
    unmapped_leads = _unmapped_share(inputs.actual, "leads", week)
    unmapped_spend = _unmapped_share(inputs.actual, "spend", week)
    return MoneyGates(
        truth_lag_p95_hours=_worst_lag(inputs.freshness, week),
        spend_reconciled=unmapped_spend <= MOST_UNMAPPED_SPEND,
        tracking_whole=unmapped_leads <= MOST_UNMAPPED_LEADS,
    )


def _worst_lag(freshness: pd.DataFrame, week: date) -> float:
    """The 95th percentile of the hours from a day's end to its landing, of the feed for which it is largest."""
    first = pd.Timestamp(week)
    own = (freshness["cadence"] == "daily") & freshness["day"].between(first, first + pd.Timedelta(days=6))
    days = freshness.loc[own]
    if days.empty:
        return float("nan")
    hours = days["lag_hours"].astype(np.float64).fillna(np.inf)
    return float(hours.groupby(days["feed"]).quantile(0.95, interpolation="higher").max())


def _unmapped_share(actual: pd.DataFrame, measure: str, week: date) -> float:
    """The largest weekly share of `measure` without a known source; 0 where nothing happened."""
    since = pd.Timestamp(week - timedelta(weeks=WINDOW_WEEKS - 1))
    window = actual.loc[actual["week_start"].between(since, pd.Timestamp(week))]
    total = window.groupby("week_start")[measure].sum()
    lost = window.loc[window["source"] == UNMAPPED].groupby("week_start")[measure].sum()
    return float((lost / total.where(total > 0)).max()) if len(lost) else 0.0
