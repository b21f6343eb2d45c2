# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
"""The plan as a spreadsheet: one sheet per table, written from the plan's files and read back into them.

Belongs here: cells to text and back, and taking over a workbook whole or not at all. Does not belong here: the rules of
the plan, which are checked on the result as on any plan (`plan.py`); the playbook, whose rules are nested (YAML).
"""

import csv
import difflib
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.errors import AndonError
from orchestration.ingest.columns import Column, ColumnType, Feed
from orchestration.ingest.lake import write_atomically
from orchestration.ingest.plan import check_plan
from orchestration.ingest.plan_problem import PlanProblem
from orchestration.ingest.plan_tables import PLAN_TABLES, plan_file, plan_format

SHEETS = {table.table: table for table in PLAN_TABLES if plan_format(table.table) == "csv"}
NUMBERS = (ColumnType.INT, ColumnType.DECIMAL, ColumnType.DOUBLE)


class WorkbookError(AndonError):
    """A workbook that cannot be taken over: nothing of it was."""


@dataclass(frozen=True)
class SheetRows:
    """A sheet's rows as the plan's file has them, and the sheet's row behind each line of that file (from line 2)."""

    table: Feed
    lines: list[list[str]]
    rows: list[int]
    letters: dict[str, str]


@dataclass(frozen=True)
class Imported:
    """What an import changes: the new text of each file that differs, and the differences, line by line.

    `kept`: tables that have no sheet and stay as they are.
    """

    files: dict[str, str]
    diff: list[str]
    kept: tuple[str, ...] = ()


def export_plan(plan_dir: Path, path: Path) -> int:
    """Write the plan of a folder as a workbook at `path`, and return the number of its sheets.

    A table without a file gets a sheet with its header: the template to fill in. Dates, numbers and yes/no are cells of
    that kind; each header carries what its column means.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, table in SHEETS.items():
        sheet = book.create_sheet(name)
        _write_header(sheet, table)
        for row, cells in enumerate(_file_rows(plan_dir, table), start=2):
            for column, (declared, text) in enumerate(zip(table.columns, cells, strict=True), start=1):
                _write_cell(sheet.cell(row, column), declared, text)
    write_atomically(path, book.save)
    return len(SHEETS)


def read_workbook(path: Path, plan_dir: Path, zone: ZoneInfo) -> Imported:
    """What the workbook at `path` makes of the plan in `plan_dir`; nothing is written.

    A table without a sheet stays as it is. Formulas count by the value that the spreadsheet program stored. Raises
    WorkbookError that names each problem by sheet and cell, those of the whole plan included.
    """
    sheets, problems = _sheets(path)
    if problems:
        raise WorkbookError("\n".join(problems))
    texts = {sheet.table.table: _csv_text(sheet) for sheet in sheets}
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "plan"
        shutil.copytree(plan_dir, staged)
        for name, text in texts.items():
            (staged / plan_file(name)).write_text(text, encoding="utf-8")
        found = check_plan(staged, zone)
    if found:
        by_file = {plan_file(sheet.table.table): sheet for sheet in sheets}
        raise WorkbookError("\n".join(_at_cell(problem, by_file) for problem in found))
    return replace(_changes(texts, plan_dir), kept=tuple(name for name in SHEETS if name not in texts))


def write_import(imported: Imported, plan_dir: Path) -> None:
    """Put the changed files into the plan's folder, each whole; run again after a crash, the result is the same."""
    for name, text in imported.files.items():
        content = text.encode("utf-8")
        write_atomically(plan_dir / name, lambda file, content=content: file.write(content))


def _write_header(sheet: Worksheet, table: Feed) -> None:
    for number, column in enumerate(table.columns, start=1):
        cell = sheet.cell(1, number, column.name)
        cell.font = Font(bold=True)
        kind = f"{column.type}, {column.unit}" if column.unit else str(column.type)
        need = "required" if column.required else "may be empty"
        allowed = f"\nOne of {', '.join(column.allowed)}" if column.allowed else ""
        cell.comment = Comment(f"{column.description} ({kind}; {need}){allowed}", "Andon")
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(column.name) + 2)
    sheet.freeze_panes = "A2"


