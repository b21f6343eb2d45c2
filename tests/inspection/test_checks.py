"""What each check kind answers: passes, fails, or could not be evaluated; judged here by plain Python, not by SQL."""

from datetime import timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.compile import predicate
from tests.inspection.leads import HANDED_OFF, at, contract_of, create_subjects, criterion

PASS, FAIL, UNEVALUABLE = True, False, None


def answers(check: dict[str, Any], rows: list[dict[str, Any]]) -> list[bool | None]:
    compiled = predicate(contract_of(criterion(check)).criteria[0].check)
    with duckdb.connect() as con:
        relation = create_subjects(con, rows)
        found = con.execute(f"select {compiled} from {relation} order by rowid").fetchall()
    return [row[0] for row in found]


CASES: list[tuple[str, dict[str, Any], dict[str, Any], bool | None]] = [
    ("required, there", {"kind": "required", "column": "title"}, {"title": "VP"}, PASS),
    ("required, absent", {"kind": "required", "column": "title"}, {}, FAIL),
    ("one of", {"kind": "one_of", "column": "country", "values": ["US", "NO"]}, {"country": "NO"}, PASS),
    ("none of", {"kind": "one_of", "column": "country", "values": ["US", "NO"]}, {"country": "BR"}, FAIL),
    ("case counts", {"kind": "one_of", "column": "country", "values": ["US"]}, {"country": "us"}, FAIL),
    ("one of, absent", {"kind": "one_of", "column": "country", "values": ["US"]}, {}, UNEVALUABLE),
    ("one of, number", {"kind": "one_of", "column": "employees", "values": [1, 2.5]}, {"employees": 2.5}, PASS),
    ("not one of", {"kind": "not_one_of", "column": "is_customer", "values": [True]}, {"is_customer": False}, PASS),
    ("one of those", {"kind": "not_one_of", "column": "is_customer", "values": [True]}, {"is_customer": True}, FAIL),
    ("not one of, absent", {"kind": "not_one_of", "column": "is_customer", "values": [True]}, {}, UNEVALUABLE),
    ("between, low end", {"kind": "between", "column": "employees", "min": 10, "max": 20}, {"employees": 10}, PASS),
    ("between, high end", {"kind": "between", "column": "employees", "min": 10, "max": 20}, {"employees": 20}, PASS),
    ("below", {"kind": "between", "column": "employees", "min": 10, "max": 20}, {"employees": 9.99}, FAIL),
    ("above", {"kind": "between", "column": "employees", "min": 10, "max": 20}, {"employees": 20.01}, FAIL),
    ("between, absent", {"kind": "between", "column": "employees", "min": 10, "max": 20}, {}, UNEVALUABLE),
    ("at least", {"kind": "at_least", "column": "score", "min": 50}, {"score": 50}, PASS),
    ("less", {"kind": "at_least", "column": "score", "min": 50}, {"score": 49.9}, FAIL),
    ("matches", {"kind": "matches", "column": "title", "pattern": r"(?i)\bvp\b"}, {"title": "EVP, VP Ops"}, PASS),
    ("does not match", {"kind": "matches", "column": "title", "pattern": r"\bVP\b"}, {"title": "SVP"}, FAIL),
    ("matches, absent", {"kind": "matches", "column": "title", "pattern": "VP"}, {}, UNEVALUABLE),
    ("not matches", {"kind": "not_matches", "column": "title", "pattern": "a{2}"}, {"title": "banana"}, PASS),
    ("found after all", {"kind": "not_matches", "column": "title", "pattern": "a{2}"}, {"title": "Saar"}, FAIL),
    ("another domain", {"kind": "domain_not_in", "lists": ["free_mail"]}, {"email_domain": "acme.com"}, PASS),
    ("free mail", {"kind": "domain_not_in", "lists": ["free_mail"]}, {"email_domain": "GMail.com"}, FAIL),
    ("like free mail", {"kind": "domain_not_in", "lists": ["free_mail"]}, {"email_domain": "notgmail.com"}, PASS),
    ("disposable", {"kind": "domain_not_in", "lists": ["free_mail", "disposable"]},
     {"email_domain": "yopmail.com"}, FAIL),
    ("named domain", {"kind": "domain_not_in", "domains": ["Rival.example"]}, {"email_domain": "rival.example"}, FAIL),
    ("no domain", {"kind": "domain_not_in", "lists": ["free_mail"]}, {}, UNEVALUABLE),
    ("nobody before", {"kind": "unique_within", "days": 30}, {"email": "a@b.co"}, PASS),
    ("on the last day", {"kind": "unique_within", "days": 30}, {"email": "a@b.co", "days_since_same_email": 30}, FAIL),
    ("a day later", {"kind": "unique_within", "days": 30}, {"email": "a@b.co", "days_since_same_email": 31}, PASS),
    ("no address", {"kind": "unique_within", "days": 30}, {}, UNEVALUABLE),
    ("recent", {"kind": "recent_within", "column": "last_touch_at", "days": 7},
     {"last_touch_at": HANDED_OFF - timedelta(days=7)}, PASS),
    ("not recent", {"kind": "recent_within", "column": "last_touch_at", "days": 7},
     {"last_touch_at": HANDED_OFF - timedelta(days=7, seconds=1)}, FAIL),
    ("never", {"kind": "recent_within", "column": "last_touch_at", "days": 7}, {}, UNEVALUABLE),
    ("consent", {"kind": "consent_given"}, {"consent": True}, PASS),
    ("no consent", {"kind": "consent_given"}, {"consent": False}, FAIL),
    ("consent not recorded is not given", {"kind": "consent_given"}, {}, FAIL),
    ("absent is a defect if so stated", {"kind": "at_least", "column": "score", "min": 1, "when_missing": "defect"},
     {}, FAIL),
    ("absent passes if so stated", {"kind": "at_least", "column": "score", "min": 1, "when_missing": "pass"}, {}, PASS),
    ("consent may be left open", {"kind": "consent_given", "when_missing": "unevaluable"}, {}, UNEVALUABLE),
]  # fmt: skip


