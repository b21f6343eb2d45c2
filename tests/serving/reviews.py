"""Small hand-written reviews, for rules whose answer one can see."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from orchestration.serving.review.data import ALL, Criterion, Driver, Figure, Inspection, ReviewData, Revision
from orchestration.serving.review.verdict import CONTROLS

WEEK = date(2026, 3, 23)
AS_OF = datetime(2026, 3, 30, 10, tzinfo=UTC)


def figure(
    metric: str,
    plan: float | None,
    actual: float | None,
    status: str,
    segment: str = ALL,
    source: str = ALL,
    **tested: Any,
) -> Figure:
    """A figure whose variance follows from plan and actual; `tested`: signal, confidence, weeks_lasted."""
    variance = None if plan is None or actual is None else actual - plan
    share = variance / plan if variance is not None and plan else None
    direction = None if not variance else "F" if variance > 0 else "U"
    return Figure(source, segment, metric, plan, actual, variance, share, direction, status, **tested)


def review(*figures: Figure, drivers: tuple[Driver, ...] = (), state: str = "final", reason: str = "") -> ReviewData:
    """A week in which every control is at its plan of 100, but for `figures`."""
    given = {f.metric for f in figures if (f.source, f.segment) == (ALL, ALL)}
    rest = [figure(metric, 100, 100, "on_plan") for metric in CONTROLS if metric not in given]
    return ReviewData(
        week_start=WEEK, iso_week="2026-W13", currency="USD", time_zone="America/New_York",
        revisions=(Revision(1, state, AS_OF, reason or "first revision"),),  # type: ignore[arg-type]
        plan_versions=("v1",), figures=(*figures, *rest), previous_figures=(), history={}, drivers=drivers,
        inspection=Inspection(None, None, None, None, ()), queues=(), issues=(),
        source_titles={"content_syndication": "Content syndication", "linkedin_ads": "LinkedIn ads"}, owner_titles={},
    )  # fmt: skip


def inspected(data: ReviewData) -> ReviewData:
    """The review with 10 leads handed off, 4 of them defective."""
    criterion = Criterion("phone_present", "The lead can be reached by phone", "minor", "marketing_ops", 3, 120.0)
    return replace(data, inspection=Inspection(10, 5, 4, 1, (criterion,)))
