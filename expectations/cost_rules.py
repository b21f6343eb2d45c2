"""What a defect costs, as the criterion's own rule: a small typed grammar beside that of the checks.

Belongs here: the terms of a cost rule, the default, and the flat form in which a rule rides in the ledger. Does not
belong here: the sums (dbt: `fct_handoffs`, `fct_handoff_defects`), which also know what is lost only once per lead.

    lead_cost    the money that bought the lead is lost
    sales_time   minutes of the team that received it: `minutes`, else those that the plan gives a lead
    team_time    `minutes` of another `team` to repair it, at that team's hourly cost
    amount       a fixed amount, business currency

A lead that fails several criteria is bought once and read once: its purchase is shared among the criteria that name
it, and of the minutes of the receiving team the largest counts. Repairs and amounts are each defect's own.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictFloat, StrictInt

Minutes = Annotated[StrictInt | StrictFloat, Field(ge=0, le=10_000)]
Team = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class _Term(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LeadCost(_Term):
    """The lead's attributed cost is lost."""

    kind: Literal["lead_cost"]


class SalesTime(_Term):
    """Minutes of the team that received the lead; without `minutes`, those its plan gives a lead."""

    kind: Literal["sales_time"]
    minutes: Minutes | None = None


class TeamTime(_Term):
    """Minutes of `team` to repair the defect, at the hourly cost its plan states."""

    kind: Literal["team_time"]
    team: Team
    minutes: Minutes


class Amount(_Term):
    """A fixed amount per presentation, in business currency."""

    kind: Literal["amount"]
    amount: Annotated[StrictInt | StrictFloat, Field(ge=0, le=1_000_000_000)]


Term = Annotated[LeadCost | SalesTime | TeamTime | Amount, Field(discriminator="kind")]


def _each_kind_once(rule: list[Term]) -> list[Term]:
    kinds = [term.kind for term in rule]
    repeated = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} stands more than once; state each kind once")
    return rule


CostRule = Annotated[list[Term], AfterValidator(_each_kind_once)]
"""What a defect costs: the terms add up; an empty rule costs nothing."""

DEFAULT_RULE: tuple[Term, ...] = (LeadCost(kind="lead_cost"), SalesTime(kind="sales_time"))


@dataclass(frozen=True)
class FlatRule:
    """A rule as the ledger's columns: is the purchase lost; minutes of the receiving team (None: as planned, 0: none);
    the repairing team and its minutes; the fixed amount."""

    cost_lead: bool
    cost_minutes: float | None
    cost_team: str | None
    cost_team_minutes: float | None
    cost_amount: Decimal | None


def flatten(rule: list[Term] | None) -> FlatRule:
    """`rule` (None: the default) as columns."""
    terms = {term.kind: term for term in (DEFAULT_RULE if rule is None else rule)}
    time, repair, fixed = terms.get("sales_time"), terms.get("team_time"), terms.get("amount")
    return FlatRule(
        cost_lead="lead_cost" in terms,
        cost_minutes=_minutes(time) if isinstance(time, SalesTime) else 0.0,
        cost_team=repair.team if isinstance(repair, TeamTime) else None,
        cost_team_minutes=float(repair.minutes) if isinstance(repair, TeamTime) else None,
        cost_amount=Decimal(str(fixed.amount)).quantize(Decimal("0.01")) if isinstance(fixed, Amount) else None,
    )


def describe_rule(rule: list[Term] | None) -> str:
    """`rule` in words, for people: `lead cost + sales time as planned`."""
    return " + ".join(_in_words(term) for term in (DEFAULT_RULE if rule is None else rule)) or "nothing"


def _minutes(term: SalesTime) -> float | None:
    return None if term.minutes is None else float(term.minutes)


def _in_words(term: Term) -> str:
    match term:
        case LeadCost():
            return "lead cost"
        case SalesTime(minutes=None):
            return "sales time as planned"
        case SalesTime():
            return f"{term.minutes:g} min of sales"
        case TeamTime():
            return f"{term.minutes:g} min of {term.team}"
        case Amount():
            return f"{term.amount:.2f} fixed"
