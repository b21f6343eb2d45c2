"""From the review's data to the whole page's texts and charts.

Belongs here: the assembly of the sections, and what a blocked week leaves out. Does not belong here: queries
(`collect.py`), the sentence (`verdict.py`), the sections themselves, markup (templates).
"""

from orchestration.control.plan_against_actual import ON_PLAN_WITHIN, WATCH_WITHIN
from orchestration.serving import charts
from orchestration.serving.review.causes import causes, causes_unit, waterfall
from orchestration.serving.review.data import ReviewData
from orchestration.serving.review.dispute import dispute_view
from orchestration.serving.review.figures import SEGMENT_METRICS, TABLE_METRICS, changes, segments, table, tile
from orchestration.serving.review.loop import loop_view
from orchestration.serving.review.quality import defects, defects_told, found, funnel, leg_line, queue
from orchestration.serving.review.shapes import Body, Note, ReviewView, Status
from orchestration.serving.review.since import since_view
from orchestration.serving.review.verdict import CONTROLS, blocking_reason, judge
from orchestration.serving.review.words import ABSENT, DEALS_EXPLAINED, METRIC_TITLES, instant, percent, week_span

STATES = {
    "provisional": ("amber", "Provisional", "figures may still move until the week has settled"),
    "final": ("green", "Final", "later changes make a new revision"),
    "blocked": ("red", "Blocked", "the week cannot be judged"),
}


def build_view(data: ReviewData) -> ReviewView:
    """The page of the week's latest revision; a blocked week shows its reason and issues, and no figure."""
    tone, word, meaning = STATES[data.revision.state]
    return ReviewView(
        title=f"Weekly control review, week {data.week_start:%V}",
        week=f"Week {data.week_start:%V}, {week_span(data.week_start)}",
        verdict=judge(data),
        blocked_because=blocking_reason(data),
        state=Status(tone, charts.mark(tone), word),
        state_meaning=meaning,
        revision=f"Revision {data.revision.number}",
        as_of=instant(data.revision.as_of, data.time_zone),
        plan=", ".join(data.plan_versions) or "none in force",
        body=None if data.is_blocked else _body(data),
        issues=tuple(found(issue) for issue in data.issues),
        legs=tuple(leg_line(leg) for leg in data.legs),
        revisions=_notes(data),
        changes=() if data.is_blocked else changes(data),
        legend=_legend(),
    )


def _legend() -> str:
    within = percent(ON_PLAN_WITHIN, 0), percent(WATCH_WITHIN, 0)
    signs = f"● no more than {within[0]} worse than plan · ▲ no more than {within[1]} · ■ beyond."
    return f"{signs} The dashed line in trends is the plan. {ABSENT} is not known, never zero."


def _body(data: ReviewData) -> Body:
    return Body(
        tiles=tuple(tile(data, metric) for metric in CONTROLS),
        segment_titles=tuple(METRIC_TITLES[metric] for metric in SEGMENT_METRICS),
        segments=segments(data),
        waterfall=waterfall(data),
        causes=causes(data),
        causes_unit=causes_unit(data),
        deals_explained=DEALS_EXPLAINED[data.explains_ripe],
        defects=defects(data),
        defects_told=defects_told(data),
        funnel=funnel(data),
        queues=tuple(queue(data, team) for team in data.queues),
        table_titles=tuple(METRIC_TITLES[metric] for metric in TABLE_METRICS),
        table=table(data),
        loop=loop_view(data),
        dispute=dispute_view(data),
        since=since_view(data),
    )


def _notes(data: ReviewData) -> tuple[Note, ...]:
    """Every revision, the latest first."""
    notes: list[Note] = []
    for revision in reversed(data.revisions):
        tone, word, _ = STATES[revision.state]
        as_of = instant(revision.as_of, data.time_zone)
        state = Status(tone, charts.mark(tone), word)
        notes.append(Note(f"Revision {revision.number}", state, as_of, revision.reason))
    return tuple(notes)
