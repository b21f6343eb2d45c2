"""What a defect costs, as its criterion says."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.contract import check_contract
from expectations.cost_rules import FlatRule, describe_rule, flatten
from expectations.judge import inspect
from tests.inspection.leads import AS_OF, ZONE, contract_of, create_subjects, criterion

RULE = """\
version: "1"
title: Test
signatures: [{by: marketing_lead, on: 2024-12-01}, {by: sales_lead, on: 2024-12-02}]
criteria:
  - code: size
    version: 1
    title: Large enough
    check: {kind: at_least, column: employees, min: 100}
    cost_rule: COST
    severity: major
    owner: marketing_ops
    reason_category: wrong_segment
    valid_from: 2025-01-01
"""

ALL = [
    {"kind": "lead_cost"},
    {"kind": "sales_time", "minutes": 5},
    {"kind": "team_time", "team": "ops", "minutes": 10},
    {"kind": "amount", "amount": 2.5},
]


def flat(rule: list[dict[str, Any]] | None) -> FlatRule:
    return flatten(contract_of(criterion({"kind": "consent_given"}, cost_rule=rule)).criteria[0].cost_rule)


def test_without_a_rule_the_purchase_and_the_planned_time_are_lost() -> None:
    assert flat(None) == FlatRule(True, None, None, None, None)


def test_a_rule_states_each_part_and_what_it_leaves_out_costs_nothing() -> None:
    assert flat(ALL) == FlatRule(True, 5.0, "ops", 10.0, Decimal("2.50"))
    assert flat([{"kind": "sales_time"}]) == FlatRule(False, None, None, None, None)
    assert flat([]) == FlatRule(False, 0.0, None, None, None)


def test_a_rule_reads_as_words() -> None:
    contract = contract_of(criterion({"kind": "consent_given"}, cost_rule=ALL))
    assert describe_rule(contract.criteria[0].cost_rule) == "lead cost + 5 min of sales + 10 min of ops + 2.50 fixed"
    assert describe_rule([]) == "nothing"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("[{kind: lead_cost}, {kind: lead_cost}]", "9: size.cost_rule: lead_cost stands more than once"),
        ("[{kind: sales_time, minutes: -1}]", "9: size.minutes: Input should be greater than or equal to 0"),
        ("[{kind: sales_time, minutes: '5'}]", "9: size.minutes: must be a number"),
        ("[{kind: team_time, minutes: 5}]", "9: size.team: is missing; add it"),
        ('[{kind: team_time, team: "x\'; drop table y", minutes: 5}]', "9: size.team: String should match pattern"),
        ("[{kind: bribe, amount: 5}]", "9: size.cost_rule: Input tag 'bribe'"),
        ("[{kind: amount, amount: .inf}]", "9: size.amount: Input should be less than or equal to"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, rule: str, expected: str) -> None:
    path = tmp_path / "criteria.yml"
    path.write_text(RULE.replace("COST", rule))
    found = [str(problem).removeprefix(f"{path}:") for problem in check_contract(path)]
    assert any(problem.startswith(expected) for problem in found), found


def test_the_rule_of_the_version_that_judged_rides_in_the_log() -> None:
    check = {"kind": "required", "column": "title"}
    with duckdb.connect() as con:
        subjects = create_subjects(con, [{"title": None}])
        [row] = (
            inspect(con, contract_of(criterion(check, cost_rule=ALL)), subjects, AS_OF, ZONE).result_table().to_pylist()
        )
    stated = {name: value for name, value in row.items() if name.startswith("cost_")}
    assert stated == {
        "cost_lead": True, "cost_minutes": 5.0, "cost_team": "ops", "cost_team_minutes": 10.0,
        "cost_amount": Decimal("2.50"),
    }  # fmt: skip
