"""Quality, the dispute and the worth of criteria on the page.

Belongs here: these sections in words. Does not belong here: what is signal, agreement or worth (`control/`).
"""

from collections.abc import Sequence

from markupsafe import Markup

from orchestration.serving import charts
from orchestration.serving.review.data import ALL, ReviewData
from orchestration.serving.review.dispute_data import (
    ChartPoint,
    CriteriaChange,
    Quadrants,
    RepVerdicts,
    SourceQuality,
    Worth,
)
from orchestration.serving.review.shapes import DisputeView, Line, Status
from orchestration.serving.review.words import ABSENT, count, money, named, percent, shorten

SIGNALS = {
    "worse": ("red", "Worse"), "better": ("green", "Better"), "noise": ("neutral", "Noise"),
    "too_few_weeks": ("neutral", "Too few weeks"), "too_few_events": ("neutral", "Too few events"),
}  # fmt: skip
VERDICTS = {
    "predicts": ("green", "Predicts"), "predicts_the_opposite": ("red", "Predicts the opposite"),
    "predicts_nothing": ("amber", "Predicts nothing"), "not_known": ("neutral", "Not known yet"),
}  # fmt: skip
KINDS = {
    "predicts_nothing": "Drop or change the criterion, or say why it stays",
    "predicts_the_opposite": "Look at the criterion: leads that fail it do better",
    "unexplained_rejection": "Add or tighten a criterion, or stop rejecting for it",
}
SHOWN_CHANGES = 12
SHOWN_REPS = 25


def dispute_view(data: ReviewData) -> DisputeView:
    """The three sections of the week."""
    dispute = data.dispute
    told = f"Defects per lead, {len(dispute.points)} weeks, with the limits each was judged by"
    return DisputeView(
        chart=point_chart(dispute.points, told),
        quality=tuple(_quality(data, each) for each in dispute.quality),
        quadrants=tuple(_quadrants(data, each) for each in dispute.quadrants),
        reps=tuple(_rep(each) for each in dispute.reps[:SHOWN_REPS]),
        more_reps=max(0, len(dispute.reps) - SHOWN_REPS),
        worth=tuple(_worth(each) for each in dispute.worth),
        changes=tuple(_change(each) for each in dispute.changes[:SHOWN_CHANGES]),
        more_changes=max(0, len(dispute.changes) - SHOWN_CHANGES),
    )


def point_chart(points: Sequence[ChartPoint], label: str) -> Markup:
    """The control chart of a metric's weeks; `label` says what it shows to who cannot see it."""
    return charts.control_chart(
        [point.value for point in points],
        ([point.lower for point in points], [point.centre for point in points], [point.upper for point in points]),
        [SIGNALS[point.signal][0] for point in points],
        (f"{points[0].week_start:%G-W%V}", f"{points[-1].week_start:%G-W%V}") if points else ("", ""),
        label,
    )


def _quality(data: ReviewData, each: SourceQuality) -> Line:
    return Line(
        _status(*SIGNALS[each.signal]),
        _source(data, each.source),
        f"{count(each.evaluated)} presentations judged",
        (
            _number(each.defects_per_lead), _between(each.lower, each.upper), count(each.dpmo),
            _number(each.sigma_level, 1), percent(each.first_pass_yield, 0), percent(each.rolled_yield, 0),
            money(each.cost, data.currency),
        ),
    )  # fmt: skip


def _agreement(each: Quadrants | RepVerdicts) -> tuple[Status, str]:
    """Whether the criteria are clear enough to agree on, and kappa with its interval."""
    if each.kappa is None:
        return _status("neutral", "Not known"), ABSENT
    status = _status("amber", "Criteria unclear") if each.is_ambiguous else _status("neutral", "Criteria hold")
    return status, f"{_number(each.kappa)} ({_between(each.kappa_low, each.kappa_high)})"


def _rep(each: RepVerdicts) -> Line:
    status, kappa = _agreement(each)
    return Line(
        status,
        shorten(each.rep, 60),
        "",
        (
            count(each.decided), count(each.ready_accepted), count(each.ready_rejected),
            count(each.defective_accepted), count(each.defective_rejected), kappa,
        ),
    )  # fmt: skip


def _quadrants(data: ReviewData, each: Quadrants) -> Line:
    status, kappa = _agreement(each)
    corrected = ABSENT
    if each.corrected_rate is not None:
        interval = f"{percent(each.corrected_low, 0)} to {percent(each.corrected_high, 0)}"
        corrected = f"{percent(each.corrected_rate, 0)} ({interval})"
    return Line(
        status,
        _source(data, each.source),
        "",
        (
            count(each.ready_accepted), count(each.ready_rejected), count(each.defective_accepted),
            count(each.defective_rejected), kappa, percent(each.observed_rate, 0), corrected,
        ),
    )  # fmt: skip


def _worth(each: Worth) -> Line:
    return Line(
        _status(*VERDICTS[each.verdict]),
        shorten(each.criterion, 120),
        "",
        (
            count(each.failed), percent(each.converted), percent(each.passed_converted), _number(each.ratio),
            _between(each.low, each.high),
        ),
    )  # fmt: skip


def _change(each: CriteriaChange) -> Line:
    return Line(
        _status("amber", "To consider"),
        each.subject.replace("_", " ").capitalize(),
        shorten(f"{each.evidence}. {KINDS[each.kind]}.", 300),
        (count(each.leads), percent(each.share)),
    )


def _source(data: ReviewData, source: str) -> str:
    return "All sources" if source == ALL else named(source, data.source_titles)


def _between(low: float | None, high: float | None) -> str:
    return ABSENT if low is None or high is None else f"{low:.2f} to {high:.2f}"


def _number(value: float | None, digits: int = 2) -> str:
    return ABSENT if value is None else f"{value:.{digits}f}"


def _status(tone: str, word: str) -> Status:
    return Status(tone, charts.mark(tone), word)
