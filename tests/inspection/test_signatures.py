"""What both sides signed is what judges: missing and late signatures, edits and back-dating are named by line."""

from datetime import date
from pathlib import Path

import pytest

from expectations.contract import check_agreement, check_contract, load_contract
from expectations.contract_rules import InUse, Past
from expectations.document import judged_by

BOTH = "signatures: [{by: marketing_lead, on: 2024-12-01}, {by: sales_lead, on: 2024-12-02}]"
RULE = """\
  - code: size
    version: 1
    title: Large enough
    check: {kind: at_least, column: employees, min: 100}
    severity: major
    owner: marketing_ops
    reason_category: wrong_segment
    valid_from: 2025-01-01
"""
SECOND = RULE.replace("version: 1", "version: 2").replace("min: 100", "min: 200").replace("2025-01-01", "2025-07-01")
CLOSED = RULE + "    valid_to: 2025-06-30\n"


def document(tmp_path: Path, criteria: str, signatures: str = BOTH) -> Path:
    path = tmp_path / "criteria.yml"
    path.write_text(f'version: "1"\ntitle: Test\n{signatures}\ncriteria:\n{criteria}')
    return path


def problems(path: Path, past: Past | None = None) -> list[str]:
    return [str(problem).removeprefix(f"{path.parent}/") for problem in check_contract(path, past=past)]


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        ("signatures: []",
         ["criteria.yml:6: size.version: size@1 is not signed by marketing and sales: add {by: marketing_lead, on: ...}"
          " on the day marketing agrees; add {by: sales_lead, on: ...} on the day sales agrees"]),
        ("signatures: [{by: marketing_lead, on: 2024-12-01}]",
         ["criteria.yml:6: size.version: size@1 is not signed by sales: add {by: sales_lead, on: ...} on the day sales"
          " agrees"]),
        (BOTH.replace("2024-12-02", "2025-01-02"),
         ["criteria.yml:6: size.version: size@1 is back-dated: signed by both on 2025-01-02, after its valid_from"
          " 2025-01-01; let it begin on 2025-01-02 or later"]),
        ("signatures: [{by: marketing_lead, on: 2024-12-01}, {by: boss, on: 2024-12-02, side: sales}]", []),
        (BOTH.replace("]", ", {by: boss, on: 2024-12-02}]"),
         ["criteria.yml:3: by: boss is of neither side; add side: marketing or side: sales"]),
    ],
)  # fmt: skip
def test_both_sides_sign_before_a_version_takes_force(tmp_path: Path, signatures: str, expected: list[str]) -> None:
    assert problems(document(tmp_path, RULE, signatures)) == expected


def test_a_versions_own_signatures_count_and_not_the_documents(tmp_path: Path) -> None:
    own = "    signatures: [{by: sdr_lead, on: 2025-06-01}]\n"
    found = problems(document(tmp_path, CLOSED + SECOND + own))
    assert [problem.split(":")[1] for problem in found] == ["22"]
    assert "size@2 is not signed by marketing" in found[0]


def test_an_unsigned_version_judges_all_the_same_and_is_said_to(tmp_path: Path) -> None:
    path = document(tmp_path, RULE, "signatures: []")
    assert [criterion.key for criterion in load_contract(path).criteria] == ["size@1"]
    assert len(check_agreement(path, Past())) == 1


def used(tmp_path: Path, criteria: str = RULE) -> Past:
    """The past of an installation in which `criteria` have judged the leads handed off through 15 June."""
    contract = load_contract(document(tmp_path, criteria))
    in_use = tuple(InUse(c.code, c.version, judged_by(c), c.valid_from, c.valid_to) for c in contract.criteria)
    return Past(in_use, date(2025, 6, 15))


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (RULE.replace("Large", "Quite large"), []),
        (CLOSED + SECOND, []),
        (RULE.replace("min: 100", "min: 90"),
         "criteria.yml:8: size.check: size@1 has judged leads and was edited since; put back what was signed, and add"
         " version 2"),
        (RULE.replace("owner: marketing_ops", "owner: sdr_lead"),
         "criteria.yml:8: size.check: size@1 has judged leads and was edited since"),
        (RULE.replace("    valid", "    cost_rule: [{kind: lead_cost}]\n    valid"),
         "criteria.yml:8: size.check: size@1 has judged leads and was edited since"),
        (RULE.replace("2025-01-01", "2025-01-02"),
         "criteria.yml:12: size.valid_from: size@1 has judged leads since 2025-01-01; put that date back"),
        (CLOSED.replace("06-30", "05-31") + SECOND.replace("2025-07-01", "2025-06-01"),
         "criteria.yml:13: size.valid_to: size@1 has judged leads handed off through 2025-06-15; end on 2025-06-15 or"
         " later"),
        (CLOSED.replace("06-30", "05-31") + SECOND.replace("2025-07-01", "2025-06-01"),
         "criteria.yml:21: size.valid_from: size@2 is back-dated: leads handed off through 2025-06-15 are judged"
         " already; begin on 2025-06-16 or later"),
        (RULE + RULE.replace("code: size", "code: other"),
         "criteria.yml:20: other.valid_from: other@1 is back-dated: leads handed off through 2025-06"),
        (RULE.replace("code: size", "code: other").replace("2025-01-01", "2025-06-16"),
         "criteria.yml:5: criteria: size@1 has judged leads and is gone; put it back, with valid_to 2025-06-15"),
    ],
)  # fmt: skip
def test_what_has_judged_leads_stays_as_it_was(tmp_path: Path, criteria: str, expected: str | list[str]) -> None:
    past = used(tmp_path)
    found = problems(document(tmp_path, criteria), past)
    assert (found == []) if expected == [] else any(problem.startswith(str(expected)) for problem in found), found


def test_before_anything_was_judged_everything_may_change(tmp_path: Path) -> None:
    assert problems(document(tmp_path, RULE.replace("min: 100", "min: 90")), Past(used(tmp_path).in_use, None)) == []
