"""A proposed change is tried on the published leads of the last whole weeks, and against what sales can work."""

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.commands.criteria_diff import show, write_csv
from orchestration.inspection.proposal import ProposalError, try_change
from orchestration.settings import Settings
from tests.inspection.leads import at, create_subjects

RULE = """\
version: "VERSION"
title: Test
criteria:
  - {code: size, version: 1, title: Size, check: {kind: at_least, column: employees, min: MIN}, severity: major,
     owner: marketing_ops, reason_category: wrong_segment, valid_from: 2025-01-01}
"""

# Inspected on Monday 16 June: the last two whole weeks are 2 to 15 June, in New York.
LEADS = [
    {"lead_id": "before", "employees": 50, "handed_off_at": at("2025-06-02T03:59"), "source": "search"},
    {"lead_id": "first", "employees": 150, "handed_off_at": at("2025-06-02T04:00"), "source": "=search"},
    {"lead_id": "second", "employees": 500, "handed_off_at": at("2025-06-10T15:00"), "source": "=search"},
    {"lead_id": "running", "employees": 150, "handed_off_at": at("2025-06-16T04:00"), "source": "search"},
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that has published four leads, and a team that can work one lead a week."""
    version = tmp_path / "served" / "v1"
    version.mkdir(parents=True)
    with duckdb.connect(str(version / "warehouse.duckdb")) as con:
        con.execute("create schema marts; use marts")
        create_subjects(con, LEADS, "lead_subjects")
        con.execute("alter table lead_subjects add column _modelled_at timestamp")
        con.execute("create table fct_leads as select lead_id, 88.00 as attributed_cost, null::timestamp as accepted_at"
                    " from lead_subjects")  # fmt: skip
        con.execute("create table lead_verdicts as select timestamp '2025-06-16 10:00' as inspected_at")
        con.execute("create table fct_handoffs as select 'sdr' as to_team, 1 as attempt_no")
        con.execute(
            "create table plan_capacity_weekly as select date '2025-06-09' as week_start, 'sdr' as team, 1.0 as people,"
            " 0.5 as hours_per_person, 0.5 as availability, 15.0 as minutes_per_lead, 60.0 as hourly_cost"
        )
    (tmp_path / "served" / "current").symlink_to(version)
    criteria = tmp_path / "criteria.yml"
    criteria.write_text(RULE.replace("VERSION", "1").replace("MIN", "100"))
    (tmp_path / "proposal.yml").write_text(RULE.replace("VERSION", "2").replace("MIN", "200"))
    return Settings(home=tmp_path, criteria_file=criteria)


def test_the_last_whole_weeks_are_replayed_in_business_time(settings: Settings) -> None:
    proposal = try_change(settings, "current", str(settings.home / "proposal.yml"), 2)
    assert (proposal.first, proposal.last) == (date(2025, 6, 2), date(2025, 6, 15))
    [cell] = proposal.cells
    assert (cell.leads, cell.ready_before, cell.ready_after, cell.newly_defective) == (2, 2, 1, 1)
    assert (cell.cost_before, cell.cost_after) == (0.0, 88 + 15)


def test_the_volume_is_set_against_what_sales_can_work(settings: Settings) -> None:
    proposal = try_change(settings, "1", str(settings.home / "proposal.yml"), 2)
    assert proposal.ready_per_week() == (1.0, 0.5)
    assert proposal.capacity is not None
    assert proposal.capacity.leads_per_week == 1.0


def test_it_reads_as_tables_and_a_csv_whose_cells_run_nothing(settings: Settings) -> None:
    proposal = try_change(settings, "current", str(settings.home / "proposal.yml"), 2)
    console = Console(width=160, record=True, file=None, quiet=False)
    show(console, proposal, "USD")
    text = console.export_text()
    assert "2 → 1" in text
    assert "sdr can work 1 leads a week: 100 % → 50 % used; that fits" in text
    write_csv(settings.home / "diff.csv", proposal)
    rows = list(csv.DictReader((settings.home / "diff.csv").open()))
    assert [(row["what"], row["source"], row["newly_defective"] or row["newly_failing"]) for row in rows] == [
        ("lead", "'=search", "1"),
        ("criterion", "'=search", "1"),
    ]


@pytest.mark.parametrize(
    ("named", "weeks", "expected"),
    [
        ("9", 2, "9 is neither a file nor a version of the criteria: there are 1, current"),
        ("broken.yml", 2, "broken.yml:1: document: "),
    ],
)
def test_what_cannot_be_tried_is_said_with_the_remedy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, named: str, weeks: int, expected: str
) -> None:
    monkeypatch.chdir(settings.home)
    Path("broken.yml").write_text("")
    with pytest.raises(ProposalError) as refusal:
        try_change(settings, "current", named, weeks)
    assert expected in str(refusal.value)


def test_without_a_lead_in_the_weeks_there_is_nothing_to_compare(settings: Settings) -> None:
    with duckdb.connect(str(settings.home / "served" / "v1" / "warehouse.duckdb")) as con:
        con.execute("delete from marts.lead_subjects")
    with pytest.raises(ProposalError, match="no lead was handed off from 2025-06-02 to 2025-06-15: give more --weeks"):
        try_change(settings, "current", "current", 2)
