"""Bring a served database and its Parquet files to the content of the warehouse's marts.

Belongs here: comparing, copying and verifying tables of the two databases, attached to one connection as
`warehouse` (the name its views use) and `served`. Does not belong here: which version is built or removed.
"""

import shutil
from pathlib import Path

import duckdb

from orchestration.serving.versions import TableState, Version

SCHEMA = "marts"

Tables = dict[str, TableState]


class CopyError(RuntimeError):
    """The copy does not equal the warehouse."""


def warehouse_tables(con: duckdb.DuckDBPyConnection) -> Tables:
    """The state of every table (or view) of the warehouse's marts, by name; reads each once."""
    described = con.execute(
        """
        SELECT c.table_name, list((c.column_name, c.data_type, c.comment) ORDER BY c.column_index),
               max(t.comment)
        FROM duckdb_columns() c
        LEFT JOIN duckdb_tables() t USING (database_name, schema_name, table_name)
        WHERE c.database_name = 'warehouse' AND c.schema_name = ?
        GROUP BY c.table_name ORDER BY c.table_name
        """,
        [SCHEMA],
    ).fetchall()
    states: Tables = {}
    for name, columns, comment in described:
        rows, signature = _content(con, "warehouse", name)
        states[name] = TableState(rows, signature, tuple((c[0], c[1], c[2]) for c in columns), comment)
    return states


def fill(con: duckdb.DuckDBPyConnection, wanted: Tables, held: Tables, delta_from_rows: int) -> None:
    """Bring `served`, which holds `held`, to `wanted` in one transaction and check each changed table.

    Raises CopyError, with nothing committed, when a table does not come out equal to the warehouse's.
    """
    con.execute("BEGIN")
    con.execute(f"CREATE SCHEMA IF NOT EXISTS served.{SCHEMA}")
    for name in sorted(held.keys() - wanted.keys()):
        con.execute(f"DROP TABLE {_qualified('served', name)}")
    for name, state in wanted.items():
        before = held.get(name)
        if before != state:
            _bring_over(con, name, state, before, delta_from_rows)
    con.execute("COMMIT")
    con.execute("CHECKPOINT served")


def export(con: duckdb.DuckDBPyConnection, folder: Path, wanted: Tables, previous: Version | None) -> None:
    """One `<mart>.parquet` per mart in `folder`; an unchanged one is the file of `previous`, shared."""
    for name, state in wanted.items():
        file = f"{name}.parquet"
        if previous and previous.tables.get(name) == state:
            link_or_copy(previous.folder / "parquet" / file, folder / file)
        else:
            mart, target = _qualified("warehouse", name), _literal(str(folder / file))
            con.execute(f"COPY {mart} TO {target} (FORMAT parquet, COMPRESSION zstd)")


def attach(con: duckdb.DuckDBPyConnection, database: Path, name: str, *, read_only: bool) -> None:
    """Attach `database` under `name`."""
    con.execute(f"ATTACH {_literal(str(database))} AS {name} {'(READ_ONLY)' if read_only else ''}")


def link_or_copy(source: Path, target: Path) -> None:
    """Share an immutable file, or copy it where the file system has no hard links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _content(con: duckdb.DuckDBPyConnection, database: str, table: str) -> tuple[int, str]:
    """Row count and the sum of all rows' 64-bit hashes: equal content, equal pair, whatever the order."""
    row = con.execute(
        f"SELECT count(*), coalesce(sum(hash(t)), 0)::VARCHAR FROM {_qualified(database, table)} t"
    ).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def _bring_over(
    con: duckdb.DuckDBPyConnection,
    name: str,
    state: TableState,
    before: TableState | None,
    delta_from_rows: int,
) -> None:
    wanted = (state.rows, state.signature)
    if before and before.columns == state.columns and min(before.rows, state.rows) >= delta_from_rows:
        _take_changed_rows(con, name)
        # Repeated rows escape a comparison by content; then the table is written whole.
        if _content(con, "served", name) == wanted:
            return
    _replace(con, name, state)
    if (found := _content(con, "served", name)) != wanted:
        raise CopyError(
            f"the served copy of {name} (rows, hash: {found}) differs from the warehouse ({wanted}): "
            "nothing was published and readers keep the version before; run the asset `served_copy` again."
        )


def _take_changed_rows(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Delete the rows whose content the warehouse no longer has; insert those that the copy has not."""
    ours, theirs = _qualified("served", table), _qualified("warehouse", table)
    con.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT hash(t) AS h FROM {theirs} t")
    con.execute(f"CREATE OR REPLACE TEMP TABLE held AS SELECT t.rowid AS row_id, hash(t) AS h FROM {ours} t")
    con.execute(f"DELETE FROM {ours} WHERE rowid IN (SELECT row_id FROM held ANTI JOIN wanted ON held.h = wanted.h)")
    con.execute(f"INSERT INTO {ours} SELECT t.* FROM {theirs} t ANTI JOIN held ON hash(t) = held.h")
    con.execute("DROP TABLE wanted")
    con.execute("DROP TABLE held")


def _replace(con: duckdb.DuckDBPyConnection, table: str, state: TableState) -> None:
    """Write the table whole, with the descriptions that BI tools show."""
    ours = _qualified("served", table)
    con.execute(f"CREATE OR REPLACE TABLE {ours} AS FROM {_qualified('warehouse', table)}")
    if state.comment:
        con.execute(f"COMMENT ON TABLE {ours} IS {_literal(state.comment)}")
    for column, _, comment in state.columns:
        if comment:
            con.execute(f"COMMENT ON COLUMN {ours}.{_identifier(column)} IS {_literal(comment)}")


def _qualified(database: str, table: str) -> str:
    return f"{database}.{SCHEMA}.{_identifier(table)}"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
