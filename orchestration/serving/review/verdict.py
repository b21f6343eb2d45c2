"""The week in one sentence, and the few facts that go with it.

Belongs here: rules from figures to words. Does not belong here: whether a figure is on plan (`control/` says so)
or how anything looks. Pure: the same data gives the same words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from orchestration.control.signal_rows import DISCONNECT
from orchestration.serving.review.data import ALL, Figure, ReviewData
from orchestration.serving.review.loop_data import Signal
from orchestration.serving.review.words import DEALS_EXPLAINED, count, metric_change, money, named, percent, sureness

Tone = Literal["green", "amber", "red", "neutral"]

CONTROLS = (
    "spend", "leads", "ready_leads", "accepted", "meetings", "opportunities", "won", "cost_per_acquisition",
)  # fmt: skip
# A shortfall of a plan smaller than this is a matter of single deals, not a headline.
SMALLEST_PLAN = 5.0
JUDGED = ("on_plan", "watch", "off_plan", "chance", "short_lately")
_EARLY_OUTCOMES, _LATE_OUTCOMES = ("accepted", "meetings"), ("opportunities", "won")
_PLURALS = {
    "spend": ("spend", "is"),
    "leads": ("leads", "are"),
    "ready_leads": ("sales-ready leads", "are"),
    "accepted": ("leads accepted by sales", "are"),
    "meetings": ("meetings", "are"),
    "opportunities": ("opportunities", "are"),
    "won": ("won deals", "are"),
    "cost_per_acquisition": ("the cost per won deal", "is"),
}
# The steps that lead to a control, and what it means when one of them is what differs most from plan.
_STEPS = {
    "leads": ("leads",),
    "ready_leads": ("leads", "ready_rate"),
    "accepted": ("leads", "lead_to_accepted"),
    "meetings": ("leads", "lead_to_accepted", "accepted_to_meeting"),
    "opportunities": ("leads", "lead_to_accepted", "accepted_to_meeting", "meeting_to_opportunity"),
    "won": ("leads", "lead_to_accepted", "accepted_to_meeting", "meeting_to_opportunity", "opportunity_to_won"),
}
_CAUSES = {
    "leads": "fewer leads than planned come from {source}",
    "ready_rate": "fewer of the leads from {source} are sales-ready than planned",
    "lead_to_accepted": "sales accepts fewer of the leads from {source} than planned",
    "accepted_to_meeting": "fewer accepted leads from {source} become meetings than planned",
    "meeting_to_opportunity": "fewer meetings from {source} become opportunities than planned",
    "opportunity_to_won": "fewer opportunities from {source} are won than planned",
}
_MORE_LEADS = "more leads than planned come from {source}, but "
_OF_MORE = {
    "ready_rate": "fewer of them are sales-ready",
    "lead_to_accepted": "sales accepts fewer of them",
    "accepted_to_meeting": "fewer of the accepted become meetings",
    "meeting_to_opportunity": "fewer of their meetings become opportunities",
    "opportunity_to_won": "fewer of their opportunities are won",
}
_DRIVERS = {
    **_CAUSES,
    "budget": "the total spent",
    "spend_mix": "spend moved between sources at {source}",
    "volume": "the number of leads from {source}",
    "cost_per_lead": "the cost per lead of {source}",
}
# A source that holds less of the shortfall than this does not explain it.
EXPLAINS_FROM = 0.4
NOTICEABLE = 0.005


@dataclass(frozen=True)
class Verdict:
    """One sentence in plain words, the facts behind it, and how bad it is."""

    headline: str
    facts: tuple[str, ...]
    tone: Tone


def judge(data: ReviewData) -> Verdict:
    """The verdict on the week's latest revision; totals on plan do not hide the disconnect of one source."""
    if data.is_blocked:
        return Verdict(f"Week {data.week_start:%V} cannot be judged yet: {blocking_reason(data)}.", (), "neutral")
    totals = _of_totals(data)
    found = next((s for s in data.loop.signals if (s.kind, s.state) == (DISCONNECT, "open")), None)
    if found is None:
        return totals
    told = _disconnect(data, found)
    sure = () if found.confidence is None else (_sure_of(found),)
    if totals.tone == "red":
        return replace(totals, facts=(told, *sure, *totals.facts))
    in_total = f"In total: {totals.headline[0].lower()}{totals.headline[1:]}"
    return Verdict(told, (*sure, in_total, *totals.facts), "red")


