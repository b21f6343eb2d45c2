# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the playbook says of one closed week, as it is stored with the week's revision.

Belongs here: when a week's decisions are taken and from when they stand, and what a stored row carries beside the
decision. Does not belong here: the decision itself (`shifts.py`), or a shift's further life (`shift_states.py`).

A week is decided after it closed and before the next one does. From then on, or from the first Tuesday on which its
money moves, its decisions stand: later data act through later weeks, never by moving money a second time for the same
week. A week that is first computed later than that (history loaded afterwards) says what it missed and moves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from orchestration.control.loop_schemas import WEEKLY_SHIFT_SCHEMA
from orchestration.control.playbook import Rule
from orchestration.control.shift_rows import MISSED, MOVES
from orchestration.control.shifts import decide

WEEK = timedelta(days=7)
COLUMNS = [name for name in WEEKLY_SHIFT_SCHEMA.names if name != "revision"]


@dataclass(frozen=True)
class PlaybookWeek:
    """What `shifts.decide` reads of one week, and the rules that were known before it began."""

    week_start: date
    rules: Sequence[Rule]
    evidence: pd.DataFrame
    sources: pd.DataFrame
    teams: pd.DataFrame


def decision_day(week_start: date, today: date) -> tuple[date, bool]:
    """The business date on which a week is decided when it is computed on `today`, and whether that is too late."""
    closed = week_start + WEEK
    return (today, False) if today < closed + WEEK else (closed, True)


def stands(week_start: date, before: pd.DataFrame, today: date) -> bool:
    """Whether the decisions of the week's last revision (its rows, empty for none) may not change any more.

    `before` has WEEKLY_SHIFTS columns; a revision without any row decided nothing, which stands from the next close on.
    """
    _, late = decision_day(week_start, today)
    moving = before.loc[before["verdict"].isin(MOVES)]
    return late or bool((pd.to_datetime(moving["effective_on"]).dt.date <= today).any())


def shifts_of_week(week: PlaybookWeek, today: date, as_of: datetime, history: pd.DataFrame) -> pd.DataFrame:
    """The week's decisions taken on the business date `today` (as of `as_of`, naive UTC): WEEKLY_SHIFTS, no revision.

    `history` has SHIFTS rows of earlier weeks as they came to be (`shift_states.as_history`).
    """
    decided_on, late = decision_day(week.week_start, today)
    found = decide(week.rules, week.week_start, decided_on, week.evidence, week.sources, week.teams, history)
    by_version = {(rule.id, rule.version): rule for rule in week.rules}
    rules = zip(found["rule_id"], found["rule_version"], strict=True)
    agreements = [_agreement(by_version.get((str(name), int(version)))) for name, version in rules]
    agreed = pd.DataFrame(agreements, columns=["approval", "owner", "approver", "deputies", "evaluate_ages"])
    rows = pd.concat([found.rename(columns={"state": "verdict"}), agreed], axis=1)
    # What was agreed to end ends by itself: undoing a shift needs no second agreement.
    rows.loc[rows["undoes"].notna(), "approval"] = "pre_agreed"
    if late:
        moves = rows["verdict"].isin(MOVES)
        would = "the week was computed when the next one had closed; it would have moved money: "
        rows.loc[moves, "reason"] = would + rows.loc[moves, "reason"]
        rows.loc[moves, "verdict"] = MISSED
    rows["leg"] = rows.groupby("shift_id").cumcount() + 1
    return rows.assign(decided_on=decided_on, as_of=as_of)[COLUMNS]


def _agreement(rule: Rule | None) -> tuple[str, str, str, str, str | None]:
    """What of the rule stays with the shift; a rule that was taken out of the playbook leaves its shifts as agreed."""
    if rule is None:
        return "pre_agreed", "", "", "", None
    ages = ",".join(str(age) for age in rule.evaluate.ages)
    return rule.approval, rule.owner, rule.approver, ",".join(rule.deputies), ages
