"""What a change of the criteria would do, as a person reads it and as a CSV.

Belongs here: tables and words. Does not belong here: any figure (`expectations/replay.py`, `inspection/proposal.py`).
"""

import csv
from collections import defaultdict
from dataclasses import astuple, fields
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from expectations.replay import Cell, CriterionChange
from orchestration.inspection.proposal import Proposal
from orchestration.serving.inert import csv_cell, one_line


def show(out: Console, proposal: Proposal, currency: str) -> None:
    """Print `proposal`: by source and segment, by criterion, and against sales' capacity; money in `currency`."""
    span = f"{proposal.weeks} weeks, {proposal.first} to {proposal.last}"
    out.print(f"{proposal.leads:,} leads handed off in {span}: {proposal.before} → {proposal.after}", markup=False)
    out.print(_cells(proposal, currency))
    out.print(_criteria(proposal))
    for line in _volume(proposal):
        out.print(line, markup=False)


def write_csv(path: Path, proposal: Proposal) -> None:
    """Every figure by source and segment: rows `lead` (verdicts) and rows `criterion`; what does not apply is empty."""
    cell_fields = [field.name for field in fields(Cell)]
    change_fields = [field.name for field in fields(CriterionChange)]
    columns = ["what", *dict.fromkeys([*cell_fields, *change_fields])]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        for what, names, rows in (
            ("lead", cell_fields, proposal.cells),
            ("criterion", change_fields, proposal.changes),
        ):
            for row in rows:
                values = {n: "" if v is None else csv_cell(str(v)) for n, v in zip(names, astuple(row), strict=True)}
                writer.writerow({"what": what, **values})


def _cells(proposal: Proposal, currency: str) -> Table:
    table = _table(
        "source", "segment", "leads", "ready", "newly defective", "newly ready", "accepted, but defective",
        f"cost of defects, {currency}",
    )  # fmt: skip
    for cell in proposal.cells:
        table.add_row(_text(cell.source), _text(cell.segment), *_figures([cell]))
    table.add_row("all", "", *_figures(proposal.cells), style="bold")
    return table


def _figures(cells: tuple[Cell, ...] | list[Cell]) -> list[str]:
    def total(name: str) -> float:
        return sum(getattr(cell, name) for cell in cells)

    return [
        f"{total('leads'):,}",
        _change(total("ready_before"), total("ready_after")),
        f"{total('newly_defective'):,}",
        f"{total('newly_ready'):,}",
        f"{total('accepted_but_defective_after'):,}",
        _change(total("cost_before"), total("cost_after")),
    ]


def _criteria(proposal: Proposal) -> Table:
    table = _table(
        "criterion", "version", "failing", "newly failing", "newly passing", "not evaluable", "its only defect"
    )
    by_code: defaultdict[str, list[CriterionChange]] = defaultdict(list)
    for change in proposal.changes:
        by_code[change.code].append(change)
    for code, rows in by_code.items():
        versions = f"{rows[0].version_before or 'none'} → {rows[0].version_after or 'none'}"
        sums = {name: sum(getattr(row, name) for row in rows) for name in _COUNTS}
        changed = sums["newly_failing"] or sums["newly_passing"]
        table.add_row(
            _text(code),
            versions if rows[0].version_before != rows[0].version_after else str(rows[0].version_after),
            _change(sums["failing_before"], sums["failing_after"]),
            *(f"{sums[name]:,}" for name in _COUNTS[2:]),
            style="bold" if changed else "",
        )
    return table


_COUNTS = ("failing_before", "failing_after", "newly_failing", "newly_passing", "unevaluable_after", "only_reason")


def _volume(proposal: Proposal) -> list[str]:
    before, after = proposal.ready_per_week()
    lines = [f"Ready leads a week: {before:,.0f} → {after:,.0f}"]
    capacity = proposal.capacity
    if capacity is None:
        return [*lines, "What sales can work is not known: the plan has no capacity for the receiving team."]
    share = [
        f"{100 * ready / capacity.leads_per_week:,.0f} %" if capacity.leads_per_week else "none"
        for ready in (before, after)
    ]
    verdict = (
        "fits" if after <= capacity.leads_per_week else f"is {after - capacity.leads_per_week:,.0f} a week too many"
    )
    return [
        *lines,
        f"{capacity.team} can work {capacity.leads_per_week:,.0f} leads a week: {share[0]} → {share[1]} used;"
        f" that {verdict}",
    ]


def _change(before: float, after: float) -> str:
    return f"{before:,.0f}" if round(before) == round(after) else f"{before:,.0f} → {after:,.0f}"


def _table(*columns: str) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index < 2 else "right", overflow="fold")
    return table


def _text(value: str) -> str:
    return escape(one_line(value))
