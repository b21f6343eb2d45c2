"""The control loop on the page: ripe figures, signals, capacity, decisions, whether past ones paid, actions.

Belongs here: these sections in words. Does not belong here: what is a signal, a shift or an action (`control/`).
"""

from collections.abc import Iterator, Sequence
from datetime import date

from markupsafe import Markup

from orchestration.control.signal_columns import NOISE, SIGNAL, WATCH
from orchestration.serving import charts
from orchestration.serving.review.data import ALL, ReviewData
from orchestration.serving.review.dispute import point_chart
from orchestration.serving.review.loop_data import Action, Paid, RateChart, Ripe, Shift, Signal, TeamLoad, Trust
from orchestration.serving.review.shapes import Line, LoopView, Status
from orchestration.serving.review.words import (
    ABSENT,
    METRIC_TITLES,
    THIN,
    count,
    metric_value,
    minutes,
    money,
    named,
    percent,
    shorten,
    signed,
    sureness,
)

SIGNAL_TITLES = {
    "green_red_disconnect": "Green-red disconnect",
    "red_green_under_invested": "Under-invested: volume low, outcome good",
    "watermelon": "Reported green, modelled red",
    "pivot_without_resources": "Pivot without resources",
    "starvation": "Starved of sales time",
    "truth_lag": "Data arrive too late",
    "unattributed_leads": "Leads without a source",
    "stalled_accounts": "Stalled accounts",
}
CAUSE_TITLES = {"ready": "readiness of the leads", "effort": "sales effort", "fit": "fit of the offer"}
SIGNAL_TONES = {"open": ("red", "Signal"), "watch": ("amber", "Watch"), "closed": ("green", "Ended")}
MORE_THAN_CHANCE = {SIGNAL: "yes", WATCH: "perhaps", NOISE: "no"}
AGE_TONES = {
    "on_plan": ("green", "On plan"), "watch": ("amber", "Watch"), "off_plan": ("red", "Off plan"),
    "too_young": ("neutral", "Too young"),
}  # fmt: skip
TRUST_TONES = {
    "acceptable": ("green", "As sure as it says"),
    "too_sure": ("red", "Too sure"),
    "too_unsure": ("amber", "Too unsure"),
    "too_few": ("neutral", "Too few to say"),
}
MISTRUST = {"too_sure": "narrow", "too_unsure": "wide"}
BALANCE_TONES = {"balanced": "green", "room": "green", "overloaded": "red"}
SHIFT_TONES = {
    "proposed": "amber", "approved": "green", "scheduled": "green", "in_effect": "green", "held": "amber",
    "rejected": "neutral", "fix_sla": "amber",
}  # fmt: skip
VERDICT_TONES = {"paid": "green", "did not pay": "red"}
ACTION_TONES = {"escalated": "red", "open": "amber", "confirmed": "amber", "signed": "amber"}
SHOWN_SIGNALS = 12


def loop_view(data: ReviewData) -> LoopView:
    """Every section's lines; a section without lines says so on the page."""
    loop = data.loop
    return LoopView(
        ripe=tuple(_ripe(data, each) for each in loop.ripe),
        trust=tuple(_trust(each) for each in loop.trust),
        mistrust=_mistrust(loop.trust),
        signals=tuple(_signal(data, each) for each in loop.signals[:SHOWN_SIGNALS]),
        more_signals=max(0, len(loop.signals) - SHOWN_SIGNALS),
        teams=tuple(_team(each) for each in loop.teams),
        shifts=tuple(_shift(data, each) for each in loop.shifts),
        paid=tuple(_paid(data, each) for each in loop.paid),
        actions=tuple(_action(data, each) for each in loop.actions),
        chart=_chart(loop.acceptance),
        charted=_charted(data, loop.acceptance),
    )


def _chart(acceptance: RateChart | None) -> Markup:
    points = () if acceptance is None else acceptance.points
    return point_chart(points, f"Acceptance of leads, {len(points)} weeks, with the limits each was judged by")


def _charted(data: ReviewData, acceptance: RateChart | None) -> str:
    """Whose acceptance the chart shows: `Content syndication, enterprise`."""
    if acceptance is None or acceptance.source == ALL:
        return "All sources"
    return _subject(data, f"{acceptance.source}/{acceptance.segment}")


def _ripe(data: ReviewData, each: Ripe) -> Line:
    def shown(value: float | None) -> str:
        return metric_value(each.metric, value, data.currency)

    between = ABSENT if each.low is None else f"{shown(each.low)} to {shown(each.high)}"
    tone, word = AGE_TONES.get(each.age_status or "", ("neutral", "Not judged"))
    return Line(
        _status(tone, word),
        METRIC_TITLES[each.metric],
        "" if each.naive is None else f"not aged: {shown(each.naive)}, which is no evidence yet",
        (
            shown(each.at_age),
            shown(each.expected_at_age),
            shown(each.matured),
            between,
            shown(each.plan),
            _more_than_chance(each),
        ),
    )


def _more_than_chance(each: Ripe) -> str:
    """`yes, 99 % sure, 3 weeks`; a figure that is on plan may belong to four weeks that are short together."""
    answer = MORE_THAN_CHANCE.get(each.signal or "", "not judged")
    if each.signal not in (SIGNAL, WATCH):
        return answer
    if each.age_status == "on_plan":
        answer += " over four weeks"
    return ", ".join((answer, *_sure(each.confidence, each.weeks_lasted)))


