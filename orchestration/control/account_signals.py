"""Signals about accounts: those that stall, and how many of those due to advance did.

Belongs here: a row per group of accounts (segment). Does not belong here: dwell among peers (`fct_account_velocity`).
The figure to steer by is accounts advanced of accounts due, never meetings booked alone.
"""

from collections.abc import Iterator
from datetime import date

import pandas as pd
from scipy import stats

from orchestration.control.signal_rows import OPEN, SALES, STALLED, WATCH, Row, signal_row
from orchestration.control.velocity import STALLED as STALLED_FROM
from orchestration.control.velocity import advanced_of_due
from orchestration.control.week_inputs import WeekInputs

SURE = 0.05
NAMED = 10


def account_signals(inputs: WeekInputs, week: date) -> Iterator[Row]:
    """A row per segment with a stalled account; open where more stall than the slowest of peers would by chance.

    Account velocity is known of the newest week only; an earlier one gives no row.
    """
    known = inputs.velocity.loc[inputs.velocity["week_start"] == pd.Timestamp(week)]
    for segment, own in known.groupby("segment"):
        measured = own.loc[own["is_stalled"].notna()]
        stalled = measured.loc[measured["is_stalled"].astype(bool)]
        if not stalled.empty:
            yield _row(str(segment), own, len(measured), stalled)


def _row(segment: str, own: pd.DataFrame, measured: int, stalled: pd.DataFrame) -> Row:
    due = int(own["is_due_to_advance"].fillna(False).astype(bool).sum())
    moved = own["has_advanced"].fillna(False).astype(bool) & own["is_due_to_advance"].fillna(False).astype(bool)
    advanced = int(moved.sum())
    chance = float(stats.binom.sf(len(stalled) - 1, measured, 1 - STALLED_FROM))
    slowest = stalled.sort_values(["dwell_percentile", "account_id"], ascending=[False, True]).head(NAMED)
    share = float(advanced_of_due(advanced, due))
    text = (
        f"{segment}: {len(stalled)} of {measured} open accounts stay longer in their stage than 85 % of peers;"
        f" {advanced} of {due} accounts due to advance this week did"
    )
    facts = {
        "stalled": len(stalled),
        "open_accounts": measured,
        "advanced": advanced,
        "due": due,
        "advanced_of_due": share,
        "p": chance,
        "slowest": list(slowest["account_id"]),
    }
    return signal_row(STALLED, segment, OPEN if chance <= SURE else WATCH, SALES, text, facts) | {
        "segment": segment,
        "account_group": segment,
        "confidence": 1 - chance,
        "cause": "velocity",
    }
