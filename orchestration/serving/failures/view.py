"""From a report's data to the words that every form shows: mail, chat, page.

Belongs here: sentences and formatted figures, once for all forms. Does not belong here: queries, escaping (each form
does its own), layout.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from orchestration.serving.failures.advice import advice
from orchestration.serving.failures.data import CriterionFailures, Example, FailureReport, Problem, Share
from orchestration.serving.inert import visible
from orchestration.serving.review.words import ABSENT, count, instant, money, week_span

SECTIONS = 6
FIELD_LETTERS = 80
PLACE_LETTERS = 120


@dataclass(frozen=True)
class ExampleView:
    """One example's texts; `lead_id` as delivered, everything else visible characters only."""

    lead_id: str
    lead: str
    who: str
    observed: str
    campaign: str
    cost: str
    place: str
    is_news: bool


@dataclass(frozen=True)
class CriterionView:
    """One criterion's texts."""

    title: str
    severity: str
    tone: str
    owner: str
    new: str
    standing: str
    resolved: str
    cost: str
    told: str
    where: str
    advice: str
    examples: tuple[ExampleView, ...]


@dataclass(frozen=True)
class ProblemView:
    """Why something could not be judged; a resolved one has no remedy."""

    tone: str
    sign: str
    word: str
    text: str
    remedy: str


@dataclass(frozen=True)
class MoneyView:
    """What defects cost by one dimension."""

    title: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class FailureView:
    """Everything a report says. `criteria`: all; `sections`: those shown with examples, the dearest first."""

    title: str
    when: str
    headline: str
    facts: tuple[str, ...]
    tone: str
    problems: tuple[ProblemView, ...]
    criteria: tuple[CriterionView, ...]
    sections: tuple[CriterionView, ...]
    money: tuple[MoneyView, ...]
    as_of: str
    audience: str
    page: str
    more: str


_SEVERITY_TONES = {"critical": "red", "major": "amber", "minor": "neutral"}
_PROBLEMS = {
    "new": ("red", "■", "New"),
    "known": ("amber", "▲", "Still"),
    "resolved": ("green", "●", "Resolved"),
}


def build_view(report: FailureReport, page: str = "") -> FailureView:
    """The report in words; `page` is the address of its page, empty when pages have no address."""
    told = [
        criterion for criterion in report.criteria if criterion.is_news or report.kind == "weekly" or report.is_first
    ]
    views = {criterion.code: _criterion(report, criterion) for criterion in report.criteria}
    return FailureView(
        title="Lead defects, daily report" if report.kind == "daily" else "Lead defects, weekly report",
        when=_when(report),
        headline=headline(report),
        facts=tuple(_facts(report)),
        tone=_tone(report),
        problems=tuple(_problem(problem) for problem in report.problems),
        criteria=tuple(views.values()),
        sections=() if report.audience.gets == "money" else tuple(views[c.code] for c in told if c.standing)[:SECTIONS],
        money=tuple(_money(title, shares, report.currency) for title, shares in report.money.items() if shares),
        as_of=instant(report.as_of, report.time_zone),
        audience=visible(report.audience.owner_title, FIELD_LETTERS),
        page=page,
        more="`andon explain LEAD` prints the whole story of any lead, with the file and line behind each step.",
    )


def subject(report: FailureReport) -> str:
    """The subject of the mail: the headline, and the day or week."""
    short = f"{report.day:%a} {report.day.day} {report.day:%b}" if report.kind == "daily" else f"week {report.day:%V}"
    return visible(f"Lead defects, {short}: {headline(report)}", 150)


def headline(report: FailureReport) -> str:
    """The report in one sentence; what could not be judged comes before any number."""
    open_problems = [problem for problem in report.problems if problem.state != "resolved"]
    if report.judged is None and open_problems:
        return visible(f"Not judged: {open_problems[0].found}", 150)
    parts = ["first report"] if report.tells_all and report.standing else []
    if report.new:
        parts.append(f"{count(report.new)} new")
    if report.fixed:
        parts.append(f"{count(report.fixed)} resolved")
    if report.standing:
        parts.append(f"{count(report.standing)} open" + _at_cost(report))
    if not parts:
        parts.append(_nothing(report))
    sentence = ", ".join(parts)
    if open_problems:
        return f"{sentence}; not everything could be judged"
    return sentence


def _at_cost(report: FailureReport) -> str:
    return "" if report.cost is None else f" at {money(report.cost, report.currency)}"


def _nothing(report: FailureReport) -> str:
    if report.judged is None:
        return "no lead was judged"
    return f"no open defect; {count(report.judged.total)} leads judged"


def _when(report: FailureReport) -> str:
    if report.kind == "weekly":
        return f"Week {report.day:%V}, {week_span(report.day)}"
    return f"{report.day:%A} {report.day.day} {report.day:%B %Y}"


