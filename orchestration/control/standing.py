"""Where each tactic, or each source, stands at the end of a week: the one assembly that signals and shifts both read.

Belongs here: calling the pieces in order on one week's inputs, and the facts per unit. Does not belong here: the
pieces (`ripening.py`, `reading.py`, `blame.py`), what is written of it (`weekly_signals.py`), what is moved
(`shifts.py`).

Signals look at tactics (source x segment), which is where money is planned; the playbook moves money between sources,
so it reads the same on sources.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.control.arrays import Floats, divided
from orchestration.control.axes import WEEK, Axes, Level, axes_of, weeks_until
from orchestration.control.blame import OF_ACCEPTED, Blame, Service, blame, service_of
from orchestration.control.cause import expected_conversion
from orchestration.control.disconnect import burned, money_at_risk
from orchestration.control.policy import Policy, policy_in_force
from orchestration.control.reading import Reading, counts_of, first_presentations, read_detector
from orchestration.control.ripening import STEP_OF_MEASURE, PlanCurves, Ripe, Step, planned_rates, ripen, step_of
from orchestration.control.streams import WINDOW_WEEKS
from orchestration.control.triggers import weekly_evidence
from orchestration.control.week_inputs import WeekInputs

HISTORY_WEEKS = 52
"""Weeks that the detector runs over; it starts from no suspicion."""


@dataclass(frozen=True)
class Standing:
    """One level's reading at the end of `week`, the last column of the axes.

    `steps` and `ripe` are by step (`accepted`, `meeting`, `opportunity`, `won`); money is in the business currency.
    """

    week: date
    axes: Axes
    policy: Policy
    steps: dict[str, Step]
    ripe: dict[str, Ripe]
    reading: Reading
    blame: Blame
    spend: Floats
    next_spend: Floats

    @property
    def worst_ratio(self) -> Floats:
        """(units, weeks): the lowest posterior rate over plan of the streams, 1 where nothing is known."""
        ratios = np.stack([stream.ratio for stream in self.reading.streams])
        return np.nan_to_num(np.fmin.reduce(ratios, axis=0), nan=1.0)

    @property
    def money_at_risk(self) -> Floats:
        """(units,): money of next week's spend that buys nothing."""
        return money_at_risk(self.next_spend, self.worst_ratio[:, -1])

    @property
    def burned(self) -> Floats:
        """(units,): money lost since the change point."""
        return burned(np.nan_to_num(self.spend), self.worst_ratio, self.reading.detection.began)[:, -1]

    def evidence(self) -> pd.DataFrame:
        """`triggers.EVIDENCE` rows over all weeks; only of the source level, where a source appears once."""
        reading = self.reading
        return weekly_evidence(reading.streams, reading.detection, self.axes.sources, self.axes.weeks)


def standing_at(inputs: WeekInputs, week: date, level: Level) -> Standing:
    """The standing at the end of `week` from what had happened by then. Raises ValueError before the first week."""
    known = inputs.until(week)
    if known.first_week is None or known.first_week > week:
        raise ValueError(f"nothing had happened by the week of {week}: there is nothing to judge")
    weeks = weeks_until(week, known.first_week, HISTORY_WEEKS)
    axes = axes_of([known.actual, known.plan], weeks, level)
    policy = policy_in_force(known.policy, week)
    curves = PlanCurves.in_force(known.curves, week)
    steps = {
        step: step_of(known.cohorts, curves, axes, week, planned_rates(known.plan, axes, measure), step)
        for measure, step in STEP_OF_MEASURE.items()
    }
    service = service_of(known, axes, policy)
    leads, planned_leads = axes.dense(known.actual, "leads"), axes.dense(known.plan, "leads")
    counts = counts_of(known, axes, steps["accepted"], steps["meeting"])
    reading = read_detector(counts, np.nan_to_num(leads), planned_leads, policy)
    of_accepted = step_of(known.cohorts, curves, axes, week, _per_accepted(known, axes, service), "meeting", "accepted")
    spend = axes.dense(known.actual, "spend")
    return Standing(
        week=week,
        axes=axes,
        policy=policy,
        steps=steps,
        ripe={name: ripen(step) for name, step in steps.items()},
        reading=reading,
        blame=blame(known, axes, reading, service, {**steps, OF_ACCEPTED: of_accepted}),
        spend=spend,
        next_spend=_next_spend(known.plan, axes, week, spend[:, -1]),
    )


