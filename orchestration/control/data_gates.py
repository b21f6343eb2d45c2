"""Whether a week's data may be judged, and money moved on them: how late they came, and whether spend and leads have a
source.

Belongs here: the one reading of each, per week. Does not belong here: the thresholds (the plan's policy), the lag of a
single file (`feed_freshness`), or what is stopped (`gates.py`, `weekly_signals.py`).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from orchestration.control import truth_lag
from orchestration.control.charts import laney_p_chart
from orchestration.control.policy import Policy, policy_in_force
from orchestration.control.streams import WINDOW_WEEKS
from orchestration.control.week_inputs import WeekInputs

HISTORY_WEEKS = 26
LEAST_SHARE = 0.02
"""Share of leads without a known source from which its growth matters."""
LEAST_COMPLETE = 0.9
"""Share of a day's records that must be in, for the week's counts to be believed."""
UNMAPPED = "unmapped"
MOST_UNMAPPED_LEADS, MOST_UNMAPPED_SPEND = 0.10, 0.05
"""Shares without a known source, in any week of the judged window, from which rates by source are not to be trusted."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DataGates:
    """Lags of the week's daily feeds (feed, leg, p50_hours, p95_hours, observations, gate) and the unsourced share.

    `incomplete` has the feeds of which a day of the week is not whole, too young or next to empty: feed, day, age_days,
    expected_share, complete_share.
    `unsourced` is NaN where no lead was created; `usual` its centre before. `is_attributed`: it is as usual, and few
    leads lost their source in the judged window; `spend_reconciled`: little spend did.
    """

    lags: pd.DataFrame
    incomplete: pd.DataFrame
    unsourced: float
    usual: float
    is_attributed: bool
    spend_reconciled: bool

    @property
    def truth_lag_p95_hours(self) -> float:
        """The slowest daily feed's p95 from the end of a day to its landing; infinite where none is known."""
        landing = self.lags.loc[self.lags["leg"] == "land", "p95_hours"]
        return float(landing.max()) if len(landing) else float("inf")

    @property
    def is_fresh(self) -> bool:
        """Whether every daily feed came in time for money to be moved."""
        return len(self.lags) > 0 and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether a daily feed came too late for the week's newest counts to be believed."""
        return bool((self.lags["gate"] != truth_lag.PASS).any()) or not self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether nearly all records of every day of the week are in."""
        return self.incomplete.empty

    @property
    def passed(self) -> bool:
        """Whether money may be moved on this week."""
        return self.is_fresh and self.is_attributed and self.spend_reconciled


def gates_at(inputs: WeekInputs, week: date, as_of: datetime) -> DataGates:
    """The gates of `week`; a day that has not landed is as late as `as_of` (naive UTC) says."""
    policy = policy_in_force(inputs.policy, week)
    share, usual, in_control = _unsourced(inputs, week)
    return DataGates(
        lags=_lags(inputs.freshness, week, as_of, policy),
        incomplete=_incomplete(inputs.completeness, week),
        unsourced=share,
        usual=usual,
        is_attributed=in_control and _most_unmapped(inputs.actual, "leads", week) <= MOST_UNMAPPED_LEADS,
        spend_reconciled=_most_unmapped(inputs.actual, "spend", week) <= MOST_UNMAPPED_SPEND,
    )


def _lags(freshness: pd.DataFrame, week: date, as_of: datetime, policy: Policy) -> pd.DataFrame:
    day = freshness["day"]
    own = freshness.loc[
        (freshness["cadence"] == "daily") & (day >= pd.Timestamp(week)) & (day < pd.Timestamp(week + WEEK))
    ]
    if own.empty:
        return pd.DataFrame(columns=["feed", "leg", "p50_hours", "p95_hours", "observations", "gate"])
    landed = pd.to_datetime(own["landed_at"])
    lag = pd.to_timedelta(own["lag_hours"], unit="h")
    # The end of a day in UTC follows from any feed that landed; a day in which none did ends with the last one known.
    ends = (landed - lag).groupby(own["day"]).transform("max").fillna(own["day"] + pd.Timedelta(days=1))
    # The later legs hang on the machine that ran; what a week says may not, or two ways to it would differ.
    moments = pd.DataFrame(dict.fromkeys(truth_lag.MOMENTS, pd.NaT), index=own.index).astype("datetime64[ns]")
    moments["event_at"] = np.minimum(ends, landed.fillna(pd.Timestamp(as_of)))
    moments["landed_at"] = landed.fillna(pd.Timestamp(as_of))
    table = truth_lag.legs(moments.assign(source=own["feed"])).rename(columns={"source": "feed"})
    table = table.loc[table["leg"] == "land"]
    gate = truth_lag.gate(table["p95_hours"].to_numpy(), policy.truth_fresh_hours, policy.truth_stale_hours)
    return table.assign(gate=gate).reset_index(drop=True)


def _incomplete(completeness: pd.DataFrame, week: date) -> pd.DataFrame:
    """The day of each feed that lacks most: feed, day, age_days, expected_share, complete_share."""
    day = completeness["day"]
    own = completeness.loc[
        (day >= pd.Timestamp(week))
        & (day < pd.Timestamp(week + WEEK))
        & (completeness["complete_share"] < LEAST_COMPLETE)
    ]
    worst = own.sort_values(["complete_share", "day"]).drop_duplicates("feed").sort_values("feed")
    return worst[["feed", "day", "age_days", "expected_share", "complete_share"]].reset_index(drop=True)


def _unsourced(inputs: WeekInputs, week: date) -> tuple[float, float, bool]:
    """Share of the week's leads whose source the plan does not know, its usual value, and whether it is in control."""
    first = pd.Timestamp(week - HISTORY_WEEKS * WEEK)
    actual = inputs.actual.loc[(inputs.actual["week_start"] > first) & (inputs.actual["week_start"] <= str(week))]
    known = actual["source"].isin(set(inputs.owners["source"]))
    total = actual.groupby("week_start")["leads"].sum()
    lost = actual.loc[~known].groupby("week_start")["leads"].sum().reindex(total.index, fill_value=0.0)
    if total.empty or total.index[-1] != pd.Timestamp(week) or not total.iloc[-1] > 0:
        return float("nan"), float("nan"), True
    share = float(lost.iloc[-1] / total.iloc[-1])
    if len(total) == 1:
        return share, share, True
    chart = laney_p_chart(lost.iloc[:-1].to_numpy(), total.iloc[:-1].to_numpy())
    usual = float(chart.centre[0])
    widening = max(float(np.nan_to_num(chart.sigma_z, nan=1.0)), 1.0)
    sigma = np.sqrt(max(usual * (1 - usual), 1e-9) / float(total.iloc[-1])) * widening
    return share, usual, not (share >= LEAST_SHARE and share > usual + 3 * sigma)


def _most_unmapped(actual: pd.DataFrame, measure: str, week: date) -> float:
    """The largest weekly share of `measure` without a known source; 0 where nothing happened."""
    since = pd.Timestamp(week - timedelta(weeks=WINDOW_WEEKS - 1))
    window = actual.loc[actual["week_start"].between(since, pd.Timestamp(week))]
    total = window.groupby("week_start")[measure].sum()
    lost = window.loc[window["source"] == UNMAPPED].groupby("week_start")[measure].sum()
    return float((lost / total.where(total > 0)).max()) if len(lost) else 0.0
