# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What a change of the criteria would have done to leads that were handed off already.

Belongs here: two sets of criteria over the same leads, and the difference as rows. Does not belong here: which leads,
which documents (`orchestration/inspection/proposal.py`), how the rows are shown.

Both sets judge every lead afresh, whatever their dates, by the compiled checks that the inspection uses: so only the
criteria differ, not the data. A lead's cost is that of `fct_handoffs` at a first presentation: its attributed cost once
when a failed criterion loses it, the largest of the minutes named at the hourly cost, repairs and fixed amounts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import duckdb

from expectations.compile import quote
from expectations.cost_rules import FlatRule, flatten
from expectations.document import Contract, Criterion
from expectations.judge import answer, answer_column

BEFORE, AFTER = "andon_inspection.main.before", "andon_inspection.main.after"
_ALWAYS = date(1970, 1, 1)


@dataclass(frozen=True)
class Rates:
    """What time costs: minutes that the plan gives a lead, hourly cost of the team that receives it, and of each team
    that repairs (business currency); None where the plan does not say, and then that part is not counted."""

    minutes_per_lead: float | None
    hourly_cost: float | None
    team_hourly_cost: Mapping[str, float]


@dataclass(frozen=True)
class Cell:
    """Leads of a source and segment: how many each set finds ready, and what defective ones cost."""

    source: str
    segment: str
    leads: int
    accepted: int
    ready_before: int
    ready_after: int
    newly_defective: int
    newly_ready: int
    accepted_but_defective_after: int
    cost_before: float
    cost_after: float


@dataclass(frozen=True)
class CriterionChange:
    """One criterion in a source and segment: leads failing it before and after; None where a set does not have it."""

    code: str
    version_before: int | None
    version_after: int | None
    source: str
    segment: str
    failing_before: int
    failing_after: int
    newly_failing: int
    newly_passing: int
    unevaluable_after: int
    only_reason: int


def as_one_set(criteria: Sequence[Criterion]) -> Contract:
    """`criteria` (one version per code) as a contract that is always in force."""
    always = [c.model_copy(update={"valid_from": _ALWAYS, "valid_to": None}) for c in criteria]
    return Contract(version="replay", title="replay", criteria=always)


def replay(
    con: duckdb.DuckDBPyConnection, before: Contract, after: Contract, leads: str, zone: ZoneInfo, rates: Rates
) -> tuple[list[Cell], list[CriterionChange]]:
    """Judge `leads` by both sets (`as_one_set`) and compare.

    `leads` (SQL): the columns of an inspection subject plus `attributed_cost` (business currency) and `accepted`.
    """
    for contract, table in ((before, BEFORE), (after, AFTER)):
        answer(con, contract, leads, zone, table)
    con.execute(f"create or replace temp table replayed as {_joined(before, after, leads, rates)}")
    return _cells(con), _criteria(con, before, after)


def _joined(before: Contract, after: Contract, leads: str, rates: Rates) -> str:
    answers = [
        *(f"b.{answer_column(i)} as before_{i}" for i in range(len(before.criteria))),
        *(f"a.{answer_column(i)} as after_{i}" for i in range(len(after.criteria))),
    ]
    sides = [
        f"{expression} as {name}_{side}"
        for side, alias, contract in (("before", "b", before), ("after", "a", after))
        for name, expression in (
            ("verdict", _verdict(alias, contract)),
            ("cost", _cost(alias, contract, rates)),
            ("failed", _count(alias, contract, 0)),
        )
    ]
    return f"""
        select
            l.lead_id, coalesce(l.source, 'unmapped') as source, coalesce(l.segment, 'unmapped') as segment, l.accepted,
            {", ".join([*answers, *sides])}
        from {leads} as l
        inner join {BEFORE} as b on l.lead_id = b.lead_id
        inner join {AFTER} as a on l.lead_id = a.lead_id"""


