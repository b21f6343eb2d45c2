# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
"""Loading a feed: every file that the manifest does not have, from landing to the lake, in one transaction.

Belongs here: the order of the steps, and the report. Does not belong here: formats (`readers/`), types (`cast.py`),
the transaction (`commit.py`), when a file counts as landed (`window.py`), Dagster (`assets.py`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingest.cast import CastFile, cast_files
from orchestration.ingest.columns import TRACE_FIELDS, Feed
from orchestration.ingest.commit import REJECTS, ROWS, Transaction, exclusive_load
from orchestration.ingest.contracts import REJECT_SCHEMA
from orchestration.ingest.discovery import HashCache, LandedFile, content_hash, list_files, read_bytes
from orchestration.ingest.lake import naive_utc
from orchestration.ingest.manifest import LOADED, REFUSED, KnownFiles, ManifestRow
from orchestration.ingest.readers import FORMATS, read_records
from orchestration.ingest.records import ConservationError, Records, RefusedFileError, Reject
from orchestration.ingest.window import Landing, Window
from orchestration.settings import Settings

# Files are read, cast and written together up to this size; a larger file is a batch of its own.
BATCH_BYTES = 64 << 20


@dataclass
class LoadReport:
    """What one load did. `files`: what it added to the manifest. `refusals`: an error text per refused file,
    also when the same refusal was recorded before. `duplicates`: files whose content was loaded before.
    `unsettled`: files that changed while they were read; the next load takes them.
    """

    feed: str
    files: list[ManifestRow] = field(default_factory=list[ManifestRow])
    refusals: list[str] = field(default_factory=list[str])
    duplicates: list[str] = field(default_factory=list[str])
    unsettled: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])

    @property
    def files_loaded(self) -> int:
        """Files whose rows are in the lake now."""
        return sum(file.status == LOADED for file in self.files)

    @property
    def lines_read(self) -> int:
        """Records in these files."""
        return sum(file.lines_read for file in self.files)

    @property
    def rows_loaded(self) -> int:
        """Records that reached the lake."""
        return sum(file.rows_loaded for file in self.files)

    @property
    def rows_rejected(self) -> int:
        """Records kept in the rejects."""
        return sum(file.rows_rejected for file in self.files)


@dataclass(frozen=True)
class Candidate:
    """A file whose content is not loaded yet."""

    file: LandedFile
    sha256: str


@dataclass(frozen=True)
class Load:
    """One load under way: what it needs to know, and the report it fills."""

    feed: Feed
    transaction: Transaction
    known: KnownFiles
    recorded_at: datetime
    landing_of: Callable[[LandedFile], Landing]
    report: LoadReport


def load_feed(feed: Feed, settings: Settings, first_day: date, last_day: date, as_of: datetime) -> LoadReport:
    """Load every file of a feed that is not loaded yet and delivers a day up to `last_day`; `as_of` is aware.

    A refused file is left out and reported; the others are loaded and kept. Running it again changes nothing.
    Raises ConservationError, with nothing committed, when lines read are not rows loaded plus rejected.
    """
    report = LoadReport(feed.name)
    with exclusive_load(settings, feed) as known:
        # A feed's first load brings its history: each file counts as landed on its own day, so those days replay.
        first_landing = first_day if known.newest_landed_at else date.min
        window = Window(first_landing, last_day, as_of, settings.zone)
        cache = HashCache.load(settings, feed)
        candidates = _candidates(settings, feed, window, known, cache, report)
        load_candidates(
            Load(
                feed=feed,
                transaction=Transaction(settings, feed, load_id(feed, as_of, candidates)),
                known=known,
                recorded_at=naive_utc(as_of),
                landing_of=lambda file: window.landing(file.delivery_day, known),
                report=report,
            ),
            candidates,
        )
        cache.save()
    return report


def load_candidates(load: Load, candidates: Sequence[Candidate]) -> None:
    """Read, cast, stage and commit the candidates, in the order given."""
    if not candidates:
        return
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for part, batch in enumerate(_batches(candidates)):
            _load_batch(load, part, batch, connection)
    if load.report.files:
        load.transaction.commit(load.recorded_at, load.report.files)


def load_id(feed: Feed, as_of: datetime, candidates: Sequence[Candidate]) -> str:
    """The name of a load: the same files at the same `as_of` have the same, so a killed load is overwritten."""
    digest = hashlib.sha256(f"{feed.name} {naive_utc(as_of).isoformat()}".encode())
    for candidate in candidates:
        digest.update(f" {candidate.file.name} {candidate.sha256}".encode())
    return digest.hexdigest()[:16]


def _candidates(
    settings: Settings, feed: Feed, window: Window, known: KnownFiles, cache: HashCache, report: LoadReport
) -> list[Candidate]:
    """The files to load, by day and name. Files as they were when last read cost no reading."""
    found: list[Candidate] = []
    for file in list_files(settings, feed):
        if file.delivery_day is not None and file.delivery_day > window.last_day:
            continue
        if file.format is None:
            report.warnings.append(f"{file.name} is ignored: deliver one of {', '.join(FORMATS)}")
            continue
        sha256 = cache.get(file)
        is_new = sha256 is None
        if sha256 is None:
            data = read_bytes(file)
            if data is None:
                report.unsettled.append(file.name)
                continue
            sha256 = content_hash(data)
            cache.put(file, sha256)
        if not known.has(sha256, file.delivery_day):
            found.append(Candidate(file, sha256))
        elif is_new:
            report.duplicates.append(file.name)
    return sorted(found, key=lambda each: (window.day_of(each.file.delivery_day), each.file.name))


def _batches(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    batch: list[Candidate] = []
    size = 0
    for candidate in candidates:
        if batch and size + candidate.file.size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(candidate)
        size += candidate.file.size
    yield batch


def _load_batch(load: Load, part: int, batch: Sequence[Candidate], connection: duckdb.DuckDBPyConnection) -> None:
    readable: list[tuple[Candidate, Records]] = []
    for candidate in batch:
        data = read_bytes(candidate.file)
        if data is None:
            load.report.unsettled.append(candidate.file.name)
            continue
        try:
            readable.append((candidate, read_records(load.feed, candidate.file.format or "", data)))
        except RefusedFileError as refusal:
            _refuse(load, candidate, refusal)
    cast = cast_files(load.feed, [records for _, records in readable], connection)

    rows: defaultdict[date, list[pa.Table]] = defaultdict(list)
    rejects: defaultdict[date, list[pa.Table]] = defaultdict(list)
    for (candidate, records), result in zip(readable, cast, strict=True):
        if isinstance(result, RefusedFileError):
            _refuse(load, candidate, result)
        elif load.known.has(candidate.sha256, candidate.file.delivery_day):
            load.report.duplicates.append(candidate.file.name)
        else:
            row = _accept(load, candidate, records, result)
            rows[row.landed_on].append(_traced(result, row))
            rejects[row.landed_on].append(_reject_table(result.rejects, row))
    for kind, days in ((ROWS, rows), (REJECTS, rejects)):
        for day, tables in days.items():
            table = pa.concat_tables(tables, promote_options="default")
            if table.num_rows:
                load.transaction.stage(kind, day, table, part)


def _accept(load: Load, candidate: Candidate, records: Records, result: CastFile) -> ManifestRow:
    loaded, rejected = result.table.num_rows, len(result.rejects)
    if records.lines_read != loaded + rejected:
        raise ConservationError(
            f"{load.feed.name}: {candidate.file.name}: {records.lines_read} lines read, "
            f"but {loaded} loaded and {rejected} rejected"
        )
    if records.added_columns and not load.feed.tolerant:
        names = ", ".join(records.added_columns)
        load.report.warnings.append(
            f"{candidate.file.name}: {names} not in the contract of {load.feed.name}: loaded as text"
        )
    first, last = _event_range(load.feed, result.table)
    row = _manifest_row(
        load, candidate, LOADED, None,
        lines=(records.lines_read, loaded, rejected), added=records.added_columns, events=(first, last),
    )  # fmt: skip
    load.known.add(row)
    load.report.files.append(row)
    return row


def _refuse(load: Load, candidate: Candidate, refusal: RefusedFileError) -> None:
    """Report the refusal; record it only once, so that a file that stays broken does not fill the manifest."""
    error = f"{load.feed.name}: {candidate.file.name}: {refusal}"
    load.report.refusals.append(error)
    if (candidate.file.name, candidate.sha256, error) not in load.known.refusals:
        load.report.files.append(_manifest_row(load, candidate, REFUSED, error))


def _manifest_row(
    load: Load,
    candidate: Candidate,
    status: str,
    error: str | None,
    lines: tuple[int, int, int] = (0, 0, 0),
    added: Sequence[str] = (),
    events: tuple[datetime | None, datetime | None] = (None, None),
) -> ManifestRow:
    file, landing = candidate.file, load.landing_of(candidate.file)
    return ManifestRow(
        feed=load.feed.name,
        system=load.feed.system,
        table_name=load.feed.table,
        file_name=file.name,
        file_sha256=candidate.sha256,
        bytes=file.size,
        format=file.format or "",
        delivery_day=file.delivery_day,
        landed_at=landing.at,
        landed_on=landing.on,
        lines_read=lines[0],
        rows_loaded=lines[1],
        rows_rejected=lines[2],
        added_columns=",".join(added),
        status=status,
        error=error,
        min_event_at=events[0],
        max_event_at=events[1],
        recorded_at=load.recorded_at,
        load_id=load.transaction.load_id,
    )


def _event_range(feed: Feed, table: pa.Table) -> tuple[datetime | None, datetime | None]:
    if feed.event_time is None:
        return None, None
    ends = pc.min_max(table[feed.event_time]).as_py()
    first, last = (_midnight(ends[end]) for end in ("min", "max"))
    return first, last


def _midnight(moment: date | datetime | None) -> datetime | None:
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time())


def _traced(result: CastFile, row: ManifestRow) -> pa.Table:
    """The rows with the four columns that lead back to where each came from."""
    size = result.table.num_rows
    constants = {"_file": row.file_name, "_landed_at": row.landed_at, "_file_sha256": row.file_sha256}
    table = result.table
    for trace in TRACE_FIELDS:
        values = (
            pa.array(result.lines, trace.type)
            if trace.name == "_line"
            else pa.repeat(pa.scalar(constants[trace.name], trace.type), size)
        )
        table = table.append_column(trace, values)
    return table


def _reject_table(rejects: Sequence[Reject], row: ManifestRow) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "feed": row.feed,
                "file_name": row.file_name,
                "file_sha256": row.file_sha256,
                "line": reject.line,
                "column_name": reject.column,
                "reason": reject.reason,
                "remedy": reject.remedy,
                "text": reject.text,
                "landed_at": row.landed_at,
            }
            for reject in sorted(rejects, key=lambda each: each.line)
        ],
        schema=REJECT_SCHEMA,
    )