@pytest.mark.parametrize(("check", "row", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_check_answers_pass_fail_or_unevaluable(
    check: dict[str, Any], row: dict[str, Any], expected: bool | None
) -> None:
    assert answers(check, [row]) == [expected]


A = {"kind": "one_of", "column": "country", "values": ["US"]}
B = {"kind": "at_least", "column": "employees", "min": 10}
COUNTRY = {True: "US", False: "BR", None: None}
SIZE = {True: 10, False: 9, None: None}


@pytest.mark.parametrize("a", [True, False, None])
@pytest.mark.parametrize("b", [True, False, None])
def test_compounds_follow_kleene_logic(a: bool | None, b: bool | None) -> None:
    row = {"country": COUNTRY[a], "employees": SIZE[b]}
    any_of = True if True in (a, b) else None if None in (a, b) else False
    all_of = False if False in (a, b) else None if None in (a, b) else True
    assert answers({"kind": "any_of", "checks": [A, B]}, [row]) == [any_of]
    assert answers({"kind": "all_of", "checks": [A, B]}, [row]) == [all_of]


LOCAL = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+/=?^_`{|}~-.")
LABEL = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def well_formed(address: str) -> bool:
    """The rule for addresses in plain Python, character by character."""
    local, at, domain = address.rpartition("@")
    if not at or not local or len(address) > 254 or set(local) - LOCAL:
        return False
    labels = domain.split(".")
    if local[0] == "." or local[-1] == "." or ".." in local or len(labels) < 2:
        return False
    return all(label and label[0] != "-" and label[-1] != "-" and not set(label) - LABEL for label in labels)


ADDRESSES = [
    "jo@acme.com", "j.o+x@mail.acme.co.uk", "o'neil@acme.com", "a@b", "@acme.com", "jo@", "jo@@acme.com", "jo acme.com",
    "jo@acme..com", ".jo@acme.com", "jo.@acme.com", "j..o@acme.com", "jo@-acme.com", "jo@acme-.com", "jo@acme.com\n",
    "jo@acme.com ", "jo@ácme.com", "jo@acme.c", "x" * 250 + "@a.co", "x" * 249 + "@a.co", "jo@a_b.com",
]  # fmt: skip


def test_addresses_are_judged_as_by_hand() -> None:
    found = answers({"kind": "valid_email"}, [{"email": address} for address in ADDRESSES])
    assert dict(zip(ADDRESSES, found, strict=True)) == {address: well_formed(address) for address in ADDRESSES}
    assert answers({"kind": "valid_email"}, [{}]) == [None]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text(alphabet="aZ9.-@_'+ é\n", min_size=1, max_size=14), min_size=40, max_size=60))
def test_any_text_is_judged_as_by_hand(addresses: list[str]) -> None:
    found = answers({"kind": "valid_email"}, [{"email": address} for address in addresses])
    assert found == [well_formed(address) for address in addresses]


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=30).filter(lambda t: all(ord(c) > 31 and ord(c) != 127 for c in t)), st.text())
def test_a_value_stays_a_value_whatever_it_holds(value: str, other: str) -> None:
    if "\0" in other:
        return
    found = answers({"kind": "one_of", "column": "title", "values": [value]}, [{"title": value}, {"title": other}])
    assert found == [True, other == value]


def test_days_are_counted_from_the_handoff_not_from_today() -> None:
    long_ago = at("2001-01-01")
    check = {"kind": "recent_within", "column": "last_touch_at", "days": 1}
    assert answers(check, [{"handed_off_at": long_ago, "last_touch_at": long_ago}]) == [True]
