"""What changed since last week: each control and its status then and now, and the signals that are new or have ended.

Belongs here: the comparison in words. Does not belong here: what is on plan or a signal (`control/`).
"""

from collections.abc import Iterator

from orchestration.serving.review.data import ReviewData
from orchestration.serving.review.figures import status_of
from orchestration.serving.review.loop import signal_title
from orchestration.serving.review.shapes import Line, SinceView
from orchestration.serving.review.verdict import CONTROLS
from orchestration.serving.review.words import ABSENT, METRIC_TITLES, metric_value, percent, signed

STANDS = ("open", "watch")


def since_view(data: ReviewData) -> SinceView:
    """The section's lines; `told` says why there are none."""
    before = data.last_week
    if before is None:
        return SinceView("This is the first week that was judged: there is none before it to compare with.", (), ())
    if before.is_blocked:
        return SinceView("Last week is blocked: there is nothing to compare with.", (), tuple(_signals(data)))
    return SinceView("", tuple(_controls(data)), tuple(_signals(data)))


def _controls(data: ReviewData) -> Iterator[Line]:
    assert data.last_week is not None
    then = {figure.metric: figure for figure in data.last_week.figures}
    for metric in CONTROLS:
        old, new = then.get(metric), data.figure(metric)
        if new is None:
            continue
        had = old.actual if old is not None else None
        share = (new.actual - had) / had if new.actual is not None and had else None
        shown = (metric_value(metric, value, data.currency) for value in (had, new.actual))
        was = ABSENT if old is None else status_of(old.reading).word
        yield Line(status_of(new.reading), METRIC_TITLES[metric], "", (*shown, signed(percent(share)), was))


def _signals(data: ReviewData) -> Iterator[str]:
    """`New: …`, `Ended: …`, and how many go on."""
    assert data.last_week is not None
    now, then = (
        {(s.kind, s.subject): s for s in signals if s.state in STANDS}
        for signals in (data.loop.signals, data.last_week.signals)
    )
    yield from (f"New: {signal_title(data, signal)}." for key, signal in now.items() if key not in then)
    for key, signal in now.items():
        if key in then and (then[key].state, signal.state) == ("watch", "open"):
            yield f"From watch to signal: {signal_title(data, signal)}."
    yield from (f"Ended: {signal_title(data, signal)}." for key, signal in then.items() if key not in now)
    going_on = len(now.keys() & then.keys())
    if going_on:
        yield f"{going_on} {'goes' if going_on == 1 else 'go'} on from last week."
