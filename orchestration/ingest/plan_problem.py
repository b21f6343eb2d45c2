"""What is wrong with a plan, and the shape in which plans are checked.

Belongs here: the words that every check of the plan speaks. Does not belong here: any check (`plan_checks.py`,
`plan_language.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.ingest.plan_tables import plan_file

PlanRow = dict[str, Any]
PlanRows = list[PlanRow]
Plan = Mapping[str, PlanRows]


@dataclass(frozen=True)
class PlanProblem:
    """One thing wrong with the plan: where, what, and what to do. `line` is None for a whole file."""

    file: str
    line: int | None
    column: str | None
    reason: str
    remedy: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.line and f"line {self.line}", self.column) if part)
        reason = self.reason.removeprefix(f"{self.column}: ")
        return f"{place}: {reason}: {self.remedy}"


def problem(table: str, row: PlanRow, column: str, reason: str, remedy: str) -> PlanProblem:
    """A problem of one value: `column` of the row of `table`, at the row's `_line`."""
    return PlanProblem(plan_file(table), row["_line"], column, reason, remedy)
