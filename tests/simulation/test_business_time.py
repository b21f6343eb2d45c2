"""Working time on arrays: known instants, and both directions against each other."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestration.simulation.business_time import BusinessTime

ZONE = ZoneInfo("America/New_York")
HOURS = {weekday: (time(8, 30), time(17, 30)) for weekday in range(1, 6)}
CALENDAR = BusinessTime.build(date(2026, 2, 1), date(2026, 6, 30), ZONE, HOURS, frozenset({date(2026, 5, 25)}))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def after(text: str, minutes: int) -> str:
    instant = CALENDAR.after(np.array([at(text)]), np.array([60 * minutes]))
    return datetime.fromtimestamp(int(instant[0]), ZONE).strftime("%Y-%m-%d %H:%M")


def test_an_hour_from_friday_evening_ends_on_monday_morning() -> None:
    assert after("2026-04-10 17:00", 60) == "2026-04-13 09:00"


def test_a_holiday_and_a_weekend_are_skipped() -> None:
    assert after("2026-05-22 17:00", 60) == "2026-05-26 09:00"


def test_a_night_handoff_starts_counting_in_the_morning() -> None:
    assert after("2026-04-14 22:15", 10) == "2026-04-15 08:40"


def test_the_day_the_clocks_change_costs_no_working_time() -> None:
    assert after("2026-03-06 17:00", 60) == "2026-03-09 09:00"


def test_business_dates_follow_the_business_zone() -> None:
    late_evening = np.array([at("2026-03-07 23:30"), at("2026-03-08 23:30")])
    days = CALENDAR.day(late_evening).astype("datetime64[D]")
    assert [str(day) for day in days] == ["2026-03-07", "2026-03-08"]


@given(st.integers(0, 80 * 9 * 3600))
def test_counting_back_gives_what_was_counted(seconds: int) -> None:
    counted = CALENDAR.worked_at(CALENDAR.at_worked(np.array([seconds])))
    assert counted.tolist() == [seconds]
