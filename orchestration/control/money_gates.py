"""Whether a week's spend and leads can be placed well enough to move money on.

Belongs here: the shares without a known source. Does not belong here: how late data came (`data_gates.py`, which holds
these readings too), or what a shut gate does (`gates.py`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from orchestration.control.streams import WINDOW_WEEKS
from orchestration.control.week_inputs import WeekInputs

UNMAPPED = "unmapped"
MOST_UNMAPPED_LEADS, MOST_UNMAPPED_SPEND = 0.10, 0.05
"""Shares without a known source, in any week of the judged window, from which rates by source are not to be trusted."""


@dataclass(frozen=True)
class MoneyGates:
    """Whether the spend, and the sources of the leads, are whole over the judged window."""

    spend_reconciled: bool
    tracking_whole: bool


def money_gates(inputs: WeekInputs, week: date) -> MoneyGates:
    """The gates at the end of `week`, over the window that the streams judge."""
    unmapped_leads = _unmapped_share(inputs.actual, "leads", week)
    unmapped_spend = _unmapped_share(inputs.actual, "spend", week)
    return MoneyGates(
        spend_reconciled=unmapped_spend <= MOST_UNMAPPED_SPEND,
        tracking_whole=unmapped_leads <= MOST_UNMAPPED_LEADS,
    )


def _unmapped_share(actual: pd.DataFrame, measure: str, week: date) -> float:
    """The largest weekly share of `measure` without a known source; 0 where nothing happened."""
    since = pd.Timestamp(week - timedelta(weeks=WINDOW_WEEKS - 1))
    window = actual.loc[actual["week_start"].between(since, pd.Timestamp(week))]
    total = window.groupby("week_start")[measure].sum()
    lost = window.loc[window["source"] == UNMAPPED].groupby("week_start")[measure].sum()
    return float((lost / total.where(total > 0)).max()) if len(lost) else 0.0