def _count(alias: str, contract: Contract, value: int) -> str:
    parts = (
        f"coalesce(cast({alias}.{answer_column(i)} = {value} as integer), 0)" for i in range(len(contract.criteria))
    )
    return " + ".join(parts)


def _verdict(alias: str, contract: Contract) -> str:
    failed, unknown, passed = (_count(alias, contract, value) for value in (0, 2, 1))
    unknown = f"{unknown} > 0 or {passed} = 0"
    return f"case when {failed} > 0 then 'defective' when {unknown} then 'unevaluable' else 'ready' end"


def _cost(alias: str, contract: Contract, rates: Rates) -> str:
    """What the lead's defects cost, as SQL; 0 without one."""
    rules = [
        (f"{alias}.{answer_column(i)} = 0", flatten(criterion.cost_rule))
        for i, criterion in enumerate(contract.criteria)
    ]
    losing = [f"coalesce({fails}, false)" for fails, rule in rules if rule.cost_lead]
    lost = f"case when {' or '.join(losing)} then coalesce(l.attributed_cost, 0) else 0 end" if losing else "0"
    minutes = [f"case when {fails} then {_minutes(rule, rates)} else 0 end" for fails, rule in rules]
    repairs = [f"case when {fails} then {_repair(rule, rates)} else 0 end" for fails, rule in rules]
    time = f"greatest({', '.join(minutes)}) / 60.0 * {rates.hourly_cost or 0}"
    return f"cast({lost} as double) + {time} + {' + '.join(repairs)}"


def _minutes(rule: FlatRule, rates: Rates) -> float:
    return (rates.minutes_per_lead or 0.0) if rule.cost_minutes is None else rule.cost_minutes


def _repair(rule: FlatRule, rates: Rates) -> float:
    hourly = rates.team_hourly_cost.get(rule.cost_team or "", 0.0)
    return (rule.cost_team_minutes or 0.0) / 60 * hourly + float(rule.cost_amount or 0)


def _cells(con: duckdb.DuckDBPyConnection) -> list[Cell]:
    rows = con.execute("""
        select
            source, segment, count(*), count(*) filter (accepted),
            count(*) filter (verdict_before = 'ready'), count(*) filter (verdict_after = 'ready'),
            count(*) filter (verdict_after = 'defective' and verdict_before <> 'defective'),
            count(*) filter (verdict_after = 'ready' and verdict_before <> 'ready'),
            count(*) filter (accepted and verdict_after = 'defective'),
            coalesce(round(sum(cost_before), 2), 0), coalesce(round(sum(cost_after), 2), 0)
        from replayed group by source, segment order by source, segment
    """).fetchall()
    return [Cell(*row) for row in rows]


def _criteria(con: duckdb.DuckDBPyConnection, before: Contract, after: Contract) -> list[CriterionChange]:
    places_before = {c.code: (i, c.version) for i, c in enumerate(before.criteria)}
    places_after = {c.code: (i, c.version) for i, c in enumerate(after.criteria)}
    changes: list[CriterionChange] = []
    for code in dict.fromkeys([*places_before, *places_after]):
        old, new = places_before.get(code), places_after.get(code)
        fails_before = f"coalesce(before_{old[0]} = 0, false)" if old else "false"
        fails_after = f"coalesce(after_{new[0]} = 0, false)" if new else "false"
        unknown = f"coalesce(after_{new[0]} = 2, false)" if new else "false"
        rows = con.execute(f"""
            select
                {quote(code)}, source, segment,
                count(*) filter ({fails_before}), count(*) filter ({fails_after}),
                count(*) filter ({fails_after} and not {fails_before}),
                count(*) filter ({fails_before} and not {fails_after}),
                count(*) filter ({unknown}), count(*) filter ({fails_after} and failed_after = 1)
            from replayed group by source, segment order by source, segment
        """).fetchall()
        versions = (old[1] if old else None, new[1] if new else None)
        changes += [CriterionChange(row[0], *versions, *row[1:]) for row in rows]
    return changes