def source_facts(
    inputs: WeekInputs, standing: Standing, truth_lag_p95_hours: float, blocking_passed: bool
) -> pd.DataFrame:
    """What the playbook must know of each source but for its response curve: the columns of `shift_rows.SOURCES`.

    Without max_spend and elasticity. `acquisitions` matured per week at the planned spend, `events` the gamma shape of
    their rate, `team` the one that receives most of the source's leads. `standing` is of the source level.
    """
    axes, won = standing.axes, standing.ripe["won"]
    meeting = standing.ripe["meeting"]
    window = slice(-WINDOW_WEEKS, None)
    leads = standing.reading.leads[:, window].sum(axis=1)
    spend = np.nan_to_num(standing.spend[:, window]).sum(axis=1)
    per_money = divided(leads, spend)
    handed = np.nan_to_num(axes.dense(inputs.until(standing.week).effort, "ready_leads"))[:, window].sum(axis=1)
    shares = standing.blame.shares
    return axes.frame().assign(
        team=_receiving_team(inputs, axes, standing.week),
        spend=standing.next_spend,
        acquisitions=np.nan_to_num(per_money * standing.next_spend * won.rate.mean),
        events=won.rate.shape,
        cost_per_qualified_lead=divided(spend, handed),
        leads=leads,
        expected_events=np.nan_to_num(meeting.expected_at_age[:, window]).sum(axis=1),
        maturity=divided(
            (meeting.maturity * standing.steps["meeting"].entered)[:, window].sum(axis=1),
            standing.steps["meeting"].entered[:, window].sum(axis=1),
        ),
        truth_lag_p95_hours=truth_lag_p95_hours,
        spend_reconciled=~np.isnan(standing.spend[:, -1]),
        dq_blocking_passed=blocking_passed,
        loss_share_ready=shares[:, 0],
        loss_share_fit=shares[:, 2],
        money_at_risk=standing.money_at_risk,
    )


def _per_accepted(inputs: WeekInputs, axes: Axes, service: Service) -> Floats:
    """(units, weeks): meetings per accepted lead that the plan expects at each week's service mix."""
    mix = np.clip(service.mix, 0.0, 1.0)
    now = expected_conversion(mix, service.rate_within, service.rate_late)
    planned = expected_conversion(service.planned_within, service.rate_within, service.rate_late)
    return planned_rates(inputs.plan, axes, "meetings", per="accepted") * np.nan_to_num(divided(now, planned), nan=1.0)


def _next_spend(plan: pd.DataFrame, axes: Axes, week: date, spent: Floats) -> Floats:
    """(units,): what the plan spends in the week to come, else what was spent in this one."""
    ahead = Axes(axes.sources, axes.segments, (week + WEEK,))
    planned = ahead.dense(plan, "spend")[:, 0]
    return np.nan_to_num(np.where(np.isnan(planned), spent, planned))


def _receiving_team(inputs: WeekInputs, axes: Axes, week: date) -> "pd.Series[str]":
    """The team that decides most first presentations of each unit over the history."""
    first = first_presentations(inputs.decisions)
    first = first.loc[first["week_start"] <= pd.Timestamp(week)]
    rows = axes.rows(first)
    known = first.assign(row=rows).loc[rows >= 0]
    most = known.groupby(["row", "team"])["decided"].sum().reset_index().sort_values(["decided", "team"])
    by_row = most.drop_duplicates("row", keep="last").set_index("row")["team"]
    return by_row.reindex(range(axes.units)).set_axis(pd.RangeIndex(axes.units))
