"""Business days and ISO weeks: the partitions, and the instant at which each is judged.

Belongs here: calendar arithmetic shared by every step. Does not belong here: business hours and holidays
(the plan's data, compiled into `dim_date`) or schedules (`automation.py`).
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dagster import AssetExecutionContext, DailyPartitionsDefinition, WeeklyPartitionsDefinition

from orchestration.settings import Settings

AS_OF_TAG = "andon/as_of"
RUN_AT = time(6, 0)
FIRST_DAY = date(2017, 1, 1)
FIRST_WEEK = date(2017, 1, 2)


def daily_partitions(settings: Settings) -> DailyPartitionsDefinition:
    """One partition per business day; the current day exists too, for files that land in office hours."""
    return DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone=settings.time_zone, end_offset=1)


def weekly_partitions(settings: Settings) -> WeeklyPartitionsDefinition:
    """One partition per ISO week, keyed by its Monday."""
    return WeeklyPartitionsDefinition(start_date=FIRST_WEEK.isoformat(), timezone=settings.time_zone, day_offset=1)


def as_of_for_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which business day `day` is judged: the next morning at 06:00 business time."""
    return datetime.combine(day + timedelta(days=1), RUN_AT, tzinfo=zone).astimezone(UTC)


def business_day_of(as_of: datetime, zone: ZoneInfo) -> date:
    """The business day that a run at `as_of` belongs to: until 06:00 it is still the day before."""
    return business_date(as_of - timedelta(hours=RUN_AT.hour), zone)


def run_as_of(context: AssetExecutionContext, settings: Settings) -> datetime:
    """The instant (UTC) a run looks from: its `andon/as_of` tag, else the morning after its last day."""
    tag = context.run.tags.get(AS_OF_TAG)
    if tag is not None:
        return datetime.fromisoformat(tag).astimezone(UTC)
    last_day = (context.partition_time_window.end - timedelta(hours=12)).date()
    return as_of_for_day(last_day, settings.zone)


def business_date(instant: datetime, zone: ZoneInfo) -> date:
    """The business date on which an aware `instant` falls."""
    return instant.astimezone(zone).date()


def week_start(day: date) -> date:
    """The Monday of the ISO week that holds `day`."""
    return day - timedelta(days=day.weekday())


def iso_week(day: date) -> str:
    """The ISO week label of `day`, `2026-W47`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
