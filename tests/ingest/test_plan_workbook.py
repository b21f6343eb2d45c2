"""The plan as a spreadsheet: exported, changed, imported whole or not at all, with problems by sheet and cell."""

import shutil
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from orchestration.ingest.plan import check_plan
from orchestration.ingest.plan_workbook import SHEETS, WorkbookError, export_plan, read_workbook, write_import
from orchestration.settings import DBT_PROJECT

SAMPLE = DBT_PROJECT / "seeds" / "plan"
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "plan"))


@pytest.fixture
def book(tmp_path: Path, plan: Path) -> Path:
    path = tmp_path / "plan.xlsx"
    export_plan(plan, path)
    return path


def change(path: Path, **cells: object) -> None:
    """Set cells, named sheet__A1, of the workbook at `path`."""
    workbook = openpyxl.load_workbook(path)
    for name, value in cells.items():
        sheet, address = name.split("__")
        workbook[sheet][address] = value
    workbook.save(path)


def shows(diff: list[str], line: str) -> bool:
    """Whether the differences have a line that begins so; later columns are not looked at."""
    return any(each == line or each.startswith(f"{line},") for each in diff)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_export_has_a_sheet_per_table_with_typed_cells_and_says_what_each_column_means(book: Path):
    workbook = openpyxl.load_workbook(book)
    assert workbook.sheetnames == list(SHEETS)
    targets = workbook["targets"]
    assert (targets["B2"].value, targets["F2"].value) == (datetime.fromisoformat("2024-12-30"), 44000)
    assert workbook["sources"]["D2"].value is True
    assert "business currency per week" in targets["F1"].comment.text


def test_an_export_imported_again_changes_nothing(plan: Path, book: Path):
    imported = read_workbook(book, plan, ZONE)
    assert (imported.files, imported.diff) == ({}, [])


def test_a_change_is_shown_line_by_line_and_written_as_a_sound_plan(plan: Path, book: Path):
    change(book, capacity__D2=14, holidays__A32=date(2026, 12, 24), holidays__B32="Christmas Eve")
    imported = read_workbook(book, plan, ZONE)
    assert shows(imported.diff, "-sdr,2025-01-01,,12,40,0.7,20")
    assert shows(imported.diff, "+sdr,2025-01-01,,14,40,0.7,20")
    assert "+2026-12-24,Christmas Eve" in imported.diff
    before = contents(plan)
    write_import(imported, plan)
    changed = {name for name, content in contents(plan).items() if before[name] != content}
    assert changed == {"capacity.csv", "holidays.csv"}
    assert check_plan(plan, ZONE) == []


def test_a_problem_of_any_cell_is_named_by_its_address_and_nothing_is_written(plan: Path, book: Path):
    before = contents(plan)
    change(book, targets__E2="nowhere", capacity__E3=-1, capacity__D2=15)
    with pytest.raises(WorkbookError) as error:
        read_workbook(book, plan, ZONE)
    text = str(error.value)
    assert "sheet targets, cell E2, segment: 'nowhere' is not in segments.csv" in text
    assert "sheet capacity, cell E3, hours_per_week: -1.0 is out of bounds" in text
    assert contents(plan) == before


def test_blank_rows_are_skipped_and_problems_still_point_to_the_cell(plan: Path, book: Path):
    workbook = openpyxl.load_workbook(book)
    workbook["owners"].insert_rows(3, amount=2)
    workbook["owners"]["A20"] = "ghost"
    workbook["owners"]["A5"] = None
    workbook.save(book)
    with pytest.raises(WorkbookError) as error:
        read_workbook(book, plan, ZONE)
    assert "sheet owners, cell A5" in str(error.value)