def _file_rows(plan_dir: Path, table: Feed) -> Iterator[list[str]]:
    """Rows of a plan file in the contract's order of columns; none without the file."""
    path = plan_dir / plan_file(table.table)
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            yield [row.get(column.name) or "" for column in table.columns]


def _write_cell(cell: Cell, column: Column, text: str) -> None:
    if not text:
        return
    value: Any = text
    try:
        if column.type == ColumnType.DATE:
            value, cell.number_format = date.fromisoformat(text), "yyyy-mm-dd"
        elif column.type in NUMBERS:
            value = int(text) if column.type == ColumnType.INT else float(text)
        elif column.type == ColumnType.BOOL and text.lower() in ("true", "false"):
            value = text.lower() == "true"
    except ValueError:
        value = text
    if isinstance(value, str):
        # Text that begins with = would be taken for a formula.
        cell.value, cell.number_format = value, "@"
        cell.data_type = "s"
    else:
        number_format = cell.number_format
        cell.value = value
        if column.type == ColumnType.DATE:
            cell.number_format = number_format


def _sheets(path: Path) -> tuple[list[SheetRows], list[str]]:
    values, formulas = _open(path, values=True), _open(path, values=False)
    problems: list[str] = []
    sheets: list[SheetRows] = []
    for name in values.sheetnames:
        if name not in SHEETS:
            known = ", ".join(SHEETS)
            problems.append(f"sheet {name!r} is no table of the plan: name it one of {known}, or remove it")
            continue
        sheet, found = _sheet(SHEETS[name], values[name], formulas[name])
        problems += found
        if sheet is not None:
            sheets.append(sheet)
    return sheets, problems


def _open(path: Path, *, values: bool) -> Workbook:
    try:
        return load_workbook(path, data_only=values)
    except FileNotFoundError:
        raise WorkbookError(f"{path}: no such file") from None
    except (InvalidFileException, AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise WorkbookError(f"{path} is no workbook that can be read ({error}): save it as .xlsx") from None


def _sheet(table: Feed, values: Worksheet, formulas: Worksheet) -> tuple[SheetRows | None, list[str]]:
    columns, problems = _header(table, values)
    for area in values.merged_cells.ranges:
        merged = f"sheet {table.table}, cells {area.coord}: are merged, and all but the first are empty"
        problems.append(f"{merged}: take the merge back and fill in every cell")
    if problems:
        return None, problems
    lines: list[list[str]] = []
    rows: list[int] = []
    for number in range(2, values.max_row + 1):
        cells = [values.cell(number, columns[column.name]) for column in table.columns]
        stored = [formulas.cell(number, columns[column.name]).value for column in table.columns]
        if all(cell.value is None for cell in cells) and not any(_is_formula(value) for value in stored):
            continue
        line: list[str] = []
        for column, cell, formula in zip(table.columns, cells, stored, strict=True):
            text, problem = _text(column, cast(Cell, cell), formula)
            line.append(text)
            if problem:
                problems.append(f"sheet {table.table}, cell {cell.coordinate}, {column.name}: {problem}")
        lines.append(line)
        rows.append(number)
    letters = {name: get_column_letter(number) for name, number in columns.items()}
    return SheetRows(table, lines, rows, letters), problems


def _header(table: Feed, sheet: Worksheet) -> tuple[dict[str, int], list[str]]:
    """Column numbers by name, and what is wrong with the header; the order is free."""
    found: dict[str, int] = {}
    problems: list[str] = []
    declared = {column.name for column in table.columns}
    for cell in sheet[1]:
        name = str(cell.value).strip() if cell.value is not None else ""
        if name and (name not in declared or name in found):
            what = "is no column of this table" if name not in declared else "stands twice"
            problems.append(f"sheet {table.table}, cell {cell.coordinate}: {name!r} {what}: remove it")
        elif name:
            found[name] = cast(Cell, cell).column
    for column in table.columns:
        if column.name not in found:
            remedy = f"add it to row 1 ({column.description})"
            problems.append(f"sheet {table.table}: column {column.name} is missing: {remedy}")
    return found, problems


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("=")


def _text(column: Column, cell: Cell, formula: Any) -> tuple[str, str]:
    """The cell as the plan's file writes it, and what is wrong with it, empty when nothing is."""
    value = cell.value
    if value is None:
        if _is_formula(formula):
            return "", "the formula has no stored value: open the workbook, calculate it and save it"
        return "", ""
    if cell.data_type == "e":
        return "", f"the formula gives {value}: mend it"
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, datetime):
        return _moment(column, value)
    if isinstance(value, date):
        return value.isoformat(), ""
    if isinstance(value, (int, float)):
        return _number(column, float(value), "%" in cell.number_format)
    if isinstance(value, str):
        return _words(column, value.strip())
    return str(value), ""


