"""Structural suites: what must hold in prepared data and marts, or the run stops before anything is recorded or shown.

Belongs here: those rules as data (keys, references, accepted values, sums that must agree) and how each becomes an
expectation. Does not belong here: whether a lead is sales-ready (`sales_ready.yml`), which never stops a run, nor
column types and descriptions (dbt contracts).

Relations are named `schema.table`; the caller says in which attached database they lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from expectations.compile import quote
from expectations.ledger import DEFECTIVE, READY, UNEVALUABLE
from expectations.suites import Expectation, Outcome, Suite

_CENT = 0.005
_SHARE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Rule:
    """One structural rule: rows of `relation` for which `failing` (SQL) holds must not exist.

    `{db}` in `failing` stands for the database that the relations lie in. A rule `of_the_whole` speaks of the relation,
    not of its rows.
    """

    name: str
    relation: str
    title: str
    failing: str
    of_the_whole: bool = False


@dataclass(frozen=True)
class Finding:
    """How one rule came out: rows that break it, or why it could not be evaluated (which is no pass either)."""

    rule: str
    title: str
    failing: int
    error: str | None

    @property
    def warns(self) -> bool:
        """Whether it only warns (a feed's plausibility); a rule that could not be evaluated never does."""
        return self.rule.endswith(".plausible") and self.error is None

    @property
    def holds(self) -> bool:
        return self.error is None and self.failing == 0


def key(relation: str, *columns: str) -> Rule:
    """`columns` are never null and together name one row."""
    names = ", ".join(columns)
    of_row = _struct(columns)
    null = " or ".join(f"{column} is null" for column in columns)
    repeated = f"{of_row} in (select {of_row} from {{db}}.{relation} group by {names} having count(*) > 1)"
    return Rule(f"{relation}.key", relation, f"({names}) is the key: no nulls, no repeats", f"{null} or {repeated}")


def reference(relation: str, column: str, to: str, to_column: str) -> Rule:
    """Every `column` that is given exists in `to`."""
    missing = (
        f"{column} is not null and {column} not in (select {to_column} from {{db}}.{to} where {to_column} is not null)"
    )
    return Rule(f"{relation}.{column}.exists", relation, f"{column} is found in {to}", missing)


def accepted(relation: str, column: str, *values: str) -> Rule:
    """`column`, where given, is one of `values`."""
    listed = ", ".join(quote(value) for value in values)
    return Rule(
        f"{relation}.{column}.accepted", relation, f"{column} is one of {listed}", f"{column} not in ({listed})"
    )


def row_holds(relation: str, name: str, title: str, holds: str) -> Rule:
    """`holds` (SQL) is true for every row; null counts as broken."""
    return Rule(f"{relation}.{name}", relation, title, f"({holds}) is not true")


def sums_to_one(relation: str, expression: str, *columns: str) -> Rule:
    """The sum of `expression` over the rows that share `columns` is 1."""
    group = _struct(columns)
    off = f"having abs(sum({expression}) - 1) > {_SHARE_TOLERANCE}"
    failing = f"{group} in (select {group} from {{db}}.{relation} group by {', '.join(columns)} {off})"
    return Rule(f"{relation}.{expression}.sum", relation, f"{expression} sums to 1 per {', '.join(columns)}", failing)


def same_total(relation: str, expression: str, other: str, other_expression: str) -> Rule:
    """The sum of `expression` over `relation` equals that over `other`, to the cent; nothing gets lost in between."""
    ours = f"(select coalesce(sum({expression}), 0) from {{db}}.{relation})"
    theirs = f"(select coalesce(sum({other_expression}), 0) from {{db}}.{other})"
    title = f"sum of {expression} equals sum of {other_expression} in {other}"
    return Rule(f"{relation}.{expression}.conserved", relation, title, f"abs({ours} - {theirs}) > {_CENT}", True)


def same_totals(relation: str, expression: str, other: str, *by: str) -> Rule:
    """The sum of `expression` is the same in `relation` as in `other` for each combination of the columns `by`."""
    keys = ", ".join(by)
    theirs = f"select {keys}, sum({expression}) from {{db}}.{other} group by {keys}"
    ours = f"select {keys}, sum({expression}) from {{db}}.{relation} group by {keys}"
    return Rule(
        f"{relation}.{expression}.conserved",
        relation,
        f"sum of {expression} equals that in {other} per {keys}",
        f"exists (({ours} except {theirs}) union all ({theirs} except {ours}))",
        True,
    )


def prepared_rules() -> tuple[Rule, ...]:
    """What the inspection and the marts take for granted in the intermediate models."""
    return (
        key("intermediate.int_leads", "lead_id"),
        key("intermediate.int_inspection_subjects", "lead_id"),
        row_holds("intermediate.int_inspection_subjects", "handed_off", "a subject was handed off",
                  "handed_off_at is not null and subject_hash is not null"),
        reference("intermediate.int_inspection_subjects", "lead_id", "intermediate.int_leads", "lead_id"),
        key("intermediate.int_accounts", "account_id"),
        key("intermediate.int_opportunities", "opportunity_id"),
        key("intermediate.int_ad_spend", "platform", "account_id", "campaign_id", "spend_date", "currency"),
    )  # fmt: skip


def mart_rules() -> tuple[Rule, ...]:
    """What readers of the marts may take for granted."""
    return (
        key("marts.fct_leads", "lead_id"),
        accepted("marts.fct_leads", "verdict", READY, DEFECTIVE, UNEVALUABLE),
        key("marts.lead_defects", "lead_id", "criterion_code"),
        reference("marts.lead_defects", "lead_id", "marts.fct_leads", "lead_id"),
        key("marts.lead_verdicts", "lead_id", "inspected_at"),
        key("marts.fct_handoffs", "handoff_id"),
        reference("marts.fct_handoffs", "lead_id", "marts.fct_leads", "lead_id"),
        reference("marts.fct_lead_touch_credit", "lead_id", "marts.fct_leads", "lead_id"),
        sums_to_one("marts.fct_lead_touch_credit", "credit", "lead_id", "model"),
        key("marts.fct_channel_weekly", "week_start", "source", "campaign_id"),
        same_total("marts.fct_channel_weekly", "spend", "intermediate.int_ad_spend", "spend"),
        key("marts.fct_ad_spend", "platform", "account_id", "campaign_id", "spend_date", "currency"),
        same_totals("marts.fct_ad_spend", "cost", "intermediate.int_ad_spend",
                    "platform", "account_id", "spend_date", "currency"),
        key("marts.fct_source_weekly", "week_start", "source", "segment"),
        row_holds("marts.fct_source_weekly", "verdicts", "leads handed off = ready + defective + unevaluable",
                  "coalesce(handed_off, 0)"
                  " = coalesce(ready_leads, 0) + coalesce(defective_leads, 0) + coalesce(unevaluable_leads, 0)"),
        key("marts.fct_stage_visits", "opportunity_id", "visit_no"),
        row_holds("marts.load_manifest", "lines", "lines read = rows loaded + rows rejected",
                  "status <> 'loaded' or lines_read = rows_loaded + rows_rejected"),
    )  # fmt: skip


def suites_of(rules: Sequence[Rule], database: str) -> tuple[Suite, ...]:
    """The rules as suites, one per relation, over relations of the attached `database`."""
    in_order = sorted(rules, key=lambda rule: (rule.relation, rule.of_the_whole))
    return tuple(
        _suite(relation, of_the_whole, list(group), database)
        for (relation, of_the_whole), group in groupby(in_order, key=lambda rule: (rule.relation, rule.of_the_whole))
    )


def _suite(relation: str, of_the_whole: bool, rules: Sequence[Rule], database: str) -> Suite:
    # A rule about the whole is asked once, so that it is asked of an empty relation too.
    query = "select 1 as whole" if of_the_whole else f"select * from {database}.{relation}"
    expectations = [
        Expectation(r.name, "failing_rows", r.title, "critical", failing=r.failing.replace("{db}", database))
        for r in rules
    ]
    return Suite(f"structure of {relation}{' as a whole' if of_the_whole else ''}", query, tuple(expectations))


def _struct(columns: Sequence[str]) -> str:
    return f"struct_pack({', '.join(f'{column} := {column}' for column in columns)})"


def findings(rules: Sequence[Rule], outcomes: Mapping[str, Outcome]) -> tuple[Finding, ...]:
    """How each rule came out, in order; a rule without an outcome could not be evaluated."""
    unanswered = Outcome(0, error="it was not run")
    found = ((rule, outcomes.get(rule.name, unanswered)) for rule in rules)
    return tuple(Finding(rule.name, rule.title, outcome.failing, outcome.error) for rule, outcome in found)


def describe(broken: Sequence[Finding]) -> str:
    """The broken rules in words, one per line."""
    return "\n".join(
        f"{finding.rule}: {finding.title}: "
        + (f"could not be evaluated: {finding.error}" if finding.error else f"{finding.failing} rows break it")
        for finding in broken
    )