@pytest.mark.parametrize(
    ("cell", "value", "number_format", "line"),
    [
        ("capacity__F2", 0.65, "0%", "+sdr,2025-01-01,,12,40,0.65,20"),
        ("capacity__F2", "65 %", "@", "+sdr,2025-01-01,,12,40,0.65,20"),
        ("capacity__B2", datetime.fromisoformat("2024-12-30"), "dd/mm/yyyy", "+sdr,2024-12-30,,12,40,0.7,20"),
        ("capacity__G2", "18", "@", "+sdr,2025-01-01,,12,40,0.7,18"),
    ],
    ids=["percent cell", "percent as text", "date cell", "number as text"],
)
def test_dates_percents_and_numbers_are_what_they_show(
    plan: Path, book: Path, cell: str, value: object, number_format: str, line: str
):
    workbook = openpyxl.load_workbook(book)
    sheet, address = cell.split("__")
    workbook[sheet][address] = value
    workbook[sheet][address].number_format = number_format
    workbook.save(book)
    assert shows(read_workbook(book, plan, ZONE).diff, line)


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ("capacity__D2", "=10+2", "cell D2, people: the formula has no stored value"),
        ("capacity__D2", 12.5, "cell D2, people: is 12.5: give a whole number"),
        ("capacity__D2", "twelve", "cell D2, people: 'twelve' is not a whole number"),
        ("capacity__B2", 45658, "cell B2, valid_from: is a number, not a date"),
        (
            "capacity__B2",
            datetime.fromisoformat("2025-01-01T09:30:00"),
            "cell B2, valid_from: is a date with a time of day",
        ),
        ("capacity__D1", "staff", "cell D1: 'staff' is no column of this table"),
        ("capacity__D2", None, "cell D2, people: people"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_by_its_address(plan: Path, book: Path, cell, value, message):
    change(book, **{cell: value})
    workbook = openpyxl.load_workbook(book)
    if isinstance(value, int):
        workbook["capacity"][cell.split("__")[1]].number_format = "General"
        workbook.save(book)
    with pytest.raises(WorkbookError) as error:
        read_workbook(book, plan, ZONE)
    assert f"sheet capacity, {message}" in str(error.value)


def test_a_formula_counts_by_its_stored_value(plan: Path, book: Path, tmp_path: Path):
    # As a spreadsheet program stores it: the formula and beside it the value it had.
    change(book, capacity__D2="=10+2")
    stored = tmp_path / "stored.xlsx"
    _store_value(book, stored, "<f>10+2</f>", "<f>10+2</f><v>13</v>")
    assert shows(read_workbook(stored, plan, ZONE).diff, "+sdr,2025-01-01,,13,40,0.7,20")


def test_an_unknown_sheet_and_a_file_that_is_no_workbook_are_refused(plan: Path, book: Path, tmp_path: Path):
    workbook = openpyxl.load_workbook(book)
    workbook.create_sheet("notes")
    workbook.save(book)
    with pytest.raises(WorkbookError, match="sheet 'notes' is no table of the plan"):
        read_workbook(book, plan, ZONE)
    text = tmp_path / "plan.txt"
    text.write_text("no workbook")
    with pytest.raises(WorkbookError, match=r"save it as \.xlsx"):
        read_workbook(text, plan, ZONE)
    with pytest.raises(WorkbookError, match="no such file"):
        read_workbook(tmp_path / "gone.xlsx", plan, ZONE)


def test_a_workbook_with_some_sheets_leaves_the_other_tables_as_they_are(plan: Path, book: Path):
    workbook = openpyxl.load_workbook(book)
    for name in workbook.sheetnames:
        if name != "capacity":
            del workbook[name]
    workbook["capacity"]["D2"] = 13
    workbook.save(book)
    imported = read_workbook(book, plan, ZONE)
    assert list(imported.files) == ["capacity.csv"]
    assert set(imported.kept) == SHEETS.keys() - {"capacity"}


def test_merged_cells_are_refused_by_their_address_and_not_as_empty_ones(plan: Path, book: Path):
    workbook = openpyxl.load_workbook(book)
    workbook["targets"].merge_cells("A2:A3")
    workbook.save(book)
    with pytest.raises(WorkbookError) as error:
        read_workbook(book, plan, ZONE)
    assert str(error.value) == (
        "sheet targets, cells A2:A3: are merged, and all but the first are empty:"
        " take the merge back and fill in every cell"
    )


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        (
            "capacity__F2",
            "0,7",
            "F2, availability: '0,7' is not a finite number: deliver a plain number",
        ),
        ("capacity__F2", "70,5 %", "F2, availability: '70,5 %' is not a number: give it with a decimal point"),
        ("targets__F2", "44.000,00", "F2, spend: '44.000,00' is not an amount"),
        ("targets__B2", "30.12.2024", "B2, week_from: '30.12.2024' is not a date"),
    ],
)
def test_what_is_written_the_german_way_is_named_by_its_cell_and_never_guessed(
    plan: Path, book: Path, cell: str, value: str, message: str
):
    change(book, **{cell: value})
    with pytest.raises(WorkbookError) as error:
        read_workbook(book, plan, ZONE)
    assert f"sheet {cell.split('__')[0]}, cell {message}" in str(error.value)


def _store_value(source: Path, target: Path, before: str, after: str) -> None:
    import zipfile

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content = content.replace(before.encode() + b"<v />", after.encode())
                content = content.replace(before.encode() + b"<v></v>", after.encode())
                content = content.replace(before.encode() + b"<v/>", after.encode())
            new.writestr(name, content)
