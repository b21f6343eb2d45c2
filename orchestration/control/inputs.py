"""What the control step reads from the served copy, as typed frames.

Belongs here: the queries. Does not belong here: any computation on their result.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import duckdb
import pandas as pd

from orchestration.control.cells import MEASURES
from orchestration.control.week_state import NO_FINGERPRINT, WeekStatus

_FLOATS = ", ".join(f"{measure}::double as {measure}" for measure in MEASURES)


def read_statuses(con: duckdb.DuckDBPyConnection) -> tuple[dict[date, WeekStatus], datetime | None]:
    """Every week of `marts.fct_week_status`, and the instant (aware, UTC) of the publication; None when empty."""
    rows = con.execute(
        "select week_start, is_closed, missing, fingerprint, as_of from marts.fct_week_status"
    ).fetchall()
    statuses = {
        week: WeekStatus(week, bool(closed), missing or None, fingerprint or NO_FINGERPRINT)
        for week, closed, missing, fingerprint, _ in rows
    }
    as_of = max((row[4] for row in rows), default=None)
    return statuses, as_of.replace(tzinfo=UTC) if as_of is not None else None


def read_actual(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """`marts.fct_source_weekly`, all weeks, money and counts as float, NaN = not known."""
    return con.execute(f"select week_start, source, segment, {_FLOATS} from marts.fct_source_weekly").df()


def read_plan(con: duckdb.DuckDBPyConnection, weeks: Sequence[date]) -> pd.DataFrame:
    """`marts.plan_targets_weekly` of `weeks`, the plan in force for each."""
    return con.execute(
        f"select week_start, source, segment, plan_version, {_FLOATS} from marts.plan_targets_weekly"
        " where list_contains($weeks, week_start)",
        {"weeks": list(weeks)},
    ).df()
