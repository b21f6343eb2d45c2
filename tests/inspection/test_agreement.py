"""Great Expectations, the ledger and a judge in plain Python agree on the same leads, whatever the leads hold."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations import judge
from expectations.checks import read_domains
from expectations.judge import InspectionResult, LedgerMismatchError, SubjectsError, inspect
from expectations.suites import Outcome
from tests.inspection.leads import AS_OF, HANDED_OFF, ZONE, at, contract_of, create_subjects, criterion

Row = dict[str, Any]
FREE = set(read_domains("free_mail"))

CRITERIA = [
    criterion({"kind": "required", "column": "title"}, "title"),
    criterion({"kind": "one_of", "column": "country", "values": ["US", "NO"]}, "country"),
    criterion({"kind": "not_one_of", "column": "is_customer", "values": [True], "when_missing": "pass"}, "customer"),
    criterion({"kind": "at_least", "column": "employees", "min": 100, "when_missing": "defect"}, "size",
              valid_to="2025-05-31", segments=["enterprise"]),
    criterion({"kind": "at_least", "column": "employees", "min": 500}, "size", version=2, valid_from="2025-06-01",
              segments=["enterprise"]),
    criterion({"kind": "between", "column": "score", "min": 20, "max": 80}, "score"),
    criterion({"kind": "consent_given"}, "consent"),
    criterion({"kind": "matches", "column": "title", "pattern": "^(VP|O'x: {2})"}, "senior"),
    criterion({"kind": "domain_not_in", "lists": ["free_mail"]}, "domain"),
    criterion({"kind": "unique_within", "days": 30}, "unique"),
    criterion({"kind": "any_of", "checks": [
        {"kind": "one_of", "column": "company_segment", "values": ["enterprise"]},
        {"kind": "at_least", "column": "employees", "min": 900},
    ]}, "fit"),
]  # fmt: skip


def unknown_or(test: Callable[[Any], bool]) -> Callable[[Any], bool | None]:
    return lambda value: None if value is None else test(value)


def either(a: bool | None, b: bool | None) -> bool | None:
    return True if a or b else None if a is None or b is None else False


def judged_by_hand(row: Row) -> dict[str, bool | None]:
    """Each criterion that applies to the row: True passes, False fails, None could not be evaluated."""
    late = row["handed_off_at"] >= at("2025-06-01T04:00")
    answers: dict[str, bool | None] = {
        "title@1": row["title"] is not None,
        "country@1": unknown_or(lambda v: v in ("US", "NO"))(row["country"]),
        "customer@1": row["is_customer"] is not True,
        "score@1": unknown_or(lambda v: 20 <= v <= 80)(row["score"]),
        "consent@1": row["consent"] is True,
        "senior@1": unknown_or(lambda v: v.startswith(("VP", "O'x:  ")))(row["title"]),
        "domain@1": unknown_or(lambda v: v.lower() not in FREE)(row["email_domain"]),
        "unique@1": unknown_or(lambda _: (row["days_since_same_email"] or 31) > 30)(row["email"]),
        "fit@1": either(
            unknown_or(lambda v: v == "enterprise")(row["company_segment"]),
            unknown_or(lambda v: v >= 900)(row["employees"]),
        ),
    }
    if row["segment"] is None:
        answers["size@2" if late else "size@1"] = None
    elif row["segment"] == "enterprise" and late:
        answers["size@2"] = unknown_or(lambda v: v >= 500)(row["employees"])
    elif row["segment"] == "enterprise":
        answers["size@1"] = row["employees"] is not None and row["employees"] >= 100
    return answers


def verdict_by_hand(row: Row) -> str:
    answers = judged_by_hand(row).values()
    return "defective" if False in answers else "unevaluable" if None in answers else "ready"


def random_row(rng: random.Random) -> Row:
    def maybe(*values: Any) -> Any:
        return rng.choice([None, *values])

    return {
        "handed_off_at": at("2025-05-31T00:00") + timedelta(hours=rng.randrange(48)),
        "segment": maybe("enterprise", "mid_market"),
        "company_segment": maybe("enterprise", "mid_market"),
        "title": maybe("VP Sales", "O'x:  y", "Intern {x}", ":x"),
        "country": maybe("US", "NO", "BR"),
        "is_customer": maybe(True, False),
        "employees": maybe(99, 100, 499, 500, 900),
        "score": maybe(19.5, 20, 80, 80.5),
        "consent": maybe(True, False),
        "email": maybe("a@b.co"),
        "email_domain": maybe("gmail.com", "AOL.com", "acme.com"),
        "days_since_same_email": maybe(1, 30, 31),
    }


def run(rows: list[Row], con: duckdb.DuckDBPyConnection, without: str = "") -> InspectionResult:
    return inspect(con, contract_of(*CRITERIA), create_subjects(con, rows, without=without), AS_OF, ZONE)


def assert_agree(rows: list[Row]) -> None:
    with duckdb.connect() as con:
        result = run(rows, con)
        verdicts = {row["lead_id"]: row["verdict"] for row in result.verdict_table().to_pylist()}
        found = {
            (row["lead_id"], f"{row['criterion_code']}@{row['criterion_version']}"): row["result"]
            for row in result.result_table().to_pylist()
        }
    by_hand = {f"L{number}": judged_by_hand(row) for number, row in enumerate(rows)}
    assert verdicts == {f"L{number}": verdict_by_hand(row) for number, row in enumerate(rows)}
    names = {False: "fail", None: "unevaluable"}
    assert found == {
        (lead, key): names[answer] for lead, keys in by_hand.items() for key, answer in keys.items() if not answer
    }
    for count in result.criteria:
        answers = [keys[count.criterion.key] for keys in by_hand.values() if count.criterion.key in keys]
        assert (count.applied, count.failed, count.unevaluable) == (
            len(answers), answers.count(False), answers.count(None)
        )  # fmt: skip
        outcome = result.outcomes[count.criterion.key]
        assert outcome.error is None
        assert judge.failures(count.criterion, outcome) == answers.count(False)


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_all_three_agree_on_every_lead_and_count(seed: int) -> None:
    rng = random.Random(seed)
    assert_agree([random_row(rng) for _ in range(400)])


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.randoms(use_true_random=False).map(random_row), min_size=1, max_size=5))
def test_all_three_agree_on_small_batches(rows: list[Row]) -> None:
    assert_agree(rows)


def test_every_failing_row_is_kept_however_many() -> None:
    rows: list[Row] = [{"title": None} for _ in range(2500)]
    with duckdb.connect() as con:
        subjects = create_subjects(con, rows)
        result = inspect(con, contract_of(CRITERIA[0]), subjects, AS_OF, ZONE)
        assert result.result_table().num_rows == 2500
        assert result.outcomes["title@1"].failing == 2500


def test_a_result_tells_what_was_seen_and_where_it_came_from() -> None:
    row = {"employees": 99, "handed_off_at": at("2025-05-01"), "title": "VP", "consent": True, "score": 50}
    with duckdb.connect() as con:
        result = inspect(con, contract_of(CRITERIA[3]), create_subjects(con, [row]), AS_OF, ZONE)
        assert result.result_table().to_pylist() == [
            {
                "lead_id": "L0",
                "inspected_at": AS_OF.replace(tzinfo=None),
                "criterion_code": "size",
                "criterion_version": 1,
                "result": "fail",
                "observed": "99.0",
                "severity": "major",
                "owner": "marketing_ops",
                "reason_category": "wrong_segment",
                "cost_lead": True,
                "cost_minutes": None,
                "cost_team": None,
                "cost_team_minutes": None,
                "cost_amount": None,
                "source_file": "crm/leads/leads_2025-06-01.csv",
                "source_line": 2,
            }
        ]
        verdict = result.verdict_table().to_pylist()[0]
    assert (verdict["criteria_evaluated"], verdict["defects"], verdict["unevaluable"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("handed_off_at", "expected"),
    [("2025-06-01T03:59:59", ("size", 1)), ("2025-06-01T04:00:00", ("size", 2))],
)
def test_a_lead_is_judged_by_the_version_in_force_at_its_business_midnight(
    handed_off_at: str, expected: tuple[str, int]
) -> None:
    with duckdb.connect() as con:
        subjects = create_subjects(con, [{"handed_off_at": at(handed_off_at), "employees": 1}])
        rows = inspect(con, contract_of(*CRITERIA[3:5]), subjects, AS_OF, ZONE).result_table().to_pylist()
    assert [(row["criterion_code"], row["criterion_version"]) for row in rows] == [expected]


def test_a_lead_before_any_criterion_could_not_be_evaluated() -> None:
    with duckdb.connect() as con:
        result = run([{"handed_off_at": at("2019-01-01"), "title": "VP"}], con)
        assert result.verdicts == {"ready": 0, "defective": 0, "unevaluable": 1}


@pytest.mark.parametrize("blank", ["", "   ", "\t\n", "\u00a0\u3000"])
def test_a_text_of_blanks_is_absent(blank: str) -> None:
    with duckdb.connect() as con:
        result = inspect(con, contract_of(CRITERIA[0]), create_subjects(con, [{"title": blank}]), AS_OF, ZONE)
        assert result.verdicts["defective"] == 1
        assert result.outcomes["title@1"].failing == 1


def test_not_a_number_is_absent() -> None:
    with duckdb.connect() as con:
        result = inspect(con, contract_of(CRITERIA[5]), create_subjects(con, [{"score": float("nan")}]), AS_OF, ZONE)
        assert result.verdicts["unevaluable"] == 1


def test_a_missing_column_makes_its_criteria_unevaluable_for_all_and_never_zero_defects() -> None:
    rows = [{"employees": 1000, "title": "VP"} for _ in range(3)]
    with duckdb.connect() as con:
        result = run(rows, con, without="score")
        count = next(c for c in result.criteria if c.criterion.code == "score")
        assert (count.applied, count.failed, count.unevaluable) == (3, 0, 3)
        assert count.reason == "column score is missing"
        seen = [r["observed"] for r in result.result_table().to_pylist() if r["criterion_code"] == "score"]
    assert seen == ["column score is missing"] * 3


def test_a_column_of_another_type_is_not_read_as_if_it_were_right() -> None:
    with duckdb.connect() as con:
        create_subjects(con, [{"employees": 5}])
        con.execute("alter table subjects alter employees type varchar")
        result = inspect(con, contract_of(CRITERIA[3]), "subjects", AS_OF, ZONE)
        assert result.criteria[0].reason == "column employees is VARCHAR, not a number"
        contract = contract_of(CRITERIA[0], CRITERIA[4])
        assert inspect(con, contract, "subjects", AS_OF, ZONE).verdicts["defective"] == 1


def test_an_exception_in_great_expectations_is_unevaluable_not_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = judge.sales_ready_suite

    def broken(*arguments: Any) -> Any:
        built = suite(*arguments)
        first = replace(built.expectations[0], column="no_such_column")
        return replace(built, expectations=(first, *built.expectations[1:]))

    monkeypatch.setattr(judge, "sales_ready_suite", broken)
    with duckdb.connect() as con:
        subjects = create_subjects(con, [{"title": "VP", "country": "US"}, {"title": None, "country": "US"}])
        result = inspect(con, contract_of(*CRITERIA[:2]), subjects, AS_OF, ZONE)
        title, country = result.criteria
        assert (title.failed, title.unevaluable) == (0, 2)
        assert title.reason is not None
        assert "no_such_column" in title.reason
        assert (country.failed, country.unevaluable) == (0, 0)
        assert result.verdicts == {"ready": 0, "defective": 0, "unevaluable": 2}
        assert result.verdict_table().num_rows == 2


def test_a_check_that_raises_in_the_database_is_unevaluable_and_the_others_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contract = contract_of(*CRITERIA[:2])
    outcome, predicate = judge.outcome, judge.predicate
    boom = "error('boom')::boolean"

    def raising(criterion: Any, scope: Any, unevaluable: bool = False) -> str:
        return boom if criterion.code == "country" and not unevaluable else outcome(criterion, scope, unevaluable)

    monkeypatch.setattr(judge, "outcome", raising)
    monkeypatch.setattr(judge, "predicate", lambda check: boom if check.kind == "one_of" else predicate(check))
    with duckdb.connect() as con:
        result = inspect(con, contract, create_subjects(con, [{"country": "US"}]), AS_OF, ZONE)
    title, country = result.criteria
    assert (title.failed, country.unevaluable) == (1, 1)
    assert country.reason is not None
    assert "boom" in country.reason


@pytest.mark.parametrize("wrong_by", [-1, 1])
def test_a_count_that_differs_stops_the_run(monkeypatch: pytest.MonkeyPatch, wrong_by: int) -> None:
    honest = judge.run_suites

    def lying(*arguments: Any) -> dict[str, Outcome]:
        found = honest(*arguments)
        return {key: Outcome(o.failing + wrong_by, o.looked_at, o.missing) for key, o in found.items()}

    monkeypatch.setattr(judge, "run_suites", lying)
    with duckdb.connect() as con, pytest.raises(LedgerMismatchError, match="title@1: Great Expectations"):
        run([{"title": None}], con)


def test_subjects_without_a_key_are_refused_with_the_remedy() -> None:
    with duckdb.connect() as con:
        subjects = create_subjects(con, [], without="subject_hash")
        with pytest.raises(SubjectsError, match="subject_hash is missing"):
            inspect(con, contract_of(CRITERIA[0]), subjects, AS_OF, ZONE)
        with pytest.raises(SubjectsError, match="build int_inspection_subjects first"):
            inspect(con, contract_of(CRITERIA[0]), "nowhere", AS_OF, ZONE)


def test_nothing_to_inspect_starts_no_great_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = Counter[int]()
    monkeypatch.setattr(judge, "run_suites", lambda con, suites: ran.update([len(suites)]) or {})
    with duckdb.connect() as con:
        assert run([], con).inspected == 0
    assert ran == Counter([0])


HOSTILE = [
    "'; drop table subjects; --", "{batch}", "{0}", "}{", ":value", "\\:x", "$1", "$PARAMETER", "%(x)s", "%%", "?",
    '"', "\\'", "::text", "Ω≠é", "'''", "/* */", "a' or '1'='1",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["one_of", "not_one_of"])
def test_hostile_values_stay_values_in_great_expectations_too(kind: str) -> None:
    rows = [{"title": value, "handed_off_at": HANDED_OFF} for value in [*HOSTILE, "harmless"]]
    inside = criterion({"kind": kind, "column": "title", "values": HOSTILE}, "plain")
    wrapped = {"kind": "any_of", "checks": [{"kind": kind, "column": "title", "values": HOSTILE}]}
    with duckdb.connect() as con:
        subjects = create_subjects(con, rows)
        result = inspect(con, contract_of(inside, criterion(wrapped, "wrapped")), subjects, AS_OF, ZONE)
        remaining = con.execute("select count(*) from subjects").fetchall()
    failing = 1 if kind == "one_of" else len(HOSTILE)
    assert [(count.failed, result.outcomes[count.criterion.key].failing) for count in result.criteria] == [
        (failing, failing), (failing, failing)
    ]  # fmt: skip
    assert remaining == [(len(rows),)]


@pytest.mark.parametrize("kind", ["matches", "not_matches"])
def test_a_pattern_is_only_a_pattern_and_a_greedy_one_takes_no_time(kind: str) -> None:
    greedy = criterion({"kind": kind, "column": "title", "pattern": "^(a+)+$"}, "greedy")
    quoted = criterion({"kind": kind, "column": "title", "pattern": r"'; drop table subjects; --\\{b\}:x"}, "quoted")
    rows = [{"title": "a" * 50_000 + "!"}, {"title": r"'; drop table subjects; --\{b}:x"}]
    with duckdb.connect() as con:
        result = inspect(con, contract_of(greedy, quoted), create_subjects(con, rows), AS_OF, ZONE)
        assert con.execute("select count(*) from subjects").fetchall() == [(2,)]
    assert [count.failed for count in result.criteria] == ([2, 1] if kind == "matches" else [0, 1])


def test_the_same_leads_give_the_same_rows_twice() -> None:
    rng = random.Random(3)
    rows = [random_row(rng) for _ in range(50)]
    with duckdb.connect() as first, duckdb.connect() as second:
        a, b = run(rows, first), run(rows, second)
        assert a.verdict_table().equals(b.verdict_table())
        assert a.result_table().equals(b.result_table())
