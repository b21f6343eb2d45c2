# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""When what a run saw was first modelled and first served: the truth's way after its landing.

Belongs here: the two moments, on which clock they count, and their table in the lake. Does not belong here: lags
(`feed_freshness`), or when a file landed (`ingest/window.py`).

A row per as-of and moment; the first one stays, since that is when it could be known. One file per year of as-ofs.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from dagster import AssetExecutionContext

from orchestration.ingest.columns import UTC_TIMESTAMP
from orchestration.ingest.lake import naive_utc, own_folder, write_parquet
from orchestration.settings import Settings

TABLE = "run_moments"
MODELLED, SERVED = "modelled", "served"
LIVE_WITHIN = timedelta(days=1)

RUN_MOMENT_SCHEMA = pa.schema(
    [
        ("as_of", UTC_TIMESTAMP),
        ("moment", pa.string()),
        ("reached_at", UTC_TIMESTAMP),
        ("run_started_at", UTC_TIMESTAMP),
        ("recorded_at", UTC_TIMESTAMP),
        ("run_id", pa.string()),
    ]
)
"""`reached_at` is on the run's clock; `run_started_at` and `recorded_at` are the machine's."""

Moments = dict[str, datetime]


@dataclass(frozen=True)
class RunClock:
    """The clock of a run that looks from `as_of` and began at `started_at` (both aware).

    A run that begins within a day of its as-of is live, and its moments are the machine's. Any other replays history:
    its clock starts at its as-of and goes on for as long as the run takes.
    """

    run_id: str
    as_of: datetime
    started_at: datetime

    def at(self, now: datetime) -> datetime:
        """The instant (aware) that `now`, by the machine, is for this run."""
        is_live = timedelta() <= self.started_at - self.as_of < LIVE_WITHIN
        return max(now if is_live else self.as_of + (now - self.started_at), self.as_of)


def run_clock(context: AssetExecutionContext, as_of: datetime, now: datetime) -> RunClock:
    """The clock of the run behind `context`; where Dagster has not noted its start, it begins at `now`."""
    record = context.instance.get_run_record_by_id(context.run_id)
    started = datetime.fromtimestamp(record.start_time, UTC) if record and record.start_time else now
    return RunClock(context.run_id, as_of, started)


def moments_of(settings: Settings, as_of: datetime) -> Moments:
    """The moments (aware) recorded for an as-of, by name."""
    rows = _read(_file(settings, as_of)).to_pylist()
    return {row["moment"]: row["reached_at"].replace(tzinfo=UTC) for row in rows if row["as_of"] == naive_utc(as_of)}


def with_moment(settings: Settings, moment: str, clock: RunClock, now: datetime) -> Moments:
    """The moments (aware) of the run's as-of when `moment` is reached at `now`, if it was not before."""
    known = moments_of(settings, clock.as_of)
    return {moment: max(clock.at(now), *known.values(), clock.as_of)} | known


def record_moment(settings: Settings, moment: str, clock: RunClock, now: datetime) -> None:
    """Record that a run reached `moment` at `now`, unless its as-of had reached it before.

    The caller holds the warehouse's lock: one writer at a time.
    """
    if moment in moments_of(settings, clock.as_of):
        return
    row = {
        "as_of": naive_utc(clock.as_of),
        "moment": moment,
        "reached_at": naive_utc(with_moment(settings, moment, clock, now)[moment]),
        "run_started_at": naive_utc(clock.started_at),
        "recorded_at": naive_utc(now),
        "run_id": clock.run_id,
    }
    path = _file(settings, clock.as_of)
    added = pa.Table.from_pylist([row], schema=RUN_MOMENT_SCHEMA)
    write_parquet(path, pa.concat_tables([_read(path), added]).combine_chunks())


def _file(settings: Settings, as_of: datetime) -> Path:
    return own_folder(settings, TABLE) / f"{naive_utc(as_of).year}.parquet"


def _read(path: Path) -> pa.Table:
    return pq.ParquetFile(path).read() if path.exists() else RUN_MOMENT_SCHEMA.empty_table()
