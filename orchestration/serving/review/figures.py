"""Plan against actual on the page: tiles, the tables by segment and by source, changes between revisions.

Belongs here: which figure stands where and in which words. Does not belong here: whether it is on plan.
"""

from collections.abc import Sequence

from orchestration.serving import charts
from orchestration.serving.review.data import ALL, Figure, Point, ReviewData
from orchestration.serving.review.shapes import Cell, Change, Row, Status, Tile
from orchestration.serving.review.words import ABSENT, METRIC_TITLES, metric_change, metric_value, named

STATUS = {
    "on_plan": ("green", "On plan"),
    "watch": ("amber", "Watch"),
    "short_lately": ("amber", "Short over 4 weeks"),
    "off_plan": ("red", "Off plan"),
    "chance": ("neutral", "Within chance"),
    "no_plan": ("neutral", "No plan"),
    "no_data": ("neutral", "Not delivered"),
    "too_young": ("neutral", "Too young to judge"),
}
BASES = {"cost_per_lead": "leads", "cost_per_acquisition": "won"}
SEGMENT_METRICS = ("leads", "ready_leads", "accepted", "meetings", "opportunities", "won", "cost_per_acquisition")
TABLE_METRICS = (
    "spend",
    "leads",
    "ready_leads",
    "accepted",
    "meetings",
    "opportunities",
    "won",
    "cost_per_acquisition",
)


def status_of(code: str) -> Status:
    tone, word = STATUS[code]
    return Status(tone, charts.mark(tone), word)


def tile(data: ReviewData, metric: str) -> Tile:
    figure = data.figure(metric)
    status = status_of(figure.reading if figure else "no_data")
    points: Sequence[Point] = data.history.get(metric, ())
    trend = charts.sparkline(
        [point.actual for point in points],
        [point.plan for point in points],
        status.tone,
        f"{METRIC_TITLES[metric]}, the last {len(points)} weeks against plan",
    )
    if figure is None:
        return Tile(METRIC_TITLES[metric], ABSENT, ABSENT, "", status, trend)
    cell = _cell(data, figure)
    change = "" if cell.change == ABSENT else cell.change
    return Tile(METRIC_TITLES[metric], cell.value, cell.plan, change, status, trend)


def _cell(data: ReviewData, figure: Figure | None) -> Cell:
    if figure is None:
        return Cell(ABSENT, ABSENT, "", "", "", status_of("no_data"))
    return Cell(
        value=metric_value(figure.metric, figure.actual, data.currency),
        plan=metric_value(figure.metric, figure.plan, data.currency),
        change=metric_change(figure.metric, figure.variance, figure.variance_pct),
        direction=figure.favourable or "",
        absent=_absent(data, figure),
        status=status_of(figure.reading),
    )


def _absent(data: ReviewData, figure: Figure) -> str:
    """Why there is no value where one was planned: a ratio over nothing is not a missing delivery."""
    if figure.actual is not None or not figure.plan:
        return ""
    base = data.figure(BASES[figure.metric], figure.source, figure.segment) if figure.metric in BASES else None
    if base is not None and base.actual == 0:
        return f"no {METRIC_TITLES[base.metric].lower()}"
    return "not delivered"


def _cells(data: ReviewData, metrics: Sequence[str], source: str, segment: str) -> tuple[Cell, ...]:
    return tuple(_cell(data, data.figure(metric, source, segment)) for metric in metrics)


def segments(data: ReviewData) -> tuple[Row, ...]:
    """A row per segment over all sources, then the whole company."""
    names = sorted({f.segment for f in data.figures if f.source == ALL and f.segment != ALL})
    rows = [Row(_segment(name), "", _cells(data, SEGMENT_METRICS, ALL, name), is_total=False) for name in names]
    return (*rows, Row("All segments", "", _cells(data, SEGMENT_METRICS, ALL, ALL), is_total=True))


def table(data: ReviewData) -> tuple[Row, ...]:
    """A row per source and segment, the sources that spend most first, then the whole company."""
    pairs = {(f.source, f.segment) for f in data.figures if ALL not in (f.source, f.segment)}
    weight = {f.source: f.actual or 0.0 for f in data.figures if (f.metric, f.segment) == ("spend", ALL)}
    ordered = sorted(pairs, key=lambda pair: (-weight.get(pair[0], 0.0), *pair))
    rows = [
        Row(
            named(source, data.source_titles),
            _segment(segment),
            _cells(data, TABLE_METRICS, source, segment),
            is_total=False,
        )
        for source, segment in ordered
    ]
    return (*rows, Row("All sources", "All segments", _cells(data, TABLE_METRICS, ALL, ALL), is_total=True))


def changes(data: ReviewData) -> tuple[Change, ...]:
    """Company-wide figures whose shown value differs from the revision before."""
    before = {f.metric: f for f in data.previous_figures if (f.source, f.segment) == (ALL, ALL)}
    changes: list[Change] = []
    for metric, title in METRIC_TITLES.items():
        new, old = data.figure(metric), before.get(metric)
        if new is None or old is None or new.actual == old.actual:
            continue
        shown = [metric_value(metric, figure.actual, data.currency) for figure in (old, new)]
        known = new.actual is not None and old.actual is not None
        difference = (new.actual or 0.0) - (old.actual or 0.0)
        share = difference / old.actual if known and old.actual else None
        told = metric_change(metric, difference if known else None, share)
        changes.append(Change(title, shown[0], shown[1], told))
    return tuple(changes)


def _segment(code: str) -> str:
    text = code.replace("_", "-")
    return text[:1].upper() + text[1:]
