"""Inline SVG: figures in, safe markup out. No script, no external resource, colours by CSS class only.

Belongs here: geometry. Does not belong here: which figures are drawn, or words other than those passed in.
Every text is escaped here; a caller passes plain strings.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_Place = Callable[[float], float]
ROW = 34
BAR = 18


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall: what it adds (in the chart's unit), the words beside it and its tone class."""

    label: str
    value: float
    shown: str
    note: str
    tone: str


@dataclass(frozen=True)
class Stage:
    """One bar of a funnel with the words of its columns; a tone is a status class or empty."""

    label: str
    value: float | None
    shown: str
    conversion: str
    conversion_plan: str
    conversion_tone: str
    wait: str
    wait_limit: str
    wait_tone: str


def sparkline(actual: Sequence[float | None], plan: Sequence[float | None], tone: str, label: str) -> Markup:
    """A trend of `actual` (solid, last point marked in `tone`) over `plan` (dashed); None is a gap."""
    width, height, pad = 160.0, 38.0, 5.0
    known = [value for value in (*actual, *plan) if value is not None]
    if not known or len(actual) < 2:
        return Markup("")
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    slots = [pad + (width - 2 * pad) * i / (len(actual) - 1) for i in range(len(actual))]

    def place(value: float) -> float:
        return pad + (height - 2 * pad) * (high - value) / span if high > low else height / 2

    parts = [*_polylines(slots, plan, place, "s-plan"), *_polylines(slots, actual, place, "s-line")]
    if actual[-1] is not None:
        parts.append(_tag("circle", cx=slots[-1], cy=place(actual[-1]), r=3.4, class_=f"f-{tone}"))
    return _svg(width, height, label, parts, "spark")


def control_chart(
    values: Sequence[float | None],
    limits: tuple[Sequence[float | None], Sequence[float | None], Sequence[float | None]],
    tones: Sequence[str],
    ends: tuple[str, str],
    label: str,
) -> Markup:
    """`values` with their (lower, centre, upper) limits (dashed), points in their tones; `ends` name first and last."""
    width, height, left, pad = 760.0, 200.0, 48.0, 24.0
    known = [value for row in (values, *limits) for value in row if value is not None]
    if not known or len(values) < 2:
        return Markup("")
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    slots = [left + (width - left - pad) * i / (len(values) - 1) for i in range(len(values))]

    def place(value: float) -> float:
        return pad + (height - 2 * pad) * (high - value) / span

    parts = [part for limit in limits for part in _polylines(slots, limit, place, "s-plan")]
    parts += _polylines(slots, values, place, "s-line")
    for slot, value, tone in zip(slots, values, tones, strict=True):
        if value is not None:
            parts.append(_tag("circle", cx=slot, cy=place(value), r=4.2 if tone == "red" else 2.6, class_=f"f-{tone}"))
    parts += [_text(0, place(bound) + 4, f"{bound:.2f}", "t-small") for bound in (low, high)]
    parts += [_text(left, height - 3, ends[0], "t-small"), _text(width - pad, height - 3, ends[1], "t-small", "end")]
    return _svg(width, height, label, parts, "wide")


def waterfall(
    start: tuple[str, float, str], steps: Sequence[Step], end: tuple[str, float, str], notes_title: str
) -> Markup:
    """From `start` (label, value, shown) by `steps` to `end`, drawn around the starting value."""
    left, right, width = 164.0, 400.0, 560.0
    totals = [start[1]]
    for step in steps:
        totals.append(totals[-1] + step.value)
    low, high = min([*totals, end[1]]), max([*totals, end[1]])
    span = (high - low) or 1.0
    pad_low, pad_high = left + 52, right - 48

    def place(value: float) -> float:
        return pad_low + (pad_high - pad_low) * (value - low) / span

    bottom = 26 + ROW * (len(steps) + 2)
    parts = [
        _line(place(start[1]), 22, place(start[1]), bottom - 6, "axis"),
        _text(width, 12, notes_title, "t-small", "end"),
    ]
    parts += _total_row(0, start, place, place(start[1]), width)
    for row, step in enumerate(steps, start=1):
        parts += _step_row(row, step, place(totals[row - 1]), place(totals[row]), width)
    parts += _total_row(len(steps) + 1, end, place, place(start[1]), width)
    return _svg(width, bottom, f"Waterfall from {start[0]} to {end[0]}", parts, "wide")


