"""Which weeks there are in the served copy, and what of them is published.

Belongs here: those queries. Does not belong here: what a week's figures are computed from (`week_inputs.py`).
"""

from datetime import UTC, date, datetime

import duckdb
import pandas as pd

from orchestration.control.week_inputs import QUERIES
from orchestration.control.week_state import NO_FINGERPRINT, WeekStatus


def read_statuses(con: duckdb.DuckDBPyConnection) -> tuple[dict[date, WeekStatus], datetime | None]:
    """Every week of `marts.fct_week_status`, and the instant (aware, UTC) of the publication; None when empty."""
    rows = con.execute(
        "select as_of, week_start, is_closed, missing, fingerprint, missing_capacity, complete_share, incomplete"
        " from marts.fct_week_status"
    ).fetchall()
    statuses = {
        week: WeekStatus(
            week,
            bool(closed),
            missing or None,
            fingerprint or NO_FINGERPRINT,
            capacity or None,
            share,
            incomplete or None,
        )
        for _, week, closed, missing, fingerprint, capacity, share, incomplete in rows
    }
    as_of = max((row[0] for row in rows), default=None)
    return statuses, as_of.replace(tzinfo=UTC) if as_of is not None else None


def read_policy(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The plan's settings of the weekly control, as `policy_in_force` takes them."""
    return con.execute(QUERIES["policy"]).df()


def read_published_revisions(con: duckdb.DuckDBPyConnection) -> dict[date, int]:
    """The newest revision of each week in `marts.weekly_variance`; none before the first weekly run."""
    present = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = 'weekly_variance'"
    ).fetchone()
    if present == (0,):
        return {}
    rows = con.execute("select week_start, max(revision) from marts.weekly_variance group by week_start").fetchall()
    return dict(rows)