def _disconnect(data: ReviewData, found: Signal) -> str:
    source = ", ".join(named(part, data.source_titles) for part in found.subject.split("/"))
    lasted = "this week" if found.weeks <= 1 else f"for {found.weeks} weeks"
    risk = "" if found.at_risk is None else f"; {money(found.at_risk, data.currency)} a week is at risk"
    return f"{source} brings the leads that were planned while sales gets less out of them, {lasted}{risk}."


def _sure_of(found: Signal) -> str:
    """That there is a loss, and that it is one that matters: what opens at once is surer of the first."""
    tenth = found.sure_of_a_tenth
    more = "" if tenth is None else f"; that a tenth or more is lost, {sureness(tenth)}"
    return f"That sales gets less out of them than planned is {sureness(found.confidence or 0.0)} sure{more}."


def _of_totals(data: ReviewData) -> Verdict:
    controls = [figure for metric in CONTROLS if (figure := data.figure(metric))]
    judged = [figure for figure in controls if figure.reading in JUDGED]
    if not judged:
        reason = "no plan was in force" if any(f.status == "no_plan" for f in controls) else "nothing was delivered"
        return Verdict(f"The week is not judged against a plan: {reason}.", _facts(data), "neutral")
    off = [figure for figure in judged if figure.reading == "off_plan"]
    worst = _worst_outcome(data)
    leads = data.figure("leads")
    if leads and worst and leads.reading in ("on_plan", "chance"):
        sentence = f"{_capital(_volume(leads))} while {_short(worst)}{_because(data, worst)}."
        return Verdict(sentence, (*_sureness(worst), *_facts(data)), "red")
    if off or worst:
        said = _furthest(off, worst)
        sentence = f"{_capital(_listed(map(_against, said)))}{_because(data, said[0])}."
        return Verdict(sentence, (*_sureness(said[0]), *_facts(data)), "red")
    watched = [figure for figure in judged if figure.reading in ("watch", "short_lately")]
    if watched:
        sentence = f"No control is off plan; {_listed(_against(figure) for figure in watched[:2])}."
        return Verdict(sentence, _facts(data), "amber")
    drawn = [figure for figure in judged if figure.reading == "chance"]
    if drawn:
        worse = [figure for figure in drawn if figure.favourable != "F"]
        furthest = max(worse, key=lambda figure: abs(figure.variance_pct or 0.0), default=None)
        named_one = f"; the furthest: {_against(furthest)}" if furthest else ""
        return Verdict(f"No control differs from plan by more than chance{named_one}.", _facts(data), "green")
    won = data.figure("won")
    ending = f"; {_against(won)}" if won and won.status == "on_plan" and won.variance else ""
    return Verdict(f"All {len(judged)} controls are on plan{ending}.", _facts(data), "green")


def blocking_reason(data: ReviewData) -> str:
    """Why the week is blocked, in the words of the revision that says so."""
    return data.revision.reason.rsplit("; ", 1)[-1].rstrip(".")


def _worst_outcome(data: ReviewData) -> Figure | None:
    """The outcome that is furthest below plan in any segment; what comes early in the chain speaks first."""
    for metrics in (_EARLY_OUTCOMES, _LATE_OUTCOMES):
        found = [
            figure
            for figure in data.figures
            if figure.source == ALL
            and figure.metric in metrics
            and figure.reading == "off_plan"
            and (figure.plan or 0) >= SMALLEST_PLAN
        ]
        if found:
            return min(found, key=lambda figure: figure.variance_pct or 0.0)
    return None


def _furthest(off: Sequence[Figure], worst: Figure | None) -> list[Figure]:
    """The furthest outcome and the control furthest off plan beside it."""
    others = [figure for figure in off if not worst or figure.metric != worst.metric]
    others.sort(key=lambda figure: -abs(figure.variance_pct or 0.0))
    return ([worst] if worst else []) + others[:1]


def _sureness(figure: Figure) -> tuple[str, ...]:
    """How sure it is that a red is not chance, and how long it has been so; nothing where it could not be tested."""
    if figure.confidence is None:
        return ()
    weeks = figure.weeks_lasted or 0
    lasted = f" for {weeks} weeks in a row" if weeks > 1 else ""
    sure = sureness(figure.confidence)
    return (f"{_capital(_against(figure))}{lasted}; that it is more than chance is {sure} sure.",)


