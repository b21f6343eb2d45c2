"""The contract's document: what it accepts, and errors that name file, line, field and remedy."""

from datetime import date, datetime
from pathlib import Path

import pytest

from expectations.contract import ContractError, check_contract, criteria_table, epochs, in_force, load_contract
from orchestration.settings import Settings
from tests.inspection.leads import ZONE, at, contract_of, criterion

SIGNED = "signatures: [{by: marketing_lead, on: 2024-12-01}, {by: sales_lead, on: 2024-12-02}]\n"
HEAD = f'version: "1"\ntitle: Test\n{SIGNED}criteria:\n'
CHECK = "{kind: at_least, column: employees, min: 100}"
GOOD = """\
  - code: size
    version: 1
    title: Large enough
    check: CHECK
    severity: major
    owner: marketing_ops
    reason_category: wrong_segment
    valid_from: 2025-01-01
    valid_to: 2025-03-31
""".replace("CHECK", CHECK)
NEXT = (
    GOOD.replace("version: 1", "version: 2")
    .replace("2025-01-01", "2025-04-01")
    .replace("    valid_to: 2025-03-31\n", "")
)


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "criteria.yml"
    path.write_text(text)
    return [str(problem).replace(str(path), "criteria.yml") for problem in check_contract(path)]


def test_the_sample_companys_criteria_are_valid_with_its_plans_owners_and_segments() -> None:
    settings = Settings()
    owners = _first_column(settings.plan_dir / "owners.csv")
    segments = _first_column(settings.plan_dir / "segments.csv")
    assert check_contract(settings.criteria_file, owners, segments) == []
    contract = load_contract(settings.criteria_file)
    versions = [c.version for c in contract.criteria if c.code == "enterprise_size"]
    assert versions == [1, 2]


def _first_column(path: Path) -> list[str]:
    return [line.split(",")[0] for line in path.read_text().splitlines()[1:]]


def test_consecutive_versions_are_valid(tmp_path: Path) -> None:
    assert problems(tmp_path, HEAD + GOOD + NEXT) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + GOOD.replace("column: employees", "column: headcount"),
         "criteria.yml:8: size.column: there is no column headcount; a criterion may use account_id"),
        (HEAD + GOOD.replace("at_least", "atleast"), "criteria.yml:8: size.check: Input tag 'atleast'"),
        (HEAD + GOOD.replace("min: 100", "min: many"), "criteria.yml:8: size.min: must be a number"),
        (HEAD + GOOD.replace("severity: major", "severity: grave"),
         "criteria.yml:9: size.severity: Input should be 'critical', 'major' or 'minor'"),
        (HEAD + GOOD.replace("2025-01-01", "2025-13-01"), "criteria.yml:12: file: `2025-13-01` is not a value"),
        (HEAD + GOOD.replace("2025-01-01", "soon"), "criteria.yml:12: size.valid_from: is not a date"),
        (HEAD + GOOD.replace("2025-03-31", "2024-03-31"),
         "criteria.yml:5: size.criteria: valid_to 2024-03-31 is before"),
        (HEAD + GOOD + NEXT.replace("2025-04-01", "2025-03-31"),
         "criteria.yml:21: size.valid_from: overlaps size@1; set that version's valid_to to 2025-03-30"),
        (HEAD + GOOD + NEXT.replace("2025-04-01", "2025-04-02"),
         "criteria.yml:21: size.valid_from: leaves a gap after size@1; begin on 2025-04-01"),
        (HEAD + GOOD + NEXT.replace("version: 2", "version: 1"), "criteria.yml:15: size.version: must be above 1"),
        (HEAD + GOOD.replace("severity: major", "severity: major\n    sevrity: minor"),
         "criteria.yml:10: size.sevrity: is not a field here"),
        (HEAD + GOOD.replace("    owner: marketing_ops\n", ""), "criteria.yml:5: size.owner: is missing; add it"),
        (HEAD + GOOD.replace("title: Large", "code: twice\n    title: Large"),
         "criteria.yml:7: file: `code` stands twice (first on line 5); keep one"),
        (HEAD + GOOD.replace(CHECK, "{kind: matches, column: title, pattern: '(a'}"),
         "criteria.yml:8: size.pattern: is not a regular expression"),
        (HEAD + GOOD.replace(CHECK, "{kind: matches, column: title, pattern: '((a{900}){900}){900}'}"),
         "criteria.yml:8: size.pattern: is not a regular expression (RE2 syntax)"),
        (HEAD + GOOD.replace(CHECK, "{kind: matches, column: title, pattern: '(?=a)'}"),
         "criteria.yml:8: size.pattern: is not a regular expression (RE2 syntax)"),
        (HEAD + GOOD.replace(CHECK, f"{{kind: matches, column: title, pattern: '{'a' * 1001}'}}"),
         "criteria.yml:8: size.pattern: Value should have at most 1000"),
        (HEAD + GOOD.replace(CHECK,
                             "{kind: one_of, column: country, values: [SE, NO]}"),
         "criteria.yml:8: size.check: values are of different types; put texts such as NO"),
        (HEAD + GOOD.replace(CHECK, "{kind: domain_not_in, lists: [free]}"),
         "criteria.yml:8: size.check: no list free; there are competitors, disposable, free_mail"),
        (HEAD + GOOD.replace("column: employees", "column: title"),
         "criteria.yml:8: size.column: title is a text, the check needs a number"),
        ("version: [1", "criteria.yml:1: file: "),
        ("", "criteria.yml:1: document: "),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_field_and_remedy(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, text)
    assert any(problem.startswith(expected) for problem in found), found