def _trust(each: Trust) -> Line:
    ours, plan, naive = (percent(error, 0) for error in (each.error, each.error_plan, each.error_naive))
    return Line(
        _status(*TRUST_TONES[each.verdict]),
        METRIC_TITLES[each.measure],
        "",
        (count(each.cohorts), percent(each.coverage, 0), signed(percent(each.bias)), ours, plan, naive),
    )


def _mistrust(trust: Sequence[Trust]) -> str:
    """`The interval of won deals has held 52 % of what came true instead of 80 %: it is too narrow.`"""
    told = [
        f"The interval of {METRIC_TITLES[each.measure].lower()} has held {percent(each.coverage, 0)} of what came true"
        f" instead of 80{THIN}%: it is too {MISTRUST[each.verdict]}."
        for each in trust
        if each.verdict in MISTRUST
    ]
    return " ".join(told)


def _sure(confidence: float | None, weeks: int | None) -> Iterator[str]:
    if confidence is not None:
        yield f"{sureness(confidence)} sure"
    if weeks:
        yield f"{weeks} weeks" if weeks > 1 else "1 week"


def _signal(data: ReviewData, each: Signal) -> Line:
    tone, word = SIGNAL_TONES.get(each.state, ("neutral", each.state))
    owner = data.owner_titles.get(each.owner) or each.owner.capitalize()
    cause = CAUSE_TITLES.get(each.cause or "", each.cause or ABSENT)
    return Line(
        _status(tone, word),
        signal_title(data, each),
        shorten(each.evidence.removeprefix(f"{each.subject}: "), 300),
        (
            ", ".join(_sure(each.confidence, each.weeks)),
            money(each.at_risk, data.currency),
            money(each.burned, data.currency),
            cause,
            owner,
        ),
    )


def signal_title(data: ReviewData, each: Signal) -> str:
    """`Green-red disconnect: Content syndication, enterprise`."""
    return f"{SIGNAL_TITLES.get(each.kind, each.kind.replace('_', ' '))}: {_subject(data, each.subject)}"


def _team(each: TeamLoad) -> Line:
    tone = BALANCE_TONES.get(each.balance, "neutral")
    note = each.reason or _balance(each)
    return Line(
        _status(tone, each.balance.capitalize()),
        each.team.upper() + (" (bottleneck)" if each.is_bottleneck else ""),
        note,
        (
            count(each.leads), f"{count(each.load_hours)} / {count(each.capacity_hours)}", percent(each.utilisation, 0),
            f"{minutes(each.wait_minutes)} / {minutes(each.limit_minutes)}", percent(each.late_share, 0),
            count(each.admissible_leads),
        ),
    )  # fmt: skip


def _balance(each: TeamLoad) -> str:
    """The two prices of balance: a stricter cut-off, or more people."""
    if not each.people_short:
        return "takes what it is sent"
    people = f"{count(each.people_short)} more people"
    if each.cut_off_score is None:
        return f"balance costs {people}"
    return f"balance costs a score of at least {count(each.cut_off_score)}, or {people}"


def _shift(data: ReviewData, each: Shift) -> Line:
    source = named(each.source, data.source_titles)
    receiver = "nowhere" if each.receiver is None else named(each.receiver, data.source_titles)
    agreed = "agreed in advance" if each.approval == "pre_agreed" else "needs approval"
    return Line(
        _status(SHIFT_TONES.get(each.state, "neutral"), each.state.replace("_", " ").capitalize()),
        f"{source} → {receiver}",
        shorten(each.reason, 300),
        (
            money(each.amount, data.currency), _day(each.effective_on), each.rule,
            f"{named(each.approver, data.owner_titles)}, {agreed}",
        ),
    )  # fmt: skip


def _paid(data: ReviewData, each: Paid) -> Line:
    held = "held out: what happened without the shift" if each.is_held_out else ""
    naive = "" if each.naive_change is None else f"before and after: {percent(each.naive_change, 0)}, not evidence"
    return Line(
        _status(VERDICT_TONES.get(each.verdict, "neutral"), each.verdict.capitalize()),
        f"{each.rule}, after {each.age_weeks} weeks",
        "; ".join(part for part in (held, naive) if part),
        (money(each.amount, data.currency), count(each.effect), f"{count(each.low)} to {count(each.high)}"),
    )


def _action(data: ReviewData, each: Action) -> Line:
    escalated = f"; escalated to {named(each.escalated_to, data.owner_titles)}" if each.escalated_to else ""
    return Line(
        _status(ACTION_TONES.get(each.state, "neutral"), each.state.capitalize()),
        f"{SIGNAL_TITLES.get(each.signal, each.signal)}: {_subject(data, each.subject)}",
        f"{each.expected}{escalated}",
        (named(each.owner, data.owner_titles), _day(each.due_on), named(each.controller, data.owner_titles)),
    )


def _subject(data: ReviewData, subject: str) -> str:
    """`Content syndication, enterprise` for `content_syndication/enterprise`."""
    return ", ".join(named(part, data.source_titles) for part in subject.split("/"))


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _status(tone: str, word: str) -> Status:
    return Status(tone, charts.mark(tone), word)
