"""What BI tools and the next steps may rely on: a version is complete, equal to the warehouse, and never changes."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pytest

from orchestration.serving.publish import PublishError, prune, publish
from orchestration.serving.reader import NothingPublishedError, OlderCopyError, attach_served, open_served
from orchestration.settings import Settings
from tests.serving.publishing import AS_OF, read, tree, two_marts, write_warehouse

Door = Callable[[Settings], AbstractContextManager[duckdb.DuckDBPyConnection]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_reading_before_the_first_publication_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(NothingPublishedError, match="served_copy"), open_served(settings):
        pass


@pytest.mark.parametrize("door", [open_served, attach_served])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from marts.fct_source_reconciliation", "no mart fct_source_reconciliation.* Run `andon run` once"),
        ("from marts.weekly_variance", "no mart weekly_variance.* Run `andon close` once"),
        ("select left_count from marts.a", "no column left_count.* Run `andon run` once"),
        ("select a.left_count from marts.a", "no column left_count.* Run `andon run` once"),
    ],
)
def test_what_an_older_copy_lacks_is_named_with_the_command_that_adds_it(
    settings: Settings, door: Door, query: str, said: str
) -> None:
    two_marts(settings, 1)
    publish(settings, "run-1", AS_OF)
    with pytest.raises(OlderCopyError, match=f"as of 2026-03-10T10:00:00.*{said}"), door(settings) as con:
        con.execute(query)


@pytest.mark.parametrize("query", ["from marts.no_mart_of_ours", "from other.a", "select no_function(i) from marts.a"])
def test_a_wrong_query_is_not_blamed_on_the_copy(settings: Settings, query: str) -> None:
    two_marts(settings, 1)
    publish(settings, "run-1", AS_OF)
    with pytest.raises(duckdb.CatalogException), open_served(settings) as con:
        con.execute(query)


def test_a_version_holds_the_marts_and_nothing_else(settings: Settings) -> None:
    two_marts(settings, 1)
    version = publish(settings, "run-1", AS_OF)
    tables = read(settings, "SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY 2")
    assert tables == [("marts", "a", "BASE TABLE"), ("marts", "b", "BASE TABLE")]
    assert b"jane@example.com" not in (version / "warehouse.duckdb").read_bytes()
    assert tree(version) == ["parquet", "published.json", "warehouse.duckdb"]
    assert tree(version / "parquet") == ["a.parquet", "b.parquet"]


def test_a_mart_that_is_a_view_is_served_as_a_table(settings: Settings) -> None:
    write_warehouse(
        settings,
        ["CREATE TABLE staging.t AS SELECT 7 AS n", "CREATE VIEW marts.v AS SELECT n FROM warehouse.staging.t"],
    )
    publish(settings, "run-1", AS_OF)
    assert read(settings, "SELECT n FROM marts.v") == [(7,)]


def test_the_manifest_tells_run_instant_and_row_counts(settings: Settings) -> None:
    two_marts(settings, 1)
    told = json.loads((publish(settings, "run-1", AS_OF) / "published.json").read_text())
    assert (told["run_id"], told["as_of"]) == ("run-1", "2026-03-10T10:00:00+00:00")
    assert {name: table["rows"] for name, table in told["tables"].items()} == {"a": 100, "b": 10}


def test_parquet_and_database_hold_the_same_rows(settings: Settings) -> None:
    two_marts(settings, 1)
    version = publish(settings, "run-1", AS_OF)
    parquet = duckdb.sql(f"SELECT * FROM '{version / 'parquet' / 'a.parquet'}' ORDER BY ALL").fetchall()
    assert parquet == read(settings, "SELECT * FROM marts.a ORDER BY ALL")


def test_descriptions_of_columns_reach_the_readers(settings: Settings) -> None:
    two_marts(settings, 1)
    write_warehouse(
        settings, ["COMMENT ON COLUMN marts.a.i IS 'one row''s number'", "COMMENT ON TABLE marts.a IS 'A mart'"]
    )
    publish(settings, "run-1", AS_OF)
    assert read(settings, "SELECT comment FROM duckdb_columns() WHERE comment IS NOT NULL") == [("one row's number",)]
    assert read(settings, "SELECT comment FROM duckdb_tables() WHERE table_name = 'a'") == [("A mart",)]


def test_files_of_a_version_are_read_only_and_a_reader_cannot_write(settings: Settings) -> None:
    two_marts(settings, 1)
    version = publish(settings, "run-1", AS_OF)
    assert {path.stat().st_mode & 0o777 for path in version.rglob("*") if path.is_file()} == {0o444}
    with open_served(settings) as con, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("CREATE TABLE marts.mine AS SELECT 1")


def test_an_unchanged_mart_shares_its_file_and_a_changed_one_does_not(settings: Settings) -> None:
    two_marts(settings, 1)
    first = publish(settings, "run-1", AS_OF)
    write_warehouse(settings, ["UPDATE marts.a SET generation = 2 WHERE i = 5"])
    second = publish(settings, "run-2", AS_OF)
    assert (second / "parquet/b.parquet").samefile(first / "parquet/b.parquet")
    assert not (second / "parquet/a.parquet").samefile(first / "parquet/a.parquet")
    assert read(settings, "SELECT i FROM marts.a WHERE generation = 2") == [(5,)]


def test_publishing_the_same_content_again_writes_no_table(settings: Settings) -> None:
    two_marts(settings, 1)
    first, second = publish(settings, "run-1", AS_OF), publish(settings, "run-2", AS_OF)
    assert (second / "warehouse.duckdb").samefile(first / "warehouse.duckdb")


CHANGES = {
    "rows updated": "UPDATE marts.a SET generation = 9 WHERE i % 10 = 0",
    "rows deleted": "DELETE FROM marts.a WHERE i < 30",
    "rows added": "INSERT INTO marts.a SELECT i + 1000, 1 FROM range(20) t(i)",
    "as many rows deleted as added": "UPDATE marts.a SET i = i + 5000 WHERE i < 7",
    "a row repeated": "INSERT INTO marts.a SELECT * FROM marts.a WHERE i = 3",
    "a column added": "ALTER TABLE marts.a ADD COLUMN note VARCHAR DEFAULT 'x'",
    "a column described": "COMMENT ON COLUMN marts.a.i IS 'number'",
    "a value no longer known": "UPDATE marts.a SET generation = NULL WHERE i = 4",
    "a mart dropped": "DROP TABLE marts.b",
    "a mart added": "CREATE TABLE marts.c AS SELECT 1 AS n",
}


@pytest.mark.parametrize("delta_from_rows", [0, 1_000_000], ids=["changed rows only", "tables whole"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_changed_the_next_version_equals_the_warehouse(
    settings: Settings, change: str, delta_from_rows: int
) -> None:
    two_marts(settings, 1)
    publish(settings, "run-1", AS_OF)
    write_warehouse(settings, [change])
    publish(settings, "run-2", AS_OF, delta_from_rows=delta_from_rows)
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        expected = {
            name: con.execute(f"SELECT * FROM marts.{name} ORDER BY ALL").fetchall()
            for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'").fetchall()
        }
    served = read(settings, "SELECT table_name FROM duckdb_tables()")
    assert {name: read(settings, f"SELECT * FROM marts.{name} ORDER BY ALL") for (name,) in served} == expected
    for name, rows in expected.items():
        file = settings.served / "current" / "parquet" / f"{name}.parquet"
        assert duckdb.sql(f"SELECT * FROM '{file}' ORDER BY ALL").fetchall() == rows


@pytest.mark.parametrize("delta_from_rows", [0, 1_000_000], ids=["changed rows only", "tables whole"])
def test_the_copy_does_not_grow_with_the_number_of_publications(settings: Settings, delta_from_rows: int) -> None:
    sizes: list[int] = []
    two_marts(settings, 1, rows=150_000)
    for run in range(8):
        write_warehouse(settings, [f"UPDATE marts.a SET generation = {run} + i WHERE hash(i + {run}) % 30 = 0"])
        version = publish(settings, f"run-{run}", AS_OF, delta_from_rows=delta_from_rows)
        sizes.append((version / "warehouse.duckdb").stat().st_size)
    assert max(sizes) < 4 * sizes[0]


def test_a_second_publication_under_one_run_id_leaves_the_first_to_its_readers(settings: Settings) -> None:
    two_marts(settings, 1)
    first = publish(settings, "run-1", AS_OF)
    two_marts(settings, 2)
    second = publish(settings, "run-1", AS_OF)
    assert (first.name, second.name) == ("run-1", "run-1-2")
    assert read(settings, "SELECT DISTINCT generation FROM marts.a") == [(2,)]


def test_the_last_three_versions_are_kept(settings: Settings) -> None:
    for generation in range(5):
        two_marts(settings, generation)
        publish(settings, f"run-{generation}", AS_OF)
    assert tree(settings.served) == ["current", "run-2", "run-3", "run-4"]


def test_pruning_never_removes_what_current_points_to(settings: Settings) -> None:
    for generation in range(3):
        two_marts(settings, generation)
        publish(settings, f"run-{generation}", AS_OF)
    (settings.served / "current").unlink()
    (settings.served / "current").symlink_to("run-0")
    removed = prune(settings, keep=1)
    assert [path.name for path in removed] == ["run-1"]
    assert read(settings, "SELECT DISTINCT generation FROM marts.a") == [(0,)]


def test_a_reader_in_this_process_keeps_its_version_while_a_new_reader_sees_the_next(settings: Settings) -> None:
    two_marts(settings, 1)
    publish(settings, "run-1", AS_OF)
    with open_served(settings) as old:
        for generation in range(2, 7):
            two_marts(settings, generation)
            publish(settings, f"run-{generation}", AS_OF)
        assert old.execute("SELECT DISTINCT generation FROM marts.a").fetchall() == [(1,)]
        assert read(settings, "SELECT DISTINCT generation FROM marts.a") == [(6,)]


def test_the_state_folder_can_be_moved(settings: Settings, tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "here")
    two_marts(home, 1)
    publish(home, "run-1", AS_OF)
    moved = Settings(home=home.home.rename(tmp_path / "there"))
    assert read(moved, "SELECT DISTINCT generation FROM marts.a") == [(1,)]


def test_a_copy_that_differs_from_the_warehouse_is_never_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_marts(settings, 1)
    publish(settings, "run-1", AS_OF)
    two_marts(settings, 2)
    monkeypatch.setattr("orchestration.serving.marts_copy._replace", lambda *_: None)
    with pytest.raises(RuntimeError, match="differs from the warehouse"):
        publish(settings, "run-2", AS_OF)
    assert read(settings, "SELECT DISTINCT generation FROM marts.a") == [(1,)]


@pytest.mark.parametrize("run_id", ["", "current", "../elsewhere", ".hidden", "a/b", "a b"])
def test_a_run_id_that_cannot_name_a_folder_is_refused(settings: Settings, run_id: str) -> None:
    two_marts(settings, 1)
    with pytest.raises(PublishError, match="run id"):
        publish(settings, run_id, AS_OF)


def test_without_marts_nothing_is_published(settings: Settings) -> None:
    with pytest.raises(PublishError, match="does not exist"):
        publish(settings, "run-1", AS_OF)
    write_warehouse(settings, [])
    with pytest.raises(PublishError, match="no tables in schema marts"):
        publish(settings, "run-1", AS_OF)
