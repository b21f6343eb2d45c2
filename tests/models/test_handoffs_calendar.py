"""Business minutes of the marts against a clock that is walked minute by minute, over both switches of a year."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.ingest.contracts import MANIFEST_SCHEMA
from orchestration.ingest.lake import naive_utc
from tests.models.company import PLAN, Company
from tests.models.rows import activity, lead, status

HANDOFFS = ["--select", "+path:models/marts/handoffs", "--exclude", "fct_handoffs_weekly+"]
ZONE = ZoneInfo("America/New_York")
LAST_DAY = date(2026, 11, 13)
HOLIDAYS = ("2026-03-10", "2026-11-03")
# Office hours, a short Friday, and a Sunday round the clock, which is the day that has 23 or 25 hours.
HOURS = {1: ("08:30", "17:30"), 2: ("08:30", "17:30"), 3: ("08:30", "17:30"), 4: ("08:30", "17:30"),
         5: ("09:00", "12:15"), 7: ("00:00", "24:00")}  # fmt: skip
SPANS = 60


def _spans() -> list[tuple[datetime, datetime]]:
    """Pairs of instants around the switches of March and November, some of them in one day or out of hours."""
    draw = random.Random(53)
    around = [datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 10, 29, tzinfo=UTC)]
    starts = [draw.choice(around) + timedelta(minutes=draw.randrange(12 * 1440)) for _ in range(SPANS)]
    return [(start, start + timedelta(minutes=draw.choice((3, 60, 900, 3000)) * draw.randrange(5))) for start in starts]


def _is_open(instant: datetime) -> bool:
    local = instant.astimezone(ZONE)
    opens, closes = HOURS.get(local.isoweekday(), ("00:00", "00:00"))
    return local.date().isoformat() not in HOLIDAYS and opens <= local.strftime("%H:%M") < closes


def _walked_minutes(start: datetime, end: datetime) -> int:
    minutes = int((end - start).total_seconds() / 60)
    return sum(_is_open(start + timedelta(minutes=minute)) for minute in range(minutes))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    plan: dict[str, list[dict[str, Any]]] = {
        **PLAN,
        "business_hours": [
            {"weekday": day, "opens": opens, "closes": closes} for day, (opens, closes) in HOURS.items()
        ],
        "holidays": [{"holiday": day, "title": "Holiday"} for day in HOLIDAYS],
    }
    company = Company(Path(tmp_path_factory.mktemp("calendar")), plan=plan)
    company.land_plan(date(2025, 12, 20))
    company.land("crm.users", [{"user_id": "s1", "team": "sdr", "updated_at": "2026-01-01T00:00Z"}], LAST_DAY)
    spans = [(start.isoformat(), end.isoformat()) for start, end in _spans()]
    company.land("crm.leads", [lead(f"L{n}", start, owner_id="s1") for n, (start, _) in enumerate(spans)], LAST_DAY)
    company.land("crm.lead_events", [status(f"H{n}", f"L{n}", at, "MQL") for n, (at, _) in enumerate(spans)], LAST_DAY)
    company.land(
        "crm.activities",
        [activity(f"A{n}", f"L{n}", at, "call", owner_id="s1") for n, (_, at) in enumerate(spans)],
        LAST_DAY,
    )
    _record_first_event(company, naive_utc(datetime(2026, 1, 1, 2, tzinfo=UTC)))
    company.run_day(LAST_DAY, HANDOFFS)
    return company


def _record_first_event(company: Company, first_event_at: datetime) -> None:
    """Let the manifest say of one loaded file when its first event was."""
    path = min((company.settings.raw / "andon" / "load_manifest").glob("landed_on=2025-12-20/*.parquet"))
    [entry] = pq.read_table(path).to_pylist()
    pq.write_table(pa.Table.from_pylist([{**entry, "min_event_at": first_event_at}], schema=MANIFEST_SCHEMA), path)


def test_business_minutes_are_those_of_a_clock_walked_minute_by_minute(company: Company) -> None:
    found = dict(company.rows("select handoff_id, business_minutes_to_response from marts.fct_handoffs"))
    expected = {f"H{n}": float(_walked_minutes(start, end)) for n, (start, end) in enumerate(_spans())}
    assert len(found) == SPANS
    assert found == expected


def test_the_calendar_holds_whole_weeks_around_the_data(company: Company) -> None:
    [(first, last, days, weeks)] = company.rows(
        "select min(date_day), max(date_day), count(*), count(distinct week_start) from marts.dim_date"
    )
    # The first event fell on New Year's Eve in New York, so the calendar begins in the week of 31 December 2024.
    assert (first, last) == (date(2024, 12, 30), date(2027, 11, 14))
    assert days == 7 * weeks == (last - first).days + 1


def test_every_day_has_the_iso_week_of_the_standard(company: Company) -> None:
    rows = company.rows("select date_day, iso_year, iso_week_no, weekday, iso_week from marts.dim_date")
    assert all(tuple(day.isocalendar()) == (year, week, weekday) for day, year, week, weekday, _ in rows)
    assert {label for day, *_, label in rows if day.isocalendar()[1] == 53} == {"2026-W53"}
