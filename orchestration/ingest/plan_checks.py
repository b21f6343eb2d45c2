"""The rules that the plan's tables must obey among themselves.

Belongs here: rules, most of them as data. Does not belong here: reading files (`plan.py`), or what one column may
hold (`plan_tables.py`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from orchestration.ingest.plan_audiences import audience_problems
from orchestration.ingest.plan_capacity import capacity_problems
from orchestration.ingest.plan_language import language_problems
from orchestration.ingest.plan_problem import Plan, PlanProblem, PlanRow, PlanRows, problem
from orchestration.ingest.plan_tables import LEAD_STAGES, OPPORTUNITY_STAGES, PLAN_TABLES, plan_file

DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class _Reference:
    table: str
    column: str
    target: str
    target_column: str


_REFERENCES = tuple(
    _Reference(*rule)
    for rule in (
        ("targets", "plan_version", "plan_versions", "plan_version"),
        ("targets", "source", "sources", "source"),
        ("targets", "segment", "segments", "segment"),
        ("budgets", "plan_version", "plan_versions", "plan_version"),
        ("budgets", "source", "sources", "source"),
        ("budgets", "segment", "segments", "segment"),
        ("sources", "owner", "owners", "owner"),
        ("campaigns", "source", "sources", "source"),
        ("campaigns", "segment", "segments", "segment"),
        ("campaigns", "owner", "owners", "owner"),
        ("source_map", "source", "sources", "source"),
        ("spend_map", "source", "sources", "source"),
        ("spend_map", "maps_to_campaign", "campaigns", "campaign_id"),
        ("audiences", "owner", "owners", "owner"),
        ("sla_policy", "segment", "segments", "segment"),
        ("skills", "segment", "segments", "segment"),
        ("resources", "plan_version", "plan_versions", "plan_version"),
        ("resources", "source", "sources", "source"),
        ("resources", "segment", "segments", "segment"),
        ("plan_versions", "approved_by_marketing", "owners", "owner"),
        ("plan_versions", "approved_by_sales", "owners", "owner"),
        ("action_policy", "owner", "owners", "owner"),
        ("action_policy", "controller", "owners", "owner"),
        ("action_policy", "escalate_to", "owners", "owner"),
    )
)


@dataclass(frozen=True)
class _Range:
    """Rows of a table with the same `key` must not be in force on the same day; no key: only order is checked."""

    table: str
    key: tuple[str, ...]
    start: str = "valid_from"
    end: str = "valid_to"


_RANGES = (
    _Range("plan_versions", ("plan_version",)),
    _Range("targets", ("plan_version", "source", "segment"), "week_from", "week_to"),
    _Range("campaigns", ("campaign_id",)),
    _Range("sla_policy", ("from_team", "to_team", "segment")),
    _Range("capacity", ("team",)),
    _Range("skills", ("team", "segment")),
    _Range("control_policy", ("setting",)),
    _Range("spend_map", ("rule_id",)),
    _Range("attribution_rules", ("model",)),
)

# table, column, lowest and highest value allowed (None: no limit)
_BOUNDS: tuple[tuple[str, str, float, float | None], ...] = (
    *(("targets", column, 0, None) for column in ("spend", "leads", "ready_leads", "accepted", "meetings")),
    *(("targets", column, 0, None) for column in ("opportunities", "won")),
    ("budgets", "budget", 0, None),
    ("business_hours", "weekday", 1, 7),
    ("sla_policy", "respond_within_minutes", 1, None),
    ("sla_policy", "decide_within_minutes", 1, None),
    ("capacity", "people", 0, None),
    ("capacity", "hours_per_week", 0, 168),
    ("capacity", "availability", 0, 1),
    ("capacity", "minutes_per_lead", 0, None),
    ("action_policy", "due_days", 0, 366),
    ("action_policy", "outcome_target", 0.01, 100),
    ("action_policy", "confirm_weeks", 1, 52),
    ("attribution_rules", "window_days", 0, None),
    ("attribution_rules", "days_after", 0, None),
    ("attribution_rules", "first_weight", 0, 1),
    ("attribution_rules", "last_weight", 0, 1),
    ("attribution_rules", "half_life_days", 0.01, None),
    ("fx_rates", "rate", 1e-9, 1e7),
    ("capacity", "hourly_cost", 0, None),
    ("sla_policy", "late_cost", 0, None),
)
_MONDAYS = (("targets", "week_from"), ("targets", "week_to"))
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_STAGES = {"lead": LEAD_STAGES, "opportunity": OPPORTUNITY_STAGES}


def plan_problems(plan: Plan) -> list[PlanProblem]:
    """Every broken rule, by file and line. `plan`: typed rows per table, each with its `_line`."""
    rules = (
        _duplicate_keys, _unknown_references, _bad_ranges, _out_of_bounds, _calendar, _controllers, _hours, _stages,
        _budgets, language_problems, audience_problems, capacity_problems,
    )  # fmt: skip
    found = [each for rule in rules for each in rule(plan)]
    return sorted(found, key=lambda each: (each.file, each.line or 0))


def _duplicate_keys(plan: Plan) -> Iterator[PlanProblem]:
    for table in PLAN_TABLES:
        first_line: dict[tuple[Any, ...], int] = {}
        for row in plan[table.table]:
            key = tuple(row[column] for column in table.key)
            if key in first_line:
                shown = ", ".join(str(value) for value in key)
                reason = f"{shown} stands on line {first_line[key]} already"
                yield problem(table.table, row, ", ".join(table.key), reason, "keep one of the two")
            first_line.setdefault(key, row["_line"])


def _unknown_references(plan: Plan) -> Iterator[PlanProblem]:
    for rule in _REFERENCES:
        known = {row[rule.target_column] for row in plan[rule.target]}
        for row in plan[rule.table]:
            value = row[rule.column]
            if value is not None and value not in known:
                reason = f"{value!r} is not in {plan_file(rule.target)}"
                remedy = f"add it there or use one of {', '.join(sorted(known))}"
                yield problem(rule.table, row, rule.column, reason, remedy)


def _bad_ranges(plan: Plan) -> Iterator[PlanProblem]:
    for rule in _RANGES:
        groups: defaultdict[tuple[Any, ...], PlanRows] = defaultdict(list)
        for row in plan[rule.table]:
            groups[tuple(row[column] for column in rule.key)].append(row)
            if row[rule.end] is not None and row[rule.end] < row[rule.start]:
                reason = f"{row[rule.end]} is before {rule.start} {row[rule.start]}"
                yield problem(rule.table, row, rule.end, reason, "end it on or after its start")
        for rows in groups.values():
            ordered = sorted(rows, key=lambda row: row[rule.start])
            for earlier, later in pairwise(ordered):
                if earlier[rule.end] is None or earlier[rule.end] >= later[rule.start]:
                    reason = f"{later[rule.start]} overlaps line {earlier['_line']}"
                    remedy = f"set {rule.end} of line {earlier['_line']} before {later[rule.start]}"
                    yield problem(rule.table, later, rule.start, reason, remedy)


def _out_of_bounds(plan: Plan) -> Iterator[PlanProblem]:
    for table, column, low, high in _BOUNDS:
        for row in plan[table]:
            value = row[column]
            if value is not None and (value < low or (high is not None and value > high)):
                limits = f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
                yield problem(table, row, column, f"{value} is out of bounds", f"give a value {limits}")


def _calendar(plan: Plan) -> Iterator[PlanProblem]:
    for table, column in _MONDAYS:
        for row in plan[table]:
            day: date | None = row[column]
            if day is not None and day.isoweekday() != 1:
                monday = day - timedelta(days=day.weekday())
                yield problem(table, row, column, f"{day} is not a Monday", f"weeks start on Monday: {monday}")
    for row in plan["budgets"]:
        if row["month"].day != 1:
            remedy = f"give {row['month'].replace(day=1)}"
            yield problem("budgets", row, "month", f"{row['month']} is not the first of a month", remedy)


def _controllers(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["action_policy"]:
        if row["controller"] == row["owner"]:
            reason = f"{row['controller']!r} would sign its own action"
            yield problem("action_policy", row, "controller", reason, "name another role")


def _hours(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["business_hours"]:
        bad = [column for column in ("opens", "closes") if not _TIME_OF_DAY.fullmatch(row[column])]
        for column in bad:
            reason = f"{row[column]!r} is not a time of day"
            yield problem("business_hours", row, column, reason, "give HH:MM, 00:00 to 23:59")
        if not bad and row["closes"] <= row["opens"]:
            reason = f"{row['closes']} is not after {row['opens']}"
            yield problem("business_hours", row, "closes", reason, "close after opening, on the same day")


def _stages(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["stage_map"]:
        stages = _STAGES[row["object"]]
        if row["stage"] not in stages:
            reason = f"{row['stage']!r} is no stage of a {row['object']}"
            yield problem("stage_map", row, "stage", reason, f"use one of {', '.join(stages)}")


def _budgets(plan: Plan) -> Iterator[PlanProblem]:
    """A month's budget must be what the targets spend in that month's days, give or take one week's spend."""
    targets: defaultdict[tuple[str, str, str], PlanRows] = defaultdict(list)
    for row in plan["targets"]:
        targets[row["plan_version"], row["source"], row["segment"]].append(row)
    for row in plan["budgets"]:
        spends = list(_daily_spend(targets[row["plan_version"], row["source"], row["segment"]], row["month"]))
        planned = sum(spends, Decimal(0))
        tolerance = DAYS_PER_WEEK * max(spends, default=Decimal(0))
        if abs(row["budget"] - planned) > tolerance:
            reason = f"{row['budget']:.2f} is budgeted, but the targets spend {planned:.2f} in that month"
            yield problem("budgets", row, "budget", reason, "make budget and weekly targets agree")


def _daily_spend(targets: Iterable[PlanRow], month: date) -> Iterator[Decimal]:
    day = month
    while day.month == month.month:
        week = day - timedelta(days=day.weekday())
        for target in targets:
            if target["week_from"] <= week and (target["week_to"] is None or week <= target["week_to"]):
                yield (target["spend"] or Decimal(0)) / DAYS_PER_WEEK
        day += timedelta(days=1)