def _moment(column: Column, value: datetime) -> tuple[str, str]:
    if column.type == ColumnType.TIMESTAMP:
        return f"{value.isoformat(timespec='seconds')}Z", ""
    if (value.hour, value.minute, value.second) != (0, 0, 0):
        return value.isoformat(), "is a date with a time of day: give the date alone"
    return value.date().isoformat(), ""


def _number(column: Column, value: float, is_percent: bool) -> tuple[str, str]:
    """A cell shown as 20 % holds 0.2: so does a share, while a column in percent has 20."""
    if is_percent and column.unit == "percent":
        value = round(value * 100, 10)
    if column.type == ColumnType.DATE:
        return f"{value:g}", "is a number, not a date: format the cell as a date"
    if value.is_integer():
        return str(int(value)), ""
    if column.type == ColumnType.INT:
        return repr(value), f"is {value:g}: give a whole number"
    return repr(round(value, 4) if column.type == ColumnType.DECIMAL else value), ""


def _words(column: Column, text: str) -> tuple[str, str]:
    """Text; a number written as text with a percent sign is taken as the number it says."""
    if column.type in NUMBERS and text.endswith("%"):
        try:
            return _number(column, float(text[:-1].strip()) / 100, is_percent=True)
        except ValueError:
            return text, f"{text!r} is not a number: give it with a decimal point, such as 70.5 %"
    return text, ""


def _csv_text(sheet: SheetRows) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in sheet.table.columns])
    writer.writerows(sheet.lines)
    return buffer.getvalue()


def _at_cell(problem: PlanProblem, sheets: dict[str, SheetRows]) -> str:
    """The problem with the cell of the workbook it came from; of a table that has no sheet, with file and line."""
    sheet = sheets.get(problem.file)
    if sheet is None or problem.line is None or not 2 <= problem.line < len(sheet.rows) + 2:
        return str(problem)
    row = sheet.rows[problem.line - 2]
    letter = sheet.letters.get((problem.column or "").split(",")[0].strip(), "")
    place = f"cell {letter}{row}" if letter else f"row {row}"
    return f"sheet {sheet.table.table}, {place}, {replace(problem, line=None)}".replace(f"{problem.file}, ", "", 1)


def _changes(texts: dict[str, str], plan_dir: Path) -> Imported:
    files: dict[str, str] = {}
    diff: list[str] = []
    for name, text in sorted(texts.items()):
        path = plan_dir / plan_file(name)
        before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        if _same_rows(before, text):
            continue
        files[path.name] = text
        diff += _diff(path.name, before.splitlines(), text.splitlines())
    return Imported(files, diff)


def _same_rows(before: str, after: str) -> bool:
    """Whether two files say the same: 44000.00 and 44000 do."""
    rows = [[[_plain(text) for text in row] for row in csv.reader(io.StringIO(text))] for text in (before, after)]
    return rows[0] == rows[1]


def _plain(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text.removesuffix("Z") if len(text) > 10 and text[4:5] == "-" else text


def _diff(name: str, before: Sequence[str], after: Iterable[str]) -> list[str]:
    return list(difflib.unified_diff(before, list(after), f"a/{name}", f"b/{name}", lineterm="", n=0))
