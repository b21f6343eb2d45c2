"""The lake before anything was delivered, and files that arrive whole."""

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.ingest.contracts import FEEDS_BY_NAME, VENDORS
from orchestration.ingest.lake import OWN_TABLES, ensure_lake, own_folder, write_atomically, write_run_context
from orchestration.ingest.plan_tables import PLAN_TABLES
from orchestration.settings import Settings
from tests.ingest.landed import lake_files, stored


def test_every_declared_table_can_be_read_before_anything_was_delivered(settings: Settings) -> None:
    ensure_lake(settings)
    for feed in (*VENDORS["flat"], *PLAN_TABLES):
        table = duckdb.sql(f"from '{settings.raw}/{feed.system}/{feed.table}/*/*.parquet'")
        assert table.columns[: len(feed.columns)] == [column.name for column in feed.columns]
        assert len(table) == 0
    for own in OWN_TABLES:
        table = duckdb.sql(
            f"from read_parquet('{settings.raw}/andon/{own.name}/**/*.parquet', hive_partitioning=false)"
        )
        assert table.columns == own.schema().names
        assert len(table) == 0
    assert len(duckdb.sql(f"from '{settings.rejects}/*/*/*/*.parquet'")) == 0


def test_a_lake_that_is_there_is_left_alone(settings: Settings) -> None:
    ensure_lake(settings)
    before = {path: path.stat().st_mtime_ns for path in settings.home.rglob("*") if path.is_file()}
    ensure_lake(settings)
    assert {path: path.stat().st_mtime_ns for path in settings.home.rglob("*") if path.is_file()} == before


def test_a_table_whose_contract_has_changed_gets_a_new_empty_file(settings: Settings) -> None:
    ensure_lake(settings)
    path = settings.raw / "crm" / "leads" / "landed_on=1970-01-01" / "empty.parquet"
    pq.write_table(pa.table({"old": pa.array([], pa.string())}), path)
    ensure_lake(settings)
    assert pq.read_schema(path).equals(VENDORS["flat"][0].lake_schema)


def test_rows_landed_before_a_contract_got_a_column_have_it_too(settings: Settings) -> None:
    ensure_lake(settings)
    folder = settings.raw / "ads" / "ad_spend"
    before = FEEDS_BY_NAME["ads.ad_spend"].lake_schema
    before = before.remove(before.get_field_index("account_time_zone"))
    row = dict.fromkeys(before.names) | {"platform": "net", "_line": 2}
    (folder / "landed_on=2026-03-02").mkdir()
    pq.write_table(pa.Table.from_pylist([row], schema=before), folder / "landed_on=2026-03-02" / "load-1.parquet")
    pq.write_table(before.empty_table(), folder / "landed_on=1970-01-01" / "empty.parquet")

    ensure_lake(settings)
    read = duckdb.sql(f"select platform, account_time_zone, _line from '{folder}/*/*.parquet'")
    assert read.fetchall() == [("net", None, 2)]


def test_the_run_context_is_one_row_and_is_replaced(settings: Settings) -> None:
    for hour in (11, 12):
        write_run_context(settings, datetime(2026, 3, 3, hour, tzinfo=UTC))
    files = list(own_folder(settings, "run_context").iterdir())
    assert len(files) == 1
    assert pq.read_table(files[0]).to_pylist() == [
        {"as_of": stored(2026, 3, 3, 12), "time_zone": "America/New_York", "currency": "USD"}
    ]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, lambda file: file.write(b"old"))

    def fail(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"old"


def test_the_lake_holds_nothing_hidden_from_its_own_listing(settings: Settings) -> None:
    ensure_lake(settings)
    assert len(lake_files(settings)) == len(VENDORS["flat"]) + len(PLAN_TABLES) + len(OWN_TABLES) + 1
