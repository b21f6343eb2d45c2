"""Whose a fall in meetings is, tactic by tactic: the exact split and the probability of each cause.

Belongs here: laying out what `cause.py` needs, since each tactic's change point. Does not belong here: its formulas,
or whether there is a fall (`reading.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orchestration.control import cause, cusum
from orchestration.control.arrays import Bools, Floats, Ints, divided, numbers
from orchestration.control.axes import Axes
from orchestration.control.policy import Policy
from orchestration.control.reading import Reading, expectation
from orchestration.control.ripening import AGES, Step, planned_rates
from orchestration.control.shrinkage import KAPPA_FLOOR
from orchestration.control.streams import WINDOW_WEEKS
from orchestration.control.week_inputs import WeekInputs

OF_ACCEPTED = "accepted_to_meeting"
LONGEST = 8
"""Weeks since the change point that are looked at; more would mix in what has changed since."""


@dataclass(frozen=True)
class Service:
    """The service mix and what it is worth, (units, weeks): planned share within SLA, q within, q late, real share."""

    planned_within: Floats
    rate_within: Floats
    rate_late: Floats
    within: Floats
    handled: Floats

    @property
    def mix(self) -> Floats:
        """Share within SLA of the ready leads handled; the planned one where none was."""
        return np.where(self.handled > 0, divided(self.within, self.handled), self.planned_within)


@dataclass(frozen=True)
class Blame:
    """Per unit: effects in meetings (units, FACTORS), shares of the loss (units, 3), P(cause) (units, 4), verdict."""

    effects: Floats
    shares: Floats
    probability: Floats
    verdict: "np.ndarray[tuple[int, ...], np.dtype[np.str_]]"
    weeks: Ints


def service_of(inputs: WeekInputs, axes: Axes, policy: Policy) -> Service:
    """What the plan expects of leads answered in time and late, and how the ready leads were answered.

    q within and q late are stated by the plan (within_sla and late to meeting), else follow from its meetings per ready
    lead at its planned mix and the policy's `late_conversion`.
    """
    planned = np.nan_to_num(expectation(inputs, axes, "ready", "within_sla"), nan=1 - policy.late_share)
    per_ready = planned_rates(inputs.plan, axes, "meetings", per="ready_leads")
    ratio = policy.late_conversion
    within = per_ready / (planned + (1 - planned) * ratio)
    stated_within, stated_late = (expectation(inputs, axes, mix, "meeting") for mix in ("within_sla", "late"))
    rate_within = np.where(np.isnan(stated_within), within, stated_within)
    rate_late = np.where(np.isnan(stated_late), rate_within * ratio, stated_late)
    counts = [np.nan_to_num(axes.dense(inputs.effort, name)) for name in ("ready_within_sla", "ready_late")]
    return Service(planned, rate_within, rate_late, counts[0], counts[0] + counts[1])


def blame(
    inputs: WeekInputs,
    axes: Axes,
    reading: Reading,
    service: Service,
    steps: Mapping[str, Step],
) -> Blame:
    """The split over the leads since each unit's change point, or of the last four weeks where nothing fell.

    The newest week is left out where there is an older one: most of its leads are not handed over yet. Meetings are
    brought to the plan's age by the curve, with the weight of KAPPA_FLOOR planned leads. `steps` has those from lead to
    accepted and to meeting, and as OF_ACCEPTED the one from accepted to meeting, planned at the actual service mix.
    """
    last = len(axes.weeks) - 1
    began = reading.detection.began[:, -1]
    since = np.where(began >= 0, np.maximum(began, last - LONGEST), last - WINDOW_WEEKS)
    since = np.clip(since, 0, max(last - 1, 0))
    chosen = (numbers(0, last + 1) >= since[:, None]) & (numbers(0, last + 1) < max(last, 1))
    effects = _split(inputs, axes, service, steps["meeting"], chosen)
    chance = cause.posterior(*_scores(reading, service, steps, began))
    return Blame(effects, cause.shares_of_loss(effects), chance, cause.verdict(chance), chosen.sum(axis=1))


def _split(inputs: WeekInputs, axes: Axes, service: Service, meeting: Step, chosen: Bools) -> Floats:
    def total(values: Floats) -> Floats:
        return np.where(chosen, np.nan_to_num(values), 0.0).sum(axis=1)

    leads, ready = (axes.dense(inputs.effort, name) for name in ("leads", "ready_leads"))
    planned_leads, planned_ready = (axes.dense(inputs.plan, name) for name in ("leads", "ready_leads"))
    rate = divided(total(meeting.planned), total(meeting.entered))
    exposure = total(meeting.entered * meeting.maturity_now)
    matured = divided(KAPPA_FLOOR * rate + total(meeting.converted_so_far), KAPPA_FLOOR + exposure) * total(
        meeting.entered
    )
    weight = np.nan_to_num(planned_leads)
    within, q_in, q_late = (
        divided(total(part * weight), total(weight))
        for part in (service.planned_within, service.rate_within, service.rate_late)
    )
    share = np.where(total(service.handled) > 0, divided(total(service.within), total(service.handled)), within)
    plan = cause.Handoff(total(planned_leads), divided(total(planned_ready), total(planned_leads)), within, matured)
    actual = cause.Handoff(total(leads), divided(total(ready), total(leads)), share, matured)
    known = ~np.isnan(plan.ready) & ~np.isnan(actual.ready) & ~np.isnan(q_in) & ~np.isnan(matured) & (q_in > 0)
    return _where_known(plan, actual, q_in, q_late, known)


def _where_known(plan: cause.Handoff, actual: cause.Handoff, q_in: Floats, q_late: Floats, known: Bools) -> Floats:
    out = np.full((len(known), len(cause.FACTORS)), np.nan)
    rows = np.flatnonzero(known)

    def part(side: cause.Handoff) -> cause.Handoff:
        return cause.Handoff(side.leads[rows], side.ready[rows], side.within_sla[rows], side.meetings[rows])

    out[rows] = cause.split(part(plan), part(actual), q_in[rows], q_late[rows])
    return out


def _scores(
    reading: Reading, service: Service, steps: Mapping[str, Step], began: Ints
) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood ratios of readiness, effort and fit against none, summed since each unit's change point."""
    counts, (accept_spread, meeting_spread) = reading.counts, (spread[:, None] for spread in reading.dispersion)
    weeks = numbers(0, counts.decided.shape[1])
    age = weeks - began[:, None]
    since = (began[:, None] >= 0) & (age >= 0)
    of_accepted = steps[OF_ACCEPTED]
    decided_theta = cusum.diluted(cusum.SMALLEST_LOSS, _exposed(steps["accepted"].maturity, age))
    met_theta = cusum.diluted(cusum.SMALLEST_LOSS, _exposed(of_accepted.maturity, age))
    planned = np.clip(counts.planned_share, 1e-6, 1 - 1e-6)
    ready = cusum.binomial_score(counts.accepted, counts.decided, planned, decided_theta, accept_spread)
    low = cause.effort_for_loss(service.planned_within, service.rate_within, service.rate_late)
    within = np.clip(service.planned_within, 1e-6, 1 - 1e-6)
    effort = cusum.binomial_score(service.within, service.handled, within, np.clip(low / within, 1e-6, 1 - 1e-6))
    fit = cusum.poisson_score(
        of_accepted.by_week(), np.nan_to_num(of_accepted.expected_by_week()), met_theta, meeting_spread
    )
    sums = [np.where(since, np.nan_to_num(score), 0.0).sum(axis=1) for score in (ready, effort, fit)]
    return sums[0], sums[1], sums[2]


def _exposed(maturity: Floats, age: Floats) -> Floats:
    """(units, weeks): share of a week's count that stems from after the change point: the curve at its age."""
    at = np.clip(age, 0, AGES - 1).astype(np.int64)
    return np.where(age >= 0, np.take_along_axis(maturity, at, axis=1), 0.0)
