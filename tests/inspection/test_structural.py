"""Each structural rule holds on sound data, and one bad row breaks it; what cannot be read is no pass."""

import duckdb
import pytest

from expectations.structural import (
    Finding,
    Rule,
    accepted,
    findings,
    key,
    reference,
    row_holds,
    same_total,
    suites_of,
    sums_to_one,
)
from expectations.suites import run_suites

RULES: dict[str, tuple[Rule, str]] = {
    "key, repeated": (key("main.leads", "lead_id", "model"), "insert into leads values ('a', 'first', 0.0, 'USD', 0)"),
    "key, null": (key("main.leads", "lead_id", "model"), "insert into leads values (null, 'first', 0.0, 'USD', 0)"),
    "reference": (
        reference("main.leads", "lead_id", "main.known", "lead_id"),
        "insert into leads values ('z', 'first', 1.0, 'USD', 0)",
    ),
    "accepted": (accepted("main.leads", "currency", "USD"), "update leads set currency = 'EUR' where lead_id = 'b'"),
    "row holds": (row_holds("main.leads", "paid", "it was paid", "paid >= 0"), "update leads set paid = null"),
    "sum to one": (sums_to_one("main.leads", "credit", "lead_id"), "update leads set credit = 0.4 where lead_id = 'a'"),
    "same total": (same_total("main.leads", "paid", "main.known", "paid"), "update known set paid = paid + 1"),
    "total of nothing": (same_total("main.leads", "paid", "main.known", "paid"), "delete from leads"),
}


def judged(rule: Rule, change: str = "") -> Finding:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as db")
        con.execute("use db")
        con.execute("create table leads (lead_id text, model text, credit double, currency text, paid int)")
        con.execute("insert into leads values ('a', 'first', 0.5, 'USD', 3), ('a', 'last', 0.5, 'USD', 4)")
        con.execute("insert into leads values ('b', 'x', 1, null, 5)")
        con.execute("create table known as select * from (values ('a', 7), ('b', 5)) as t (lead_id, paid)")
        con.execute(change or "select 1")
        return findings([rule], run_suites(con, suites_of([rule], "db")))[0]


@pytest.mark.parametrize(("rule", "break_it"), RULES.values(), ids=RULES)
def test_a_rule_holds_on_sound_data_and_breaks_with_one_change(rule: Rule, break_it: str) -> None:
    assert judged(rule).holds
    broken = judged(rule, break_it)
    assert broken.error is None
    assert broken.failing > 0


def test_a_relation_that_is_not_there_could_not_be_evaluated_and_does_not_hold() -> None:
    finding = judged(key("main.nowhere", "id"))
    assert finding.error is not None
    assert not finding.holds


def test_a_rule_that_was_not_run_does_not_hold() -> None:
    assert not findings([key("main.leads", "lead_id")], {})[0].holds


def test_a_session_leaves_nothing_open_on_the_connection() -> None:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as db")
        con.execute("create table db.leads as select 'a' as lead_id")
        run_suites(con, suites_of([key("main.leads", "lead_id")], "db"))
        assert con.execute("select count from duckdb_connection_count()").fetchall() == [(1,)]
