"""Two sets of criteria over the same leads: who is newly defective or ready, and what that costs."""

from typing import Any

import duckdb

from expectations.replay import Cell, Rates, as_one_set, replay
from tests.inspection.leads import ZONE, contract_of, create_subjects, criterion

PLAN = Rates(minutes_per_lead=15, hourly_cost=60, team_hourly_cost={"sdr": 60, "ops": 30})
TITLE = criterion({"kind": "required", "column": "title"}, "title")
SIZE = criterion({"kind": "at_least", "column": "employees", "min": 100}, "size", valid_to="2025-03-31")
STRICT = criterion({"kind": "at_least", "column": "employees", "min": 500}, "size", version=2, valid_from="2030-01-01")

LEADS: list[dict[str, Any]] = [
    {"title": "VP", "employees": 900, "source": "search"},
    {"title": "VP", "employees": 300, "source": "search", "accepted": True},
    {"title": None, "employees": 300, "source": "search"},
    {"title": "VP", "employees": None, "source": "events"},
]


def replayed(before: list[dict[str, Any]], after: list[dict[str, Any]], rates: Rates = PLAN) -> tuple[Any, Any]:
    with duckdb.connect() as con:
        subjects = create_subjects(con, [{k: v for k, v in lead.items() if k != "accepted"} for lead in LEADS])
        accepted = ", ".join(f"'L{n}'" for n, lead in enumerate(LEADS) if lead.get("accepted"))
        con.execute(f"create table leads as select *, 88.00 as attributed_cost, lead_id in ({accepted}) as accepted"
                    f" from {subjects}")  # fmt: skip
        sets = [as_one_set(contract_of(*criteria).criteria) for criteria in (before, after)]
        return replay(con, sets[0], sets[1], "leads", ZONE, rates)


def test_who_would_be_newly_defective_by_source_and_what_it_costs() -> None:
    cells, _ = replayed([TITLE, SIZE], [TITLE, STRICT])
    # A defective lead costs 88 and a quarter of an hour at 60: 103.
    assert cells == [
        Cell("events", "enterprise", 1, 0, 0, 0, 0, 0, 0, 0.0, 0.0),
        Cell("search", "enterprise", 3, 1, 2, 1, 1, 0, 1, 103.0, 206.0),
    ]


def test_each_criterion_says_what_it_alone_decides() -> None:
    _, changes = replayed([TITLE, SIZE], [TITLE, STRICT])
    size = next(c for c in changes if c.code == "size" and c.source == "search")
    assert (size.version_before, size.version_after) == (1, 2)
    assert (size.failing_before, size.failing_after, size.newly_failing, size.newly_passing) == (0, 2, 2, 0)
    # Two fail the new size, one of them fails the title too.
    assert size.only_reason == 1
    events = next(c for c in changes if c.code == "size" and c.source == "events")
    assert events.unevaluable_after == 1


def test_an_added_and_a_removed_criterion_have_no_version_on_the_other_side() -> None:
    _, changes = replayed([SIZE], [TITLE])
    versions = {c.code: (c.version_before, c.version_after) for c in changes}
    assert versions == {"size": (1, None), "title": (None, 1)}


def test_a_lead_with_several_defects_is_bought_and_read_once() -> None:
    cheap = {**TITLE, "cost_rule": [{"kind": "sales_time", "minutes": 4}, {"kind": "amount", "amount": 2.5}]}
    repaired = {**STRICT, "cost_rule": [{"kind": "lead_cost"}, {"kind": "team_time", "team": "ops", "minutes": 10}]}
    cells, _ = replayed([TITLE], [cheap, repaired])
    search = next(cell for cell in cells if cell.source == "search")
    # 300 employees: 88 and 10 minutes at 30 (5); without a title too: 4 minutes at 60 (4) and 2.50 on top of that.
    assert search.cost_after == (88 + 5) + (88 + 5 + 4 + 2.5)


def test_without_a_plan_only_the_purchase_is_counted() -> None:
    cells, _ = replayed([TITLE], [TITLE], Rates(None, None, {}))
    assert sum(cell.cost_after for cell in cells) == 88.0
