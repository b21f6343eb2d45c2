"""Business days and ISO weeks: the partitions, and the instant at which each is judged.

Belongs here: calendar arithmetic shared by every step. Does not belong here: business hours and holidays
(the plan's data, compiled into `dim_date`) or schedules (`automation.py`).
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster import AssetExecutionContext, DailyPartitionsDefinition, WeeklyPartitionsDefinition
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, PARTITION_NAME_TAG

from orchestration.errors import AndonError
from orchestration.settings import Settings

AS_OF_TAG = "andon/as_of"
RUN_AT = time(6, 0)
FIRST_DAY = date(2017, 1, 1)
FIRST_WEEK = date(2017, 1, 2)


class PartitionError(AndonError):
    """A run that does not say which business day it is for."""


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


def last_ended_day(now: datetime, zone: ZoneInfo) -> date:
    """The last business day whose run is due by `now` (aware): the morning after it has come."""
    return business_day_of(now, zone) - timedelta(days=1)


def check_days(first: date, last: date, ended: date, landing: Path) -> None:
    """That business days `first` to `last` can be run; `ended` is the last that is over.

    What is loaded is known from its run's morning on: the day in progress would hide it until then. A day after that
    needs a file that bears its name in `landing` (a simulated company's). Raises PartitionError with the remedy.
    """
    if last < first:
        raise PartitionError(
            f"The last day, {last}, lies before the first, {first}: give the first day, then the last."
        )
    if first < FIRST_DAY:
        raise PartitionError(f"{first} lies before the first business day there is, {FIRST_DAY}: start there or later.")
    in_progress = ended + timedelta(days=1)
    if last == in_progress or (last > ended and not any(landing.glob(f"*/*/*{last}*"))):
        raise PartitionError(
            f"{last} has not ended: what is loaded for it would be unknown until the morning after. The last day that"
            f" has ended is {ended}; `andon run --day {in_progress} --as-of INSTANT` looks from an hour of a day."
        )


def run_as_of(context: AssetExecutionContext, settings: Settings) -> datetime:
    """The instant (UTC) a run looks from: its `andon/as_of` tag, else the morning after its last day.

    An asset without partitions belongs to the days of the run it is in. Raises PartitionError for a run that has
    neither a tag nor a partition: there is no clock to fall back on.
    """
    tags = context.run.tags
    if AS_OF_TAG in tags:
        return datetime.fromisoformat(tags[AS_OF_TAG]).astimezone(UTC)
    if context.assets_def.partitions_def is not None:
        return as_of_for_day((context.partition_time_window.end - timedelta(hours=12)).date(), settings.zone)
    key = tags.get(ASSET_PARTITION_RANGE_END_TAG) or tags.get(PARTITION_NAME_TAG)
    if key is None:
        raise PartitionError(
            "This run has no business day: start it through the job `daily` with a partition, or give it the tag "
            f"{AS_OF_TAG} with the instant to look from, such as 2026-03-02T11:00:00+00:00."
        )
    return as_of_for_day(date.fromisoformat(key), settings.zone)


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
