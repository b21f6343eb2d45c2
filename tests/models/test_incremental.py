"""Built day by day, the marts are those of a full refresh; built twice, they are untouched."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.models.company import MARTS, PLAN, PREPARE, WHOLE, Company, differences
from tests.models.history import History

# The week's Sunday is the day New York's clocks go forward.
FIRST_DAY = date(2026, 3, 5)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range(5)]
REPEATED, REPLANNED, INTERRUPTED = DAYS[1], DAYS[2], DAYS[3]
LAST_DAY = DAYS[-1]
PRICED = {
    **PLAN,
    "capacity": [{**row, "hourly_cost": "60"} for row in PLAN["capacity"]],
    "sla_policy": [{**row, "late_cost": "33.33"} for row in PLAN["sla_policy"]],
}
COST_RULES: dict[str, dict[str, Any]] = {
    "role": {},
    "email": {"cost_lead": False, "cost_minutes": 7.0, "cost_amount": "1.01"},
}


SEEDS = (20260305, 7)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Company]:
    """The company of a seed, built once."""
    return cache(lambda seed: _five_days(Path(tmp_path_factory.mktemp("history")), seed))


@pytest.fixture(scope="module")
def company(built: Callable[[int], Company]) -> Company:
    return built(SEEDS[0])


def _five_days(home: Path, seed: int) -> Company:
    """Five days of a bad history, each inspected; one cut off before its marts, one run twice with more landed."""
    company = Company(home, plan=PRICED)
    history = History(seed, FIRST_DAY)
    company.land_plan(FIRST_DAY - timedelta(days=60))
    for day in DAYS:
        if day == REPLANNED:
            company.land_plan(day, history.changed_plan())
        _land(company, history.day(day), day)
        _run(company, day)
        if day in (INTERRUPTED, REPEATED):
            _land(company, history.day(day), day)
            company.build(day, *PREPARE)
        if day == REPEATED:
            _run(company, day)
    return company


def _land(company: Company, delivered: Mapping[str, list[dict[str, Any]]], day: date) -> None:
    for feed, rows in delivered.items():
        company.land(feed, rows, day)


def _run(company: Company, day: date) -> None:
    _waive(company, day)
    company.build(day, *PREPARE)
    _inspect(company, day)
    company.build(day, *MARTS)


def _inspect(company: Company, day: date) -> None:
    """Judge each subject by nothing but its hash; log who changed since, with a defect where the judgement is bad."""
    subjects = company.rows("select lead_id, handed_off_at, subject_hash from intermediate.int_inspection_subjects")
    verdicts = [
        {"lead_id": lead, "handed_off_at": at, "subject_hash": digest, "verdict": _verdict(digest)}
        for lead, at, digest in subjects
    ]
    defects = [
        {"lead_id": lead, "criterion_code": code, **COST_RULES[code]}
        for lead, _, digest in subjects
        if _verdict(digest) == "defective"
        for code in ("role", "email")[: 1 + int(digest[1], 16) % 2]
    ]
    company.inspect(day, verdicts, defects)


def _waive(company: Company, day: date) -> None:
    """Waive every lead's `role` until tomorrow; every other day, withdraw that."""
    with duckdb.connect() as log:
        results = f"{company.settings.raw}/andon/lead_criterion_results/*.parquet"
        failed = log.execute(f"select distinct lead_id from '{results}' order by all").fetchall()
    at = company.as_of(day) - timedelta(hours=1)
    said = {"criterion_code": "role", "by_role": "sales_lead", "reason": "known", "recorded_at": at}
    other = {"action": "waive", "until": day + timedelta(days=1)} if day.day % 2 else {"action": "withdraw"}
    company.waive(day, [{"waiver_id": f"{lead}{day}", "lead_id": lead, **said, **other} for (lead,) in failed])


def _verdict(digest: str) -> str:
    return ("ready", "defective", "unevaluable")[int(digest[0], 16) % 3]


@pytest.mark.parametrize("seed", SEEDS)
def test_built_day_by_day_the_marts_are_those_of_a_full_refresh(built: Callable[[int], Company], seed: int) -> None:
    company = built(seed)
    whole = Company(company.home, warehouse_folder="whole")
    whole.build(LAST_DAY, *WHOLE, full_refresh=True)
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{company.home}'")
        connection.execute(f"attach '{company.warehouse}' as daily (read_only)")
        connection.execute(f"attach '{whole.warehouse}' as whole (read_only)")
        assert connection.execute("select count(*) from whole.marts.fct_leads").fetchone() != (0,)
        assert differences(connection, "daily", "whole") == {}


@pytest.fixture(scope="module")
def built_again(company: Company) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """When each lead was written, before and after the whole is built once more, a day later."""
    query = """
        select lead_id, _modelled_at from marts.fct_leads
        union all
        select lead_id, _modelled_at from intermediate.int_leads
    """
    before = sorted(company.rows(query))
    company.build(LAST_DAY + timedelta(days=1), *WHOLE)
    return before, sorted(company.rows(query))


def test_built_again_nothing_is_written(built_again: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]) -> None:
    before, after = built_again
    assert before
    assert after == before


@pytest.mark.usefixtures("built_again")
def test_the_checks_hold_on_a_bad_history(company: Company) -> None:
    company.build(LAST_DAY, "--select", "test_type:data", command="test")


def test_the_models_own_unit_tests_pass(company: Company) -> None:
    company.build(LAST_DAY, "--select", "test_type:unit", command="test")
