"""A pulled file holds what the source gave, or is not kept."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.ingest.contracts import FEEDS_BY_NAME
from orchestration.ingest.records import ConservationError
from orchestration.ingest.remote.landing_file import Batch, Read, land, rows_in
from orchestration.ingest.remote.position import Position
from orchestration.settings import Settings

EVENTS = FEEDS_BY_NAME["crm.lead_events"]


def batch(rows: int) -> Batch:
    def read(write: Callable[[bytes], object]) -> Read:
        write(b'{"event_id":"1"}\n{"event_id":"2"}\n')
        return Read(rows, Position("2"))

    return Batch("1-2", datetime(2024, 3, 4, 12, tzinfo=UTC), "jsonl.gz", True, read)


def test_fewer_rows_than_the_source_gave_are_not_kept(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ConservationError, match=r"company: crm\.lead_events: 3 rows read at the source, 2 in the file"):
        land(settings, EVENTS, "company", batch(3), None)
    assert [path for path in settings.landing.rglob("*") if path.is_file()] == []
    assert land(settings, EVENTS, "company", batch(2), None).rows == 2


@pytest.mark.parametrize("block", [1, 2, 3, 1 << 20])
def test_line_ends_within_quotes_do_not_count(tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.ingest.remote.landing_file.BLOCK_BYTES", block)
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b'a,b\n1,"x\ny"\n2,"say ""hi""\n\n"\n3,\n'))
    assert rows_in(path, "csv.gz") == 3
