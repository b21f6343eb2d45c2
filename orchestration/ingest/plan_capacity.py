"""The rules for who works what: gaps in force, resource lines, promises with people behind them, curves and settings.

Belongs here: checks of capacity, skills, absences, resources, stage_expectations, maturation_curves, control_policy and
of when a plan was approved, beyond what one column or a reference says. Does not belong here: the rules of the plan
proper (`plan_checks.py`).
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.ingest.plan_problem import Plan, PlanProblem, PlanRow, PlanRows, problem
from orchestration.ingest.plan_tables import POLICY_SETTINGS

ALL = "all"
_NO_GAPS = (
    ("targets", ("plan_version", "source", "segment"), "week_from", "week_to", 7),
    ("capacity", ("team",), "valid_from", "valid_to", 1),
    ("sla_policy", ("from_team", "to_team", "segment"), "valid_from", "valid_to", 1),
    ("plan_versions", (), "valid_from", "valid_to", 1),
)
"""Table, key, start, end, and the days after the end on which the next row must have started."""


def capacity_problems(plan: Plan) -> Iterator[PlanProblem]:
    """Every broken rule of these tables. `plan`: typed rows per table, each with its `_line`."""
    rules = (_gaps, _unstaffed, _resources, _budgetless, _absences, _expectations, _curves, _settings)
    for rule in rules:
        yield from rule(plan)


def approval_problems(plan: Plan, zone: ZoneInfo) -> Iterator[PlanProblem]:
    """Versions that were approved after their first week had begun, in the business zone: they would miss it."""
    for row in plan["plan_versions"]:
        monday = row["valid_from"] + timedelta(days=-row["valid_from"].weekday() % 7)
        begins = datetime.combine(monday, time(), tzinfo=zone).astimezone(UTC)
        approved: datetime = row["approved_at"]
        if approved.replace(tzinfo=approved.tzinfo or UTC) >= begins:
            reason = f"approved on {approved:%Y-%m-%d %H:%M} UTC, when its first week ({monday}) had begun"
            remedy = f"approve it before {begins:%Y-%m-%d %H:%M} UTC, or let it begin on a Monday after its approval"
            yield problem("plan_versions", row, "approved_at", reason, remedy)


def _gaps(plan: Plan) -> Iterator[PlanProblem]:
    for table, key, start, end, step in _NO_GAPS:
        groups: defaultdict[tuple[Any, ...], PlanRows] = defaultdict(list)
        for row in plan[table]:
            groups[tuple(row[column] for column in key)].append(row)
        for rows in groups.values():
            for earlier, later in pairwise(sorted(rows, key=lambda row: row[start])):
                last = earlier[end]
                if last is not None and later[start] > last + timedelta(days=step):
                    first = last + timedelta(days=step)
                    reason = f"nothing is in force from {first} until {later[start]}"
                    yield problem(table, later, start, reason, f"start it on {first}, or fill the gap with a row")


def _unstaffed(plan: Plan) -> Iterator[PlanProblem]:
    """Promises, skills, absences and resource lines of a team without any line of capacity."""
    teams = {row["team"] for row in plan["capacity"]}
    for table, column in (("sla_policy", "to_team"), ("skills", "team"), ("absences", "team"), ("resources", "team")):
        for row in plan[table]:
            if row[column] not in teams:
                reason = f"{row[column]!r} has no line in capacity.csv"
                yield problem(table, row, column, reason, "give its people and hours there, or name another team")


def _resources(plan: Plan) -> Iterator[PlanProblem]:
    """Every tactic has a line; without the table, a promise of a staffed team to its segment stands for it."""
    given = {(row["plan_version"], row["source"], row["segment"]) for row in plan["resources"]}
    served = {row["segment"] for row in plan["sla_policy"]}
    seen: set[tuple[Any, ...]] = set()
    for row in plan["targets"]:
        tactic = (row["plan_version"], row["source"], row["segment"])
        if tactic in seen or not row["leads"]:
            continue
        seen.add(tactic)
        if given and tactic not in given:
            reason = f"{row['source']}/{row['segment']} of {row['plan_version']} has no resource line"
            yield problem("targets", row, "source", reason, "give its team and hours a week in resources.csv")
        elif not given and not served & {row["segment"], ALL}:
            reason = f"{row['source']}/{row['segment']} has no team: no resource line and no promise for its segment"
            yield problem("targets", row, "segment", reason, "add a line to resources.csv or sla_policy.csv")
    yield from _overbooked(plan)


def _overbooked(plan: Plan) -> Iterator[PlanProblem]:
    hours: defaultdict[tuple[str, str], float] = defaultdict(float)
    last: dict[tuple[str, str], PlanRow] = {}
    for row in plan["resources"]:
        if row["hours_per_week"] < 0:
            yield problem("resources", row, "hours_per_week", "is negative", "give 0 or more hours")
        key = row["plan_version"], row["team"]
        hours[key] += row["hours_per_week"]
        last[key] = row
    starts = {row["plan_version"]: row["valid_from"] for row in plan["plan_versions"]}
    for (version, team), given in hours.items():
        day = starts.get(version)
        lines = [row for row in plan["capacity"] if row["team"] == team and day is not None and _in_force(row, day)]
        has = sum(row["people"] * row["hours_per_week"] * row["availability"] for row in lines)
        if lines and given > has * 1.0001:
            reason = f"{version} gives {given:,.0f} hours a week of {team}, which has {has:,.0f}"
            remedy = "give fewer hours, or more people in capacity.csv"
            yield problem("resources", last[version, team], "hours_per_week", reason, remedy)


def _budgetless(plan: Plan) -> Iterator[PlanProblem]:
    """A tactic that spends in a month for which its version budgets others, but not this one."""
    months = {(row["plan_version"], row["month"]) for row in plan["budgets"]}
    budgeted = {(row["plan_version"], row["month"], row["source"], row["segment"]) for row in plan["budgets"]}
    for row in plan["targets"]:
        if not row["spend"]:
            continue
        tactic = row["source"], row["segment"]
        lacking = sorted(
            month
            for version, month in months
            if version == row["plan_version"]
            and row["week_from"] <= month
            and (row["week_to"] is None or month + timedelta(days=31) <= row["week_to"])
            and (version, month, *tactic) not in budgeted
        )
        if lacking:
            reason = f"spends {row['spend']:.2f} a week, but budgets.csv has no budget for it in {lacking[0]:%Y-%m}"
            yield problem("targets", row, "spend", reason, "add the budget, or plan no spend")


def _absences(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["absences"]:
        if row["day_to"] < row["day_from"]:
            reason = f"{row['day_to']} is before day_from {row['day_from']}"
            yield problem("absences", row, "day_to", reason, "end it on or after its start")
        if row["people"] < 1:
            yield problem("absences", row, "people", f"{row['people']} people are away", "give at least 1")
    for row in plan["skills"]:
        if row["people"] < 0 or row["minutes_per_lead"] <= 0:
            column = "people" if row["people"] < 0 else "minutes_per_lead"
            yield problem("skills", row, column, f"{row[column]} is out of bounds", "give a positive number")


def _expectations(plan: Plan) -> Iterator[PlanProblem]:
    known = {
        "plan_version": {row["plan_version"] for row in plan["plan_versions"]},
        "source": {ALL, *(row["source"] for row in plan["sources"])},
        "segment": {ALL, *(row["segment"] for row in plan["segments"])},
    }
    files = {"plan_version": "plan_versions.csv", "source": "sources.csv", "segment": "segments.csv"}
    for table, columns in (("stage_expectations", tuple(known)), ("maturation_curves", ("segment",))):
        for row in plan[table]:
            for column in columns:
                if row[column] not in known[column]:
                    remedy = f"use one of {', '.join(sorted(known[column]))}"
                    yield problem(table, row, column, f"{row[column]!r} is not in {files[column]}", remedy)
    for row in plan["stage_expectations"]:
        if not 0 <= row["rate"] <= 1:
            yield problem("stage_expectations", row, "rate", f"{row['rate']} is out of bounds", "give 0 to 1")


def _curves(plan: Plan) -> Iterator[PlanProblem]:
    groups: defaultdict[tuple[Any, ...], PlanRows] = defaultdict(list)
    for row in plan["maturation_curves"]:
        groups[tuple(row[name] for name in ("segment", "from_stage", "to_stage", "valid_from"))].append(row)
    for rows in groups.values():
        ordered = sorted(rows, key=lambda row: row["age_weeks"])
        for row in ordered:
            if not 0 <= row["share"] <= 1 or row["age_weeks"] < 0:
                column = "age_weeks" if row["age_weeks"] < 0 else "share"
                remedy = "an age is 0 or more, a share 0 to 1"
                yield problem("maturation_curves", row, column, f"{row[column]} is out of bounds", remedy)
        for earlier, later in pairwise(ordered):
            if later["share"] < earlier["share"]:
                reason = f"{later['share']} is less than {earlier['share']} of age {earlier['age_weeks']}"
                yield problem("maturation_curves", later, "share", reason, "a curve never falls")
        if ordered[-1]["share"] != 1:
            reason = f"the curve ends at {ordered[-1]['share']}"
            yield problem("maturation_curves", ordered[-1], "share", reason, "end it at 1, at the last age")


def _settings(plan: Plan) -> Iterator[PlanProblem]:
    for row in plan["control_policy"]:
        low, high, unit, _ = POLICY_SETTINGS[row["setting"]]
        if not low <= row["value"] <= high:
            remedy = f"give {low:g} to {high:g} ({unit})"
            yield problem("control_policy", row, "value", f"{row['value']:g} is out of bounds", remedy)


def _in_force(row: PlanRow, day: Any) -> bool:
    return row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])
