"""The blind audit: what is drawn, what the sheet shows, and which answers are taken."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.inspection.audit_draw import AuditError, allocate, draw_audit, sample, sheet
from orchestration.inspection.audit_record import record_audit
from orchestration.settings import Settings

WEEK = date(2026, 3, 2)
DRAWN_AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOSTILE = "=cmd|' /C calc'!A0"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    folder = settings.served / "v1"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute(f"""
            create schema marts;
            create table marts.dim_owner as select 'sales_ops' as owner_id, 'role' as owner_kind;
            create table marts.fct_handoffs as select 'L' || n as lead_id, 1 as attempt_no, 1 as to_team_attempt_no,
              case when n % 4 in (0, 1) then 'ready' else 'defective' end as verdict,
              case when n % 2 = 0 then 'accepted' else 'recycled' end as outcome,
              date '2026-03-02' as decided_week
              from range(100) r(n);
            insert into marts.fct_handoffs values
              ('OPEN', 1, 1, 'ready', 'open', null),
              ('NEXT', 1, 1, 'ready', 'accepted', date '2026-03-09');
            create table marts.lead_subjects as select lead_id, '{HOSTILE.replace("'", "''")}' as company,
              'Head' as title, 'jane.doe@firm.example' as email, '+1-555-010-0199' as phone, 'US' as country,
              'enterprise' as segment, 'Media' as industry, 10 as employees, 71.5 as score, true as consent,
              false as is_customer, null::bigint as days_since_same_email,
              timestamp '2026-03-03 15:00:00' as handed_off_at from marts.fct_handoffs;
        """)
    (settings.served / "current").symlink_to("v1")
    return settings


def filled(settings: Settings, file: Path, **changes: str) -> list[dict[str, str]]:
    """The sheet answered in full, `changes` on its first row."""
    rows = list(
        csv.DictReader(io.StringIO(sheet(settings, draw_audit(settings, WEEK, 1, 8, DRAWN_AT).rows, personal=False)))
    )
    rows = [row | {"verdict": "ready", "audited_by": "sales_ops", "audited_on": "2026-03-10"} for row in rows]
    rows[0] |= changes
    write(file, rows)
    return rows


def write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_draw_is_even_over_the_quadrants_and_keeps_their_sizes(settings: Settings) -> None:
    rows = draw_audit(settings, WEEK, 1, 8, DRAWN_AT).rows
    assert rows.groupby(["inspector_verdict", "sales_verdict"]).size().tolist() == [2, 2, 2, 2]
    assert set(rows["population"]) == {25}
    assert not {"OPEN", "NEXT"} & set(rows["lead_id"])


def test_the_same_week_and_seed_draw_the_same_leads_in_whatever_order_they_are_stored() -> None:
    leads = pd.DataFrame({"lead_id": [f"L{n}" for n in range(50)]}).assign(
        inspector_verdict=["ready", "defective"] * 25, sales_verdict="accepted"
    )
    first = sample(leads, "1|2026-03-02", 10)
    pd.testing.assert_frame_equal(first, sample(leads.sample(frac=1, random_state=3), "1|2026-03-02", 10))
    assert set(first["lead_id"]) != set(sample(leads, "2|2026-03-02", 10)["lead_id"])


def test_a_draw_stands_when_the_week_is_corrected_afterwards(settings: Settings) -> None:
    first = draw_audit(settings, WEEK, 1, 8, DRAWN_AT)
    with duckdb.connect(str(settings.served / "v1" / "warehouse.duckdb")) as con:
        con.execute("delete from marts.fct_handoffs where lead_id < 'L5'")
    again = draw_audit(settings, WEEK, 1, 8, AT)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.rows["lead_id"].tolist() == first.rows["lead_id"].tolist()
    with pytest.raises(AuditError, match="--size 8"):
        draw_audit(settings, WEEK, 1, 12, AT)


def test_places_of_a_small_quadrant_go_to_the_others() -> None:
    assert allocate({"a": 1, "b": 100, "c": 100}, 11) == {"a": 1, "b": 5, "c": 5}
    assert allocate({"a": 2, "b": 3}, 40) == {"a": 2, "b": 3}


def test_the_sheet_is_blind_masked_and_inert(settings: Settings) -> None:
    drawn = draw_audit(settings, WEEK, 1, 8, DRAWN_AT).rows
    text = sheet(settings, drawn, personal=False)
    header, *rows = csv.reader(io.StringIO(text))
    assert not {"inspector_verdict", "sales_verdict", "outcome", "defect_codes", "reason_code", "population"} & set(
        header
    )
    assert {row[header.index("verdict")] for row in rows} == {""}
    for word in ("defective", "accepted", "rejected", "recycled", "jane.doe"):
        assert word not in text
    assert {row[header.index("company")][0] for row in rows} == {"'"}
    assert "jane.doe@firm.example" in sheet(settings, drawn, personal=True)


def test_a_sheet_recorded_twice_is_recorded_once_and_a_correction_is_added(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "sheet.csv"
    rows = filled(settings, file)
    first, again = record_audit(settings, file, AT), record_audit(settings, file, AT)
    assert (first.added, first.known, again.added, again.known) == (8, 0, 0, 8)
    write(file, [rows[0] | {"verdict": "defective"}, *rows[1:]])
    assert record_audit(settings, file, AT).added == 1


def test_a_row_without_a_verdict_is_left_for_later(settings: Settings, tmp_path: Path) -> None:
    filled(settings, tmp_path / "sheet.csv", verdict="")
    done = record_audit(settings, tmp_path / "sheet.csv", AT)
    assert (done.added, done.blank) == (7, 1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"audit_id": "2026-W10-9-001"}, ":2: audit_id: '2026-W10-9-001' was not drawn"),
        ({"lead_id": "L999"}, ":2: lead_id: 'L999' is not the lead of"),
        ({"verdict": "good"}, ":2: verdict: 'good'; write one of ready, defective, cannot_tell"),
        ({"audited_by": "nobody"}, ":2: audited_by: 'nobody' is not a role of the plan; use one of sales_ops"),
        ({"audited_on": "10.3.2026"}, ":2: audited_on: '10.3.2026' is no day; write it as 2026-03-10"),
        ({"audited_on": "2026-03-11"}, ":2: audited_on: 2026-03-11 is after 2026-03-10"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_recorded(
    settings: Settings, tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    file = tmp_path / "sheet.csv"
    filled(settings, file, **changes)
    with pytest.raises(AuditError) as refused:
        record_audit(settings, file, AT)
    assert f"{file}{told}" in str(refused.value)
    filled(settings, file)
    assert record_audit(settings, file, AT).added == 8


def test_a_lead_answered_twice_and_a_missing_column_are_named(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "sheet.csv"
    rows = filled(settings, file)
    write(file, [*rows, rows[0]])
    with pytest.raises(AuditError, match=r":10: audit_id: .* on line 2 already"):
        record_audit(settings, file, AT)
    write(file, [{name: value for name, value in row.items() if name != "audited_on"} for row in rows])
    with pytest.raises(AuditError, match=":1: audited_on: the column is missing"):
        record_audit(settings, file, AT)


def test_a_day_that_is_no_monday_and_a_week_without_decisions_are_refused(settings: Settings) -> None:
    with pytest.raises(AuditError, match="no Monday"):
        draw_audit(settings, date(2026, 3, 3), 1, 8, DRAWN_AT)
    with pytest.raises(AuditError, match="nothing to audit"):
        draw_audit(settings, date(2026, 1, 5), 1, 8, DRAWN_AT)
