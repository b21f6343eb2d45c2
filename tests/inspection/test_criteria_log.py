"""What has judged leads is remembered as it was: through edits of the file, and after it drops a version."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.inspection import inspect_leads
from orchestration.inspection.criteria_log import past, recorded_documents
from orchestration.settings import Settings
from tests.inspection.leads import AS_OF, create_warehouse

HEAD = "title: Test\nsignatures: [{by: marketing_lead, on: 2024-12-01}, {by: sales_lead, on: 2024-12-02}]\ncriteria:\n"
RULE = """\
  - {code: CODE, version: 1, title: Rule, check: {kind: required, column: title}, severity: major, owner: marketing_ops,
     reason_category: wrong_role, valid_from: 2025-01-01}
"""
TITLE, PHONE = RULE.replace("CODE", "title"), RULE.replace("CODE", "phone").replace("column: title", "column: phone")
TO_COME = PHONE.replace("2025-01-01", "2031-01-01")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose leads of 2 June 2025 were judged by `title`, while `phone` is still to come."""
    chosen = Settings(home=tmp_path, criteria_file=tmp_path / "criteria.yml")
    create_warehouse(chosen.warehouse, [{"title": "VP"}])
    inspected(chosen, "1", TITLE + TO_COME)
    return chosen


def inspected(settings: Settings, version: str, criteria: str, days: int = 0) -> list[str]:
    """Inspect by these criteria; where they are not what was agreed."""
    settings.criteria_file.write_text(f'version: "{version}"\n{HEAD}{criteria}')
    report = inspect_leads(settings, AS_OF + timedelta(days=days))
    assert report.recorded
    return [problem.message for problem in report.disagreements]


def test_what_judged_is_in_use_and_what_is_to_come_is_not(settings: Settings) -> None:
    known = past(settings)
    assert [each.code for each in known.in_use] == ["title"]
    assert known.judged_through == date(2025, 6, 2)


def test_an_edit_is_said_in_every_run_until_it_is_put_back(settings: Settings) -> None:
    edited = TITLE.replace("column: title", "column: company")
    for days in (1, 2):
        [problem] = inspected(settings, "2", edited + TO_COME, days)
        assert problem.startswith("title@1 has judged leads and was edited since")
    assert inspected(settings, "3", TITLE + TO_COME, 3) == []


def test_a_dropped_version_stays_on_record(settings: Settings) -> None:
    [problem] = inspected(settings, "2", TO_COME, 1)
    assert "title@1 has judged leads and is gone" in problem
    rows = pq.read_table(settings.raw / "andon" / "criteria" / "criteria.parquet").to_pylist()
    assert sorted(row["criterion_code"] for row in rows) == ["phone", "title"]


def test_each_document_that_judged_can_be_found_by_its_version(settings: Settings) -> None:
    inspected(settings, "2/b", TITLE + TO_COME.replace("major", "minor"), 1)
    found = recorded_documents(settings)
    assert sorted(found) == ["1", "2/b"]
    assert "minor" in found["2/b"][0].read_text()
