"""The detector's reading of each tactic or source: streams of evidence from a week's inputs, and the states they give.

Belongs here: which counts make which stream, against what the plan expects of them. Does not belong here: the formulas
(`streams.py`, `disconnect.py`), causes (`blame.py`), or what a state costs (`standing.py`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.control import charts
from orchestration.control.arrays import Bools, Floats, divided, floats
from orchestration.control.axes import Axes
from orchestration.control.disconnect import Detection, detect, volume_is_green, volume_red_outcome_green
from orchestration.control.policy import Policy
from orchestration.control.ripening import Step, planned_rates
from orchestration.control.screening import mid_p_low
from orchestration.control.streams import Budget, Stream, rate_stream, share_stream, window
from orchestration.control.week_inputs import WeekInputs

ACCEPT, MEETINGS = "accept", "meetings"
"""Names of the streams: first presentations accepted of decided; meetings against those the leads' ages let expect."""
LEAST_WEEKS = 8
"""Weeks with data from which a tactic's own spread tells how counts scatter."""
RHO, RHO_SD, RHO_AT_MOST = 0.003, 0.003, 0.02
"""Correlation within a week before any history, how sure that is, and from where a unit has another trouble."""
SIGMA_Z_NOISE = 3.3
"""Variance of sigma_z squared times weeks: a mean moving range is 0.6 as efficient as a standard deviation."""


@dataclass(frozen=True)
class Counts:
    """What the streams count, (units, weeks): decided and accepted, the planned share, meetings and those expected."""

    decided: Floats
    accepted: Floats
    planned_share: Floats
    meetings: Floats
    expected_meetings: Floats


@dataclass(frozen=True)
class Reading:
    """Streams, states and volume of each unit and week."""

    counts: Counts
    streams: tuple[Stream, Stream]
    detection: Detection
    leads: Floats
    planned_leads: Floats
    volume_p: Floats
    under_invested: Bools
    dispersion: tuple[Floats, Floats]

    @property
    def volume_ratio(self) -> Floats:
        """Leads over planned leads of the window that ends in each week, (units, weeks)."""
        return divided(window(self.leads), window(self.planned_leads))


def counts_of(inputs: WeekInputs, axes: Axes, accepted: Step, meeting: Step) -> Counts:
    """The streams' counts on the axes; `accepted` and `meeting` are the steps from lead."""
    first = first_presentations(inputs.decisions)
    decided, took = (np.nan_to_num(axes.dense(first, column)) for column in ("decided", "accepted"))
    return Counts(
        decided,
        took,
        _planned_share(inputs, axes, accepted, decided, took),
        meeting.by_week(),
        meeting.expected_by_week(),
    )


def first_presentations(decisions: pd.DataFrame) -> pd.DataFrame:
    """Decisions of the teams that receive from marketing, not from another receiving team."""
    return decisions.loc[~decisions["from_team"].isin(set(decisions["team"].dropna()))]


def read_detector(counts: Counts, leads: Floats, planned_leads: Floats, policy: Policy) -> Reading:
    """Runs the detector over all weeks; the policy's false alarms are shared by the units that can raise one."""
    watched = int((~np.isnan(counts.planned_share[:, -1]) & (counts.decided.sum(axis=1) > 0)).sum())
    budget = Budget(max(watched, 1), 2, policy.false_alarms_per_week, policy.watches_per_week)
    accept_spread = _dispersion(charts.laney_p_chart(counts.accepted, counts.decided), counts.decided)
    expected = np.nan_to_num(counts.expected_meetings)
    meeting_spread = _dispersion(charts.laney_u_chart(counts.meetings, expected), expected)
    per_lead = divided(expected.sum(axis=1), np.nan_to_num(leads).sum(axis=1))
    streams = (
        share_stream(ACCEPT, counts.accepted, counts.decided, counts.planned_share, budget, accept_spread),
        rate_stream(MEETINGS, counts.meetings, counts.expected_meetings, per_lead, budget, meeting_spread),
    )
    volume_p = mid_p_low(window(leads), window(planned_leads))
    return Reading(
        counts,
        streams,
        detect(streams, volume_is_green(leads, planned_leads)),
        leads,
        planned_leads,
        volume_p,
        volume_red_outcome_green(divided(window(leads), window(planned_leads)), volume_p, streams),
        (accept_spread, meeting_spread),
    )


def _planned_share(inputs: WeekInputs, axes: Axes, step: Step, decided: Floats, accepted: Floats) -> Floats:
    """(units, weeks): accepted of decided that the plan expects.

    Stated by the plan (handed_off to accepted), else its acceptances per lead, times what a decision is worth over a
    lead: pooled accepted per decision over accepted per lead. A change of acceptance moves both alike, so that it is
    not lost in the plan.
    """
    stated = expectation(inputs, axes, "handed_off", "accepted")
    per_lead = planned_rates(inputs.plan, axes, "accepted")
    exposure = float((step.entered * step.maturity_now).sum())
    per_decision = float(divided(accepted.sum(), decided.sum()))
    worth = per_decision / float(divided(step.converted_so_far.sum(), exposure)) if exposure > 0 else np.nan
    derived = np.minimum(per_lead * worth, 0.99)
    return np.where(np.isnan(stated), derived, stated)


def expectation(inputs: WeekInputs, axes: Axes, from_stage: str, to_stage: str) -> Floats:
    """(units, weeks): a share that the plan states, weighted by planned leads; NaN where it states none."""
    lines = inputs.expectations
    own = lines.loc[(lines["from_stage"] == from_stage) & (lines["to_stage"] == to_stage)]
    weights = inputs.plan[["week_start", "source", "segment", "leads"]]
    joined = own.merge(weights, on=["week_start", "source", "segment"], how="left")
    joined = joined.assign(weight=joined["leads"].fillna(1.0).clip(lower=1e-9))
    joined["total"] = joined["rate"] * joined["weight"]
    return divided(axes.dense(joined, "total"), axes.dense(joined, "weight"))


def _dispersion(chart: charts.ControlChart, size: Floats) -> Floats:
    """(units,): phi squared by which each unit's weekly counts scatter more than chance makes them, never under 1.

    Weeks whose rate itself wanders (beta-binomial, gamma-Poisson) give phi^2 = 1 + rho x weekly size, with one rho for
    all units: a large tactic gets its whole share of the scatter, and a small one is not told from its own few weeks.
    rho is the precision-weighted mean of RHO and of each unit's (sigma_z^2 - 1) / size.
    """
    weeks = (~np.isnan(chart.value)).sum(axis=1)
    weekly = divided(np.nan_to_num(size).sum(axis=1), weeks)
    told = np.minimum(divided(floats(chart.sigma_z) ** 2 - 1, weekly), RHO_AT_MOST)
    precision = np.where(weeks >= LEAST_WEEKS, weekly**2 * weeks / SIGMA_Z_NOISE, 0.0)
    precision = np.where(np.isnan(told), 0.0, np.nan_to_num(precision))
    prior = RHO_SD**-2
    rho = (prior * RHO + (precision * np.nan_to_num(told)).sum()) / (prior + precision.sum())
    return 1 + max(float(rho), 0.0) * np.nan_to_num(weekly)
