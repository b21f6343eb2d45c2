"""Opportunities through three daily runs: visits that grow, a late row between two others, a reopening, a deletion."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.models.afresh import differences_from_afresh
from tests.models.company import Company
from tests.models.rows import entered, opportunity

PIPELINE = ["--select", "+path:models/marts/pipeline"]
MONDAY, TUESDAY, NEXT_MONDAY = (date(2026, 3, day) for day in (2, 3, 9))
CREATED = "2026-03-02T11:00Z"


@dataclass(frozen=True)
class Weeks:
    """The company after its last daily run, and the visits of O1 after each."""

    company: Company
    visits_after: Mapping[date, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    company = Company(Path(tmp_path_factory.mktemp("pipeline")))
    company.land_plan(date(2025, 12, 20))
    visits: dict[date, list[tuple[Any, ...]]] = {}
    for day, news in ((MONDAY, _monday), (TUESDAY, _tuesday), (NEXT_MONDAY, _next_monday)):
        news(company)
        company.run_day(day, PIPELINE, command="build" if day == NEXT_MONDAY else "run")
        visits[day] = company.rows(
            "select stage, movement, dwell_days, is_censored from marts.fct_stage_visits"
            " where opportunity_id = 'O1' order by visit_no"
        )
    return Weeks(company, visits)


def _monday(company: Company) -> None:
    company.land(
        "crm.opportunities",
        [opportunity(f"O{n}", None, CREATED, "Discovery", account_id=f"A{n}") for n in (1, 2, 3)],
        MONDAY,
    )
    company.land("crm.opportunity_stages", [entered(f"H{n}", f"O{n}", CREATED, "Discovery") for n in (1, 2, 3)], MONDAY)


def _tuesday(company: Company) -> None:
    company.land(
        "crm.opportunity_stages",
        [entered("H4", "O1", "2026-03-03T23:00Z", "Proposal"), entered("H5", "O2", "2026-03-03T11:00Z", "Closed Lost")],
        TUESDAY,
    )


def _next_monday(company: Company) -> None:
    """O1's evaluation turns up late, between its two visits; O2 is reopened; O3 is deleted."""
    company.land(
        "crm.opportunity_stages",
        [entered("H6", "O1", "2026-03-03T11:00Z", "Evaluation"), entered("H7", "O2", "2026-03-09T11:00Z", "Discovery")],
        NEXT_MONDAY,
    )
    company.land(
        "crm.opportunities",
        [opportunity("O3", None, CREATED, "Discovery", account_id="A3", updated_at="2026-03-09T15:00Z",
                     is_deleted=True)],
        NEXT_MONDAY,
    )  # fmt: skip


def test_an_open_visit_grows_with_the_days(weeks: Weeks) -> None:
    # Monday is judged on Tuesday at 06:00 New York, 11:00 UTC.
    assert weeks.visits_after[MONDAY] == [("discovery", "first", 1.0, True)]


def test_a_stage_that_turns_up_late_splits_the_visit_it_falls_into(weeks: Weeks) -> None:
    assert weeks.visits_after[TUESDAY] == [("discovery", "first", 1.5, False), ("proposal", "skip", 0.5, True)]
    assert weeks.visits_after[NEXT_MONDAY] == [
        ("discovery", "first", 1.0, False),
        ("evaluation", "forward", 0.5, False),
        ("proposal", "forward", 6 + 11 / 24, True),
    ]


def test_weeks_count_entries_exits_and_what_is_left(weeks: Weeks) -> None:
    found = weeks.company.rows(
        "select iso_week, stage, entries, exits, wip_at_close, throughput, conversion from marts.fct_pipeline_weekly"
        " order by iso_week, stage_order"
    )
    assert found == [
        ("2026-W10", "discovery", 2, 2, 0, 1, 0.5),
        ("2026-W10", "evaluation", 1, 1, 0, 1, 1.0),
        ("2026-W10", "proposal", 1, 0, 1, 0, None),
        ("2026-W11", "discovery", 1, 0, 1, 0, None),
        ("2026-W11", "proposal", 0, 0, 1, 0, None),
    ]


def test_accounts_count_what_is_not_deleted(weeks: Weeks) -> None:
    found = weeks.company.rows(
        "select account_id, open_opportunities, steps, stage, has_advanced from marts.fct_account_velocity order by 1"
    )
    assert found == [("A1", 1, 2, "proposal", False), ("A2", 1, 1, "discovery", False)]


def test_daily_runs_end_where_a_full_refresh_does(weeks: Weeks, tmp_path: Path) -> None:
    assert differences_from_afresh(weeks.company, tmp_path, NEXT_MONDAY, PIPELINE) == {}


def test_the_same_run_again_writes_nothing(weeks: Weeks) -> None:
    marks = "select opportunity_id, visit_no, _modelled_at from marts.fct_stage_visits order by all"
    before = weeks.company.rows(marks)
    weeks.company.run_day(NEXT_MONDAY, PIPELINE)
    assert weeks.company.rows(marks) == before
