"""The week in one sentence, and the few facts that go with it.

Belongs here: rules from figures to words. Does not belong here: whether a figure is on plan (`control/` says so)
or how anything looks. Pure: the same data gives the same words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestration.serving.review.data import ALL, Driver, Figure, ReviewData
from orchestration.serving.review.words import METRIC_TITLES, count, money, named, percent

Tone = Literal["green", "amber", "red", "neutral"]

CONTROLS = (
    "spend", "leads", "ready_leads", "accepted", "meetings", "opportunities", "won", "cost_per_acquisition",
)  # fmt: skip
# A shortfall of a plan smaller than this is a matter of single deals, not a headline.
SMALLEST_PLAN = 5.0
_EARLY_OUTCOMES, _LATE_OUTCOMES = ("accepted", "meetings"), ("opportunities", "won")
_PLURALS = {
    "spend": ("Spend", "is"),
    "leads": ("leads", "are"),
    "ready_leads": ("sales-ready leads", "are"),
    "accepted": ("leads accepted by sales", "are"),
    "meetings": ("meetings", "are"),
    "opportunities": ("opportunities", "are"),
    "won": ("won deals", "are"),
    "cost_per_acquisition": ("the cost per won deal", "is"),
}
_CAUSES = {
    "budget": "less was spent than planned",
    "spend_mix": "spend moved from {source} to sources that bring fewer deals",
    "volume": "{source} brings fewer leads than planned",
    "cost_per_lead": "a lead from {source} costs more than planned",
    "lead_to_accepted": "{source} delivers volume that sales does not accept",
    "accepted_to_meeting": "fewer accepted leads from {source} become meetings than planned",
    "meeting_to_opportunity": "fewer meetings from {source} become opportunities than planned",
    "opportunity_to_won": "fewer opportunities from {source} are won than planned",
}
_READINESS_AND_EFFORT = ("lead_to_accepted", "accepted_to_meeting")


@dataclass(frozen=True)
class Verdict:
    """One sentence in plain words, the facts behind it, and how bad it is."""

    headline: str
    facts: tuple[str, ...]
    tone: Tone


def judge(data: ReviewData) -> Verdict:
    """The verdict on the week's latest revision."""
    if data.is_blocked:
        return Verdict(f"Week {data.week_start:%V} cannot be judged yet: {blocking_reason(data)}.", (), "neutral")
    controls = [figure for metric in CONTROLS if (figure := data.figure(metric))]
    judged = [figure for figure in controls if figure.status in ("on_plan", "watch", "off_plan")]
    if not judged:
        reason = "no plan was in force" if any(f.status == "no_plan" for f in controls) else "nothing was delivered"
        return Verdict(f"The week is not judged against a plan: {reason}.", _facts(data), "neutral")
    off = [figure for figure in judged if figure.status == "off_plan"]
    worst = _worst_outcome(data)
    leads = data.figure("leads")
    if leads and worst and leads.status == "on_plan":
        sentence = f"{_capital(_against(leads))} while {_short(worst)}{_because(data, _READINESS_AND_EFFORT)}."
        return Verdict(sentence, _facts(data), "red")
    if off or worst:
        return Verdict(_several(data, off, worst), _facts(data), "red")
    watched = [figure for figure in judged if figure.status == "watch"]
    if watched:
        sentence = f"No control is off plan; {_listed(_against(figure) for figure in watched[:2])}."
        return Verdict(sentence, _facts(data), "amber")
    won = data.figure("won")
    ending = f"; {_against(won)}" if won and won.status == "on_plan" and won.variance else ""
    return Verdict(f"All {len(judged)} controls are on plan{ending}.", _facts(data), "green")


def blocking_reason(data: ReviewData) -> str:
    """Why the week is blocked, in the words of the revision that says so."""
    return data.revision.reason.rsplit("; ", 1)[-1].rstrip(".")


def largest_driver(drivers: Iterable[Driver], factors: Sequence[str] | None = None) -> Driver | None:
    """The driver that cost most: by money where it is known, else by won deals; None when nothing cost anything."""
    chosen = [d for d in drivers if (factors is None or d.factor in factors) and _harm(d) > 0]
    in_money = [d for d in chosen if d.money is not None]
    return max(in_money or chosen, key=_harm, default=None)


def _harm(driver: Driver) -> float:
    return driver.money if driver.money is not None else -driver.acquisitions


def _worst_outcome(data: ReviewData) -> Figure | None:
    """The outcome that is furthest below plan in any segment; what comes early in the chain speaks first."""
    for metrics in (_EARLY_OUTCOMES, _LATE_OUTCOMES):
        found = [
            figure
            for figure in data.figures
            if figure.source == ALL
            and figure.metric in metrics
            and figure.status == "off_plan"
            and (figure.plan or 0) >= SMALLEST_PLAN
        ]
        if found:
            return min(found, key=lambda figure: figure.variance_pct or 0.0)
    return None


def _several(data: ReviewData, off: Sequence[Figure], worst: Figure | None) -> str:
    """The furthest outcome and the other controls off plan, with the cause that cost most."""
    others = [figure for figure in off if not worst or figure.metric != worst.metric]
    others.sort(key=lambda figure: -abs(figure.variance_pct or 0.0))
    said = [_against(figure) for figure in ([worst] if worst else []) + others[:1]]
    return f"{_capital(_listed(said))}{_because(data, None)}."


def _because(data: ReviewData, factors: Sequence[str] | None) -> str:
    driver = largest_driver(data.drivers, factors) or largest_driver(data.drivers)
    if driver is None:
        return ""
    source = named(driver.source, data.source_titles)
    return ": " + _CAUSES.get(driver.factor, "{source} differs from plan").format(source=source.lower())


def _against(figure: Figure) -> str:
    """`enterprise meetings are 21 % below plan`."""
    noun, verb = _PLURALS[figure.metric]
    where = "" if figure.segment == ALL else figure.segment.replace("_", "-") + " "
    return f"{where}{noun} {verb} {_distance(figure)} plan"


def _short(figure: Figure) -> str:
    return _against(figure).removesuffix(" plan") + " it"


def _distance(figure: Figure) -> str:
    share = figure.variance_pct
    if share is None or abs(share) < 0.005:
        return "on" if share is not None else "off"
    return f"{percent(abs(share), 0)} {'above' if share > 0 else 'below'}"


def _facts(data: ReviewData) -> tuple[str, ...]:
    facts = (_money_fact(data), _defect_fact(data), _queue_fact(data), _caveat(data))
    return tuple(fact for fact in facts if fact)


def _money_fact(data: ReviewData) -> str:
    known = [d.money for d in data.drivers if d.money is not None]
    total, top = sum(known), largest_driver(data.drivers)
    if not known or top is None or top.money is None or total <= 0:
        return ""
    source, owner = named(top.source, data.source_titles), named(top.owner, data.owner_titles)
    cause = _CAUSES.get(top.factor, "{source} differs from plan").format(source=source.lower())
    return (
        f"{money(total, data.currency)} more was spent than the plan allows for the deals won; the largest single "
        f"effect is {money(top.money, data.currency)}: {cause} ({owner.lower()})."
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


def control_title(metric: str) -> str:
    """The name of a control as the page shows it."""
    return METRIC_TITLES.get(metric, metric.replace("_", " "))
