"""Leads and handoffs on the page: defects by criterion, the funnel with its waits, queues, data issues.

Belongs here: these sections in words and charts. Does not belong here: verdicts, or what a promise is.
"""

from markupsafe import Markup

from orchestration.serving import charts
from orchestration.serving.freshness import Leg
from orchestration.serving.review.data import Issue, ReviewData, TeamQueue
from orchestration.serving.review.figures import status_of
from orchestration.serving.review.shapes import Defect, Found, LegLine, Queue, Status
from orchestration.serving.review.words import (
    ABSENT,
    METRIC_TITLES,
    count,
    duration,
    minutes,
    money,
    named,
    percent,
    shorten,
)

SEVERITIES = {"critical": ("red", "Critical"), "warning": ("amber", "Warning")}
PARETO_ROWS = 9
VITAL_SHARE = 0.8


def defects(data: ReviewData) -> tuple[Defect, ...]:
    criteria = data.inspection.criteria
    total = sum(criterion.leads for criterion in criteria)
    rows: list[Defect] = []
    so_far = 0
    for criterion in criteria[:PARETO_ROWS]:
        is_vital = so_far < VITAL_SHARE * total
        so_far += criterion.leads
        tone = {"critical": "red", "major": "amber"}.get(criterion.severity, "neutral")
        rows.append(
            Defect(
                title=shorten(criterion.title, 120),
                owner=named(criterion.owner, data.owner_titles),
                severity=Status(tone, charts.mark(tone), criterion.severity),
                leads=count(criterion.leads),
                cumulative=percent(so_far / total, 0),
                cost=money(criterion.cost, data.currency),
                is_vital=is_vital,
                bar=charts.bar(criterion.leads / criteria[0].leads, "acc" if is_vital else "neu"),
            )
        )
    return tuple(rows)


def defects_told(data: ReviewData) -> str:
    """How the handed-off leads were judged; a lead that could not be judged is neither good nor bad."""
    seen = data.inspection
    if seen.handed_off is None:
        return "Handoffs were not delivered."
    if seen.ready is None:
        return f"{count(seen.handed_off)} leads handed off; none has been inspected."
    return (
        f"{count(seen.handed_off)} leads handed off: {count(seen.ready)} ready, {count(seen.defective)} defective, "
        f"{count(seen.unevaluable)} could not be evaluated"
    )


_FUNNEL = (
    ("leads", "", ""),
    ("ready_leads", "ready_rate", ""),
    ("accepted", "lead_to_accepted", "sdr"),
    ("meetings", "accepted_to_meeting", ""),
    ("opportunities", "meeting_to_opportunity", "ae"),
    ("won", "opportunity_to_won", ""),
)


def funnel(data: ReviewData) -> Markup:
    """The week's flows with the plan's step conversions; the wait is the handoff's that leads to the step."""
    queues = {queue.team: queue for queue in data.queues}
    stages: list[charts.Stage] = []
    for metric, rate, team in _FUNNEL:
        flow = data.figure(metric)
        step = data.figure(rate) if rate else None
        queue = queues.get(team)
        known = step is not None and step.actual is not None
        stages.append(
            charts.Stage(
                label=METRIC_TITLES[metric],
                value=flow.actual if flow else None,
                shown=count(flow.actual if flow else None),
                conversion=percent(step.actual) if step else "",
                conversion_plan=percent(step.plan) if step else "",
                conversion_tone=status_of(step.status).tone if step and known else "",
                wait=minutes(queue.minutes_p50) if queue else "",
                wait_limit=_limit(queue) if queue else "",
                wait_tone=_wait_tone(queue) if queue else "",
            )
        )
    return charts.funnel(stages)


def _wait_tone(queue: TeamQueue) -> str:
    """Green within the strictest limit, red beyond the loosest."""
    if queue.minutes_p50 is None or queue.limit_low is None or queue.limit_high is None:
        return ""
    if queue.minutes_p50 <= queue.limit_low:
        return "green"
    return "amber" if queue.minutes_p50 <= queue.limit_high else "red"


def _limit(queue: TeamQueue) -> str:
    if queue.limit_low is None or queue.limit_high is None:
        return ABSENT
    if queue.limit_low == queue.limit_high:
        return f"≤ {minutes(queue.limit_low)}"
    return f"≤ {minutes(queue.limit_low)} to {minutes(queue.limit_high)}"


def queue(data: ReviewData, queue: TeamQueue) -> Queue:
    return Queue(
        team=queue.team.upper(),
        handoffs=count(queue.handoffs),
        accepted=count(queue.accepted),
        returned=count(queue.returned),
        waiting=count(queue.waiting),
        first_pass=percent(queue.first_pass / queue.decided) if queue.decided else ABSENT,
        on_time=percent(queue.on_time / queue.judged_on_time) if queue.judged_on_time else ABSENT,
        median=minutes(queue.minutes_p50),
        slow=minutes(queue.minutes_p90),
        limit=_limit(queue),
        cost=money(queue.cost_of_poor_quality, data.currency),
    )


def leg_line(leg: Leg) -> LegLine:
    """How long one leg took in the week's days."""
    slowest = f"{leg.slowest}, {duration(leg.slowest_hours)}"
    return LegLine(leg.title, duration(leg.p50_hours), duration(leg.p95_hours), slowest, count(leg.days))


def found(issue: Issue) -> Found:
    tone, word = SEVERITIES[issue.severity]
    return Found(Status(tone, charts.mark(tone), word), issue.subject, shorten(issue.found, 300))
