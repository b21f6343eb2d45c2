"""The weekly review reaches its audiences when the week closes, and again when it changes."""

import json
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from orchestration.serving.outbox import store
from orchestration.serving.review.deliver import deliver_reviews
from orchestration.settings import Settings
from tests.failures.world import NOW
from tests.serving import company

AUDIENCES = (
    ("lead", "marketing_lead", "Head of marketing", "email", "lead@example.com", "all", False, True, True, False),
    ("room", "sales_lead", "Head of sales", "slack", "HOOK", "all", False, True, True, False),
    ("team", "sales_lead", "Head of sales", "teams", "HOOK", "all", False, True, True, False),
    ("nobody", "finance", "Finance", "email", "finance@example.com", "money", False, True, False, False),
)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(company, "MARTS", (*company.MARTS, "dim_audience"))
    settings = Settings(home=tmp_path)
    company.served_company(settings, [f"INSERT INTO marts.dim_audience VALUES {row}" for row in AUDIENCES])
    return settings


def told(settings: Settings, report: str) -> dict[str, tuple[str, bytes]]:
    """Subject and payload of the newest message on `report` per audience."""
    with store.open_outbox(settings) as con:
        rows = con.execute("SELECT audience, subject, payload FROM messages WHERE report = ? ORDER BY id", (report,))
        return {audience: (subject, payload) for audience, subject, payload in rows}


def earlier(weeks: int) -> date:
    return company.WEEK - timedelta(days=7 * weeks)


def test_of_weeks_that_close_together_the_newest_is_told_to_who_receives_reviews(served: Settings) -> None:
    assert deliver_reviews(served, [earlier(2), earlier(1), company.WEEK], NOW) == 3
    messages = told(served, "review:2026-W13")
    assert sorted(messages) == ["lead", "room", "team"]
    subject, payload = messages["lead"]
    assert subject.startswith("Weekly control review, week 13: ")
    mail = message_from_bytes(payload, policy=policy.default)
    html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    assert len(html.get_content()) < 100_000
    assert "Won deals" in html.get_content()
    assert "Won deals" in text.get_content()
    (page,) = mail.iter_attachments()
    assert page.get_filename() == "weekly-review-2026-W13-revision-2.html"
    assert '<section id="verdict"' in page.get_content()
    assert len(json.loads(messages["room"][1])["blocks"]) <= 50
    assert len(messages["team"][1]) < 28_000


def test_the_same_revision_is_told_once_and_the_next_as_revised(served: Settings) -> None:
    assert deliver_reviews(served, [company.WEEK], NOW) == 3
    assert deliver_reviews(served, [company.WEEK], NOW) == 0
    more = [
        "INSERT INTO marts.weekly_variance SELECT * REPLACE (3 AS revision) FROM marts.weekly_variance "
        f"WHERE week_start = DATE '{company.WEEK}' AND revision = 2",
        "INSERT INTO marts.weekly_variance SELECT * REPLACE (week_start + 7 AS week_start, 1 AS revision) "
        f"FROM marts.weekly_variance WHERE week_start = DATE '{company.WEEK}' AND revision = 2",
    ]
    audiences = [f"INSERT INTO marts.dim_audience VALUES {row}" for row in AUDIENCES]
    company.served_company(served, [*audiences, *more], run_id="run-2")
    assert deliver_reviews(served, [earlier(1), company.WEEK], NOW) == 3
    assert told(served, "review:2026-W13")["lead"][0].startswith("Revised: Weekly control review, week 13: ")
    assert told(served, "review:2026-W12") == {}


def test_a_blocked_week_is_told_as_blocked_and_without_figures(served: Settings) -> None:
    blocked = [
        f"UPDATE marts.weekly_variance SET state = 'blocked', revision_reason = 'crm.leads from 2026-03-26 is missing' "
        f"WHERE week_start = DATE '{company.WEEK}'"
    ]
    audiences = [f"INSERT INTO marts.dim_audience VALUES {row}" for row in AUDIENCES]
    company.served_company(served, [*audiences, *blocked], run_id="run-2")
    deliver_reviews(served, [company.WEEK], NOW)
    mail = message_from_bytes(told(served, "review:2026-W13")["lead"][1], policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    assert "crm.leads from 2026-03-26 is missing" in text.get_content()
    assert "Won deals" not in text.get_content()
