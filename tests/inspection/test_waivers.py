"""A defect may be waived by a role of the plan, for a reason, until a day; what is said is kept and never edited."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.inspection.waivers import Waiver, WaiverError, said, say
from orchestration.settings import Settings

MOMENT = datetime(2026, 3, 9, 15, tzinfo=UTC)
WAIVER = Waiver("L1", "title", "waive", "sales_lead", 'known to be a "VP"; \'; drop table x', date(2026, 3, 20), MOMENT)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that has published one lead with a standing and a fixed defect."""
    version = tmp_path / "served" / "v1"
    version.mkdir(parents=True)
    with duckdb.connect(str(version / "warehouse.duckdb")) as con:
        con.execute("create schema marts; use marts")
        con.execute("create table dim_owner as select 'sales_lead' as owner_id, 'role' as owner_kind")
        con.execute("insert into dim_owner values ('u1', 'user')")
        con.execute("create table fct_leads as select unnest(['L1', 'L2']) as lead_id")
        con.execute("create table lead_defects as select 'L1' as lead_id, 'title' as criterion_code, 'open' as state")
        con.execute("insert into lead_defects values ('L1', 'phone', 'fixed')")
    (tmp_path / "served" / "current").symlink_to(version)
    return Settings(home=tmp_path)


def test_what_was_said_is_kept_in_order_with_its_reason(settings: Settings) -> None:
    say(settings, WAIVER)
    later = replace(WAIVER, action="withdraw", until=None, recorded_at=MOMENT.replace(hour=16))
    say(settings, later)
    rows = said(settings)
    assert [(row["action"], row["until"]) for row in rows] == [("waive", date(2026, 3, 20)), ("withdraw", None)]
    assert rows[0]["reason"] == WAIVER.reason
    assert rows[0]["recorded_at"] == MOMENT.replace(tzinfo=None)


def test_the_same_thing_said_twice_is_one_entry(settings: Settings) -> None:
    assert say(settings, WAIVER) == say(settings, WAIVER)
    assert len(said(settings)) == 1


def test_before_anything_was_said_there_is_nothing(settings: Settings) -> None:
    assert said(settings) == []


@pytest.mark.parametrize(
    ("waiver", "expected"),
    [
        (replace(WAIVER, lead_id="L9"), "no lead L9: give the id as the CRM has it"),
        (replace(WAIVER, criterion_code="size"), "lead L1 has no defect size: its defects are phone, title"),
        (replace(WAIVER, lead_id="L2"), "lead L2 has no defect title: it has no defect"),
        (replace(WAIVER, criterion_code="phone"), "phone of lead L1 is fixed: there is nothing to waive"),
        (replace(WAIVER, by_role="u1"), "u1 is not a role of the plan: use one of sales_lead"),
        (replace(WAIVER, reason="  "), "a waiver needs a reason"),
        (
            replace(WAIVER, until=date(2026, 3, 8)),
            "until 2026-03-08 is before 2026-03-09, so it would never be in force",
        ),
    ],
)
def test_what_cannot_be_waived_is_refused_with_the_remedy(settings: Settings, waiver: Waiver, expected: str) -> None:
    with pytest.raises(WaiverError) as refusal:
        say(settings, waiver)
    assert expected in str(refusal.value)
    assert said(settings) == []
