"""The frames of the weekly control are one content in one order, however the database hands the rows out."""

import duckdb
import pandas as pd

from orchestration.control.week_inputs import read_week_inputs
from tests.control.served import EMPTY_TABLES, TABLES

FLOW = [("events", 0.1), ("paid-search", 0.2), ("webinars", 0.3), ("outbound", 1e16)]


def read(rows: list[tuple[str, float]]) -> pd.DataFrame:
    with duckdb.connect() as con:
        con.execute(TABLES + EMPTY_TABLES)
        con.executemany(
            "insert into marts.fct_team_flow_weekly (week_start, team, source, weeks_in_stage)"
            " values (date '2026-03-02', 'sdr', ?, ?)",
            rows,
        )
        return read_week_inputs(con).flow


def test_rows_in_another_order_are_the_same_frame_and_so_the_same_sums():
    ahead, back = read(FLOW), read(FLOW[::-1])
    pd.testing.assert_frame_equal(ahead, back)
    assert ahead["weeks_in_stage"].sum() == back["weeks_in_stage"].sum()