def _facts(report: FailureReport) -> Iterable[str]:
    if report.tells_all:
        yield (
            "This is the first weekly report: leads were inspected for the first time this week, those of all history"
            " with them. It tells all that is open; from the next one on, new is what came since the week before."
        )
    elif report.is_first:
        yield "This is your first report: it tells all that is open. From now on you hear of what is new."
    if report.judged is None:
        yield "No lead was judged in this period: the counts below are what was known before."
    else:
        judged = report.judged
        parts = [f"{count(judged.ready)} ready", f"{count(judged.defective)} defective"]
        if judged.unevaluable:
            parts.append(f"{count(judged.unevaluable)} could not be evaluated")
        yield f"{count(judged.total)} leads judged in all: {', '.join(parts)}."
    dear = report.criteria[0] if report.criteria else None
    if dear is not None and dear.cost and report.cost and len(report.criteria) > 1:
        part, whole = money(dear.cost, report.currency), money(report.cost, report.currency)
        yield f"The dearest: “{visible(dear.title, 120)}”, {part} of {whole}."


def _tone(report: FailureReport) -> str:
    if any(problem.state != "resolved" for problem in report.problems) or report.new:
        return "red"
    return "amber" if report.standing else "green"


def _criterion(report: FailureReport, criterion: CriterionFailures) -> CriterionView:
    return CriterionView(
        title=visible(criterion.title, 160),
        severity=criterion.severity,
        tone=_SEVERITY_TONES.get(criterion.severity, "neutral"),
        owner=visible(criterion.owner_title, FIELD_LETTERS),
        new=count(criterion.new + criterion.returned),
        standing=count(criterion.standing),
        resolved=count(criterion.fixed + criterion.waived + criterion.gone),
        cost=money(criterion.cost, report.currency) if criterion.standing else ABSENT,
        told=". ".join(_told(report, criterion)) + ".",
        where=_where(criterion),
        advice=advice(criterion.reason_category),
        examples=tuple(_example(example, report.currency) for example in criterion.examples),
    )


def _told(report: FailureReport, criterion: CriterionFailures) -> Iterable[str]:
    """What changed, and what is as it was: `12 new, costing $2.1k. 202 still open, since Mon 2 Mar`."""
    if criterion.new:
        cost = "" if criterion.cost_of_new is None else f", costing {money(criterion.cost_of_new, report.currency)}"
        yield f"{count(criterion.new)} new{cost}"
    if criterion.returned:
        yield f"{count(criterion.returned)} came back after they were resolved"
    if report.tells_all and criterion.known:
        yield f"{count(criterion.known)} open"
    elif criterion.known and criterion.known_since:
        yield f"{count(criterion.known)} still open, since {_short(criterion.known_since)}"
    if criterion.fixed:
        yield f"{count(criterion.fixed)} fixed"
    if criterion.waived:
        yield f"{count(criterion.waived)} waived"
    if criterion.gone:
        yield f"{count(criterion.gone)} gone with their lead (merged or deleted)"
    if criterion.unevaluable:
        yield f"{count(criterion.unevaluable)} leads could not be evaluated"


def _where(criterion: CriterionFailures) -> str:
    """`Mostly CIO research library (41 of 63)`."""
    if not criterion.campaigns or not criterion.standing:
        return ""
    named = ", ".join(f"{visible(share.name, 60)} ({count(share.standing)})" for share in criterion.campaigns)
    return f"Of {count(criterion.standing)} open: {named}"


def _example(example: Example, currency: str) -> ExampleView:
    who = " · ".join(part for part in (example.company, example.email) if part)
    line = "" if example.source_line is None else f", line {example.source_line}"
    return ExampleView(
        lead_id=example.lead_id,
        lead=visible(example.lead_id, FIELD_LETTERS),
        who=visible(who, FIELD_LETTERS) or "no company, no address",
        observed=visible(example.observed, FIELD_LETTERS) or "nothing",
        campaign=visible(example.campaign, FIELD_LETTERS) or "no campaign",
        cost=money(example.cost, currency),
        place=visible(f"{example.source_file}{line}", PLACE_LETTERS),
        is_news=example.is_news,
    )


def _problem(problem: Problem) -> ProblemView:
    tone, sign, word = _PROBLEMS[problem.state]
    since = f" (since {_short(problem.since)})" if problem.state != "new" else ""
    return ProblemView(tone, sign, word, visible(problem.found, 300) + since, problem.remedy)


def _money(title: str, shares: tuple[Share, ...], currency: str) -> MoneyView:
    rows = tuple(
        (visible(share.name, FIELD_LETTERS), count(share.new), count(share.standing), money(share.cost, currency))
        for share in shares
    )
    return MoneyView(title, rows)


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