def test_a_column_inside_a_compound_is_checked_too(tmp_path: Path) -> None:
    nested = "{kind: any_of, checks: [{kind: required, column: email}, {kind: required, column: mail}]}"
    text = HEAD + GOOD.replace(CHECK, nested)
    assert [p.split(";")[0] for p in problems(tmp_path, text)] == [
        "criteria.yml:8: size.column: there is no column mail"
    ]


def test_an_owner_that_the_plan_does_not_have_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "criteria.yml"
    path.write_text(HEAD + GOOD)
    found = check_contract(path, owners=["sdr_lead", "marketing_lead", "sales_lead"], segments=[])
    assert [problem.message for problem in found] == [
        "marketing_ops is not an owner of the plan; use marketing_lead, sales_lead, sdr_lead"
    ]


def test_a_file_that_is_not_there_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="ANDON_CRITERIA_FILE"):
        load_contract(tmp_path / "none.yml")


VERSIONS = (
    criterion({"kind": "required", "column": "email"}, "email"),
    criterion({"kind": "at_least", "column": "employees", "min": 750}, "size", valid_to="2025-03-31"),
    criterion({"kind": "at_least", "column": "employees", "min": 1000}, "size", version=2, valid_from="2025-04-01"),
)


@pytest.mark.parametrize(
    ("handed_off_at", "expected"),
    [
        (at("2025-01-01T04:59:59"), []),
        (at("2025-01-01T05:00"), ["email@1", "size@1"]),
        # New York is on daylight-saving time by then: its midnight is 04:00 UTC, not 05:00.
        (at("2025-04-01T03:59:59"), ["email@1", "size@1"]),
        (at("2025-04-01T04:00"), ["email@1", "size@2"]),
    ],
)
def test_versions_change_at_business_midnight(handed_off_at: datetime, expected: list[str]) -> None:
    assert [c.key for c in in_force(contract_of(*VERSIONS), handed_off_at, ZONE)] == expected


def test_a_new_version_leaves_the_hash_of_earlier_leads_alone() -> None:
    before = epochs(contract_of(VERSIONS[0], criterion(VERSIONS[1]["check"], "size")), ZONE)
    after = epochs(contract_of(*VERSIONS), ZONE)
    assert after[1].criteria_hash == before[1].criteria_hash
    assert after[2].criteria_hash != before[1].criteria_hash


def test_a_title_may_be_reworded_without_judging_anew_but_a_threshold_may_not() -> None:
    def last_hash(**changed: object) -> str:
        return epochs(contract_of({**criterion({"kind": "required", "column": "email"}), **changed}), ZONE)[
            -1
        ].criteria_hash

    assert last_hash(title="Other words") == last_hash()
    assert last_hash(check={"kind": "required", "column": "phone"}) != last_hash()
    assert last_hash(owner="sdr_lead") != last_hash()


def test_the_contract_as_a_table_has_a_row_per_version() -> None:
    rows = criteria_table(contract_of(*VERSIONS, version="7")).to_pylist()
    assert [(r["criterion_code"], r["criterion_version"], r["valid_to"]) for r in rows] == [
        ("email", 1, None),
        ("size", 1, date(2025, 3, 31)),
        ("size", 2, None),
    ]
    assert {r["contract_version"] for r in rows} == {"7"}