def _because(data: ReviewData, figure: Figure) -> str:
    """The source that holds most of the shortfall, and its step that fell furthest behind plan."""
    if figure.metric not in _STEPS or (figure.variance or 0.0) >= 0:
        return ""
    short = {
        cell.source: -cell.variance
        for cell in data.figures
        if (cell.metric, cell.segment) == (figure.metric, figure.segment)
        and cell.source != ALL
        and cell.variance is not None
        and cell.variance < 0
    }
    if not short:
        return ""
    source = max(short, key=lambda name: (short[name], name))
    if short[source] < EXPLAINS_FROM * sum(short.values()):
        return f"; no single source explains it ({len(short)} are short of plan)"
    steps = [data.figure(step, source, figure.segment) for step in _STEPS[figure.metric]]
    known = [step for step in steps if step and step.variance_pct is not None]
    if not known:
        return ""
    step = min(known, key=lambda known_step: known_step.variance_pct or 0.0)
    more = step.metric in _OF_MORE and known[0].metric == "leads" and (known[0].variance_pct or 0.0) > NOTICEABLE
    cause = _MORE_LEADS + _OF_MORE[step.metric] if more else _CAUSES[step.metric]
    return ": " + cause.format(source=_name(data, source))


def _volume(leads: Figure) -> str:
    """Leads that are on plan: above it, on it, or short of it by less than counts."""
    share = leads.variance_pct or 0.0
    return _against(leads) if share > -NOTICEABLE else f"leads are close to plan ({metric_change('leads', 0, share)})"


def _against(figure: Figure) -> str:
    """`enterprise meetings are 21 % below plan`."""
    noun, verb = _PLURALS[figure.metric]
    if figure.reading == "short_lately":
        return f"{noun} {verb} on plan this week and short of it over four weeks by more than chance"
    where = "" if figure.segment == ALL else figure.segment.replace("_", "-") + " "
    return f"{where}{noun} {verb} {_distance(figure)} plan"


def _short(figure: Figure) -> str:
    return _against(figure).removesuffix(" plan") + " it"


def _distance(figure: Figure) -> str:
    share = figure.variance_pct
    if share is None or abs(share) < NOTICEABLE:
        return "on" if share is not None else "off"
    return f"{percent(abs(share), 0)} {'above' if share > 0 else 'below'}"


def _facts(data: ReviewData) -> tuple[str, ...]:
    facts = (_money_fact(data), _defect_fact(data), _queue_fact(data), _caveat(data))
    return tuple(fact for fact in facts if fact)


def _money_fact(data: ReviewData) -> str:
    """What the deals won cost beyond the plan's allowance, and the source and factor that cost most."""
    known = [driver for driver in data.drivers if driver.money is not None]
    total = sum(driver.money or 0.0 for driver in known)
    if total <= 0:
        return ""
    top = max(known, key=lambda driver: driver.money or 0.0)
    cause = _DRIVERS.get(top.factor, "{source}").format(source=_name(data, top.source))
    owner = named(top.owner, data.owner_titles).lower()
    return (
        f"{money(total, data.currency)} more was spent than the plan allows for "
        f"{DEALS_EXPLAINED[data.explains_ripe]}; the largest single effect is "
        f"{money(top.money, data.currency)}: {cause} ({owner})."
    )


def _defect_fact(data: ReviewData) -> str:
    inspection = data.inspection
    if not inspection.handed_off or inspection.defective is None:
        return ""
    share = percent(inspection.defective / inspection.handed_off)
    text = f"{count(inspection.defective)} of {count(inspection.handed_off)} leads handed off are defective ({share})"
    if inspection.criteria:
        first = inspection.criteria[0]
        text += f", most often failing “{first.title}” ({count(first.leads)})"
    return text + "."


def _queue_fact(data: ReviewData) -> str:
    slowest = min(
        (queue for queue in data.queues if queue.judged_on_time),
        key=lambda queue: queue.on_time / queue.judged_on_time,
        default=None,
    )
    if slowest is None:
        return ""
    share = percent(slowest.on_time / slowest.judged_on_time)
    return f"{slowest.team.upper()} answered and decided {share} of its handoffs within the agreed time."


def _caveat(data: ReviewData) -> str:
    number = len(data.issues)
    if not number:
        return ""
    return f"{number} data {'issue lies' if number == 1 else 'issues lie'} behind these numbers."


def _listed(parts: Iterable[str]) -> str:
    return " and ".join(parts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _name(data: ReviewData, source: str) -> str:
    """The source's title inside a sentence: a common noun in small letters, a name as it is written."""
    title = named(source, data.source_titles)
    return title[:1].lower() + title[1:] if title[1:] == title[1:].lower() else title