def funnel(stages: Sequence[Stage]) -> Markup:
    """Stages as bars with their conversion against plan and the wait against its limit."""
    left, bar_end = 150.0, 560.0
    columns = {"Conversion": 640.0, "Plan": 745.0, "Median wait": 850.0, "Limit": 950.0}
    largest = max((stage.value or 0.0 for stage in stages), default=0.0) or 1.0
    parts = [_text(left, 12, "In the week", "t-small")]
    parts += [_text(x, 12, title, "t-small") for title, x in columns.items()]
    widths = [None if s.value is None else max(2.0, (bar_end - left) * s.value / largest) for s in stages]
    for row, (stage, wide) in enumerate(zip(stages, widths, strict=True)):
        top = 26 + row * 42
        middle = top + 17
        parts.append(_text(0, middle, stage.label, "t-label"))
        if wide is not None:
            parts.append(_tag("rect", x=left, y=top, width=wide, height=25, rx=3, class_="b-acc"))
            below = widths[row + 1] if row + 1 < len(widths) else None
            if below is not None:
                points = (
                    f"{left},{top + 25} {left + wide:.1f},{top + 25} {left + below:.1f},{top + 42} {left},{top + 42}"
                )
                parts.append(_tag("polygon", points=points, class_="b-soft"))
        parts.append(_text(left + (wide or 0) + 9, middle, stage.shown, "t-bold"))
        parts += _marked(columns["Conversion"], middle, stage.conversion, stage.conversion_tone)
        parts.append(_text(columns["Plan"], middle, stage.conversion_plan, "t-note"))
        parts += _marked(columns["Median wait"], middle, stage.wait, stage.wait_tone)
        parts.append(_text(columns["Limit"], middle, stage.wait_limit, "t-note"))
    return _svg(1080, 26 + 42 * len(stages), "Funnel from lead to won deal", parts, "wider")


def bar(share: float, tone: str) -> Markup:
    """A bar of `share` (0 to 1) of the available width."""
    share = min(1.0, max(0.0, share))
    parts = [_tag("rect", x=0, y=0, width=max(0.6, 100 * share), height=8, class_=f"b-{tone}")]
    return _stretched(parts, 8, "bar")


def diverging(share: float, tone: str) -> Markup:
    """A bar from the middle: to the right for a positive `share` (-1 to 1), to the left for a negative one."""
    share = min(1.0, max(-1.0, share))
    wide = max(0.6, 50 * abs(share))
    parts = [
        _tag("rect", x=50 if share >= 0 else 50 - wide, y=1, width=wide, height=12, class_=f"b-{tone}"),
        _tag("rect", x=49.8, y=0, width=0.4, height=14, class_="b-neu"),
    ]
    return _stretched(parts, 14, "bar")


_MARKS = {"green": "●", "amber": "▲", "red": "■", "neutral": "○"}


def mark(tone: str) -> str:
    """The sign of a status, so that colour is never the only difference."""
    return _MARKS.get(tone, "")


def _total_row(row: int, total: tuple[str, float, str], place: _Place, origin: float, width: float) -> list[Markup]:
    label, value, shown = total
    top, x = 26 + row * ROW, place(value)
    parts = [_text(0, top + 13, label, "t-bold")]
    if abs(x - origin) < 1:
        parts.append(_tag("circle", cx=x, cy=top + BAR / 2, r=4, class_="b-neu"))
    else:
        low, high = min(x, origin), max(x, origin)
        parts.append(_tag("rect", x=low, y=top, width=high - low, height=BAR, rx=3, class_="b-neu"))
    side = "end" if x <= origin and abs(x - origin) >= 1 else "start"
    parts.append(_text(x + (8 if side == "start" else -8), top + 13, shown, "t-bold halo", side))
    return parts


def _step_row(row: int, step: Step, start: float, end: float, width: float) -> list[Markup]:
    top = 26 + row * ROW
    low, high = min(start, end), max(start, end)
    side = "end" if end < start else "start"
    return [
        _text(0, top + 13, step.label, "t-label"),
        _line(start, top - (ROW - BAR), start, top, "link"),
        _tag("rect", x=low, y=top, width=max(1.5, high - low), height=BAR, rx=3, class_=f"b-{step.tone}"),
        _text(end + (7 if side == "start" else -7), top + 13, step.shown, f"t-bold f-{step.tone} halo", side),
        _text(width, top + 13, step.note, "t-note", "end"),
    ]


def _marked(x: float, y: float, text: str, tone: str) -> list[Markup]:
    sign = [_text(x - 20, y, mark(tone), f"t-note f-{tone}")] if tone else []
    return [*sign, _text(x, y, text, "t-bold")]


def _polylines(slots: Sequence[float], values: Sequence[float | None], place: _Place, css: str) -> Iterable[Markup]:
    """One line per unbroken run of known values; a lonely value is a dot."""
    run: list[tuple[float, float]] = []
    for x, value in [*zip(slots, values, strict=True), (0.0, None)]:
        if value is not None:
            run.append((x, place(value)))
            continue
        if len(run) == 1:
            yield _tag("circle", cx=run[0][0], cy=run[0][1], r=1.4, class_=f"{css} dot")
        elif run:
            yield _tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in run), class_=css)
        run = []


def _svg(width: float, height: float, label: str, parts: Iterable[Markup], css: str) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" class="{}" role="img" aria-label="{}">{}</svg>').format(
        f"{width:g}", f"{height:g}", css, label, Markup("").join(parts)
    )


def _stretched(parts: Iterable[Markup], height: int, css: str) -> Markup:
    return Markup(
        '<svg viewBox="0 0 100 {}" height="{}" class="{}" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(height, height, css, Markup("").join(parts))


def _text(x: float, y: float, text: str, css: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>').format(
        f"{x:.1f}", f"{y:.1f}", css, anchor, text
    )


def _line(x1: float, y1: float, x2: float, y2: float, css: str) -> Markup:
    return _tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=css)


def _tag(name: str, **attributes: float | str) -> Markup:
    said = " ".join(
        f'{key.rstrip("_")}="{escape(f"{value:.1f}" if isinstance(value, float) else value)}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name} {said}/>")
