"""Read what the control loop says of one week from the served copy.

Belongs here: the queries. Does not belong here: any formula; a query selects and orders.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb

from orchestration.control.signal_rows import DISCONNECT
from orchestration.serving.review.data import ALL
from orchestration.serving.review.dispute_data import ChartPoint
from orchestration.serving.review.loop_data import Action, Loop, Paid, RateChart, Ripe, Shift, Signal, TeamLoad, Trust


def collect_loop(con: duckdb.DuckDBPyConnection, week: date, revision: int) -> Loop:
    """The loop's tables of `week` at `revision`; shifts and actions as of the publication."""
    signals = read_signals(con, week, revision)
    return Loop(
        ripe=tuple(Ripe(*row) for row in _rows(con, _RIPE, week, revision, ALL, ALL)),
        signals=signals,
        teams=tuple(TeamLoad(*row) for row in _rows(con, _TEAMS, week, revision)),
        shifts=tuple(Shift(*row) for row in _rows(con, _SHIFTS, week)),
        paid=tuple(Paid(*row) for row in _rows(con, _PAID, week, revision)),
        actions=tuple(Action(*row) for row in _rows(con, _ACTIONS, week)),
        acceptance=_acceptance(con, week, signals),
        trust=tuple(Trust(*row) for row in _rows(con, _TRUST, week, revision)),
    )


def read_signals(con: duckdb.DuckDBPyConnection, week: date, revision: int) -> tuple[Signal, ...]:
    """The signals of `week` at `revision`, the open ones first."""
    return tuple(Signal(*row) for row in _rows(con, _SIGNALS, week, revision))


def _acceptance(con: duckdb.DuckDBPyConnection, week: date, signals: Sequence[Signal]) -> RateChart:
    """The chart of the tactic whose disconnect comes first; of all leads where there is none."""
    tactics = [signal.subject.split("/") for signal in signals if signal.kind == DISCONNECT]
    source, segment = tactics[0] if tactics else (ALL, ALL)
    points = _rows(con, _ACCEPTANCE, source, segment, week, week)
    return RateChart(source, segment, tuple(ChartPoint(*row) for row in points))


def _rows(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
    return con.execute(query, list(values)).fetchall()


_RIPE = """
    SELECT metric, plan, actual_at_age, expected_at_age, matured, matured_low, matured_high, age_status, naive,
           signal, confidence, weeks_lasted
    FROM marts.weekly_variance
    WHERE week_start = ? AND revision = ? AND source = ? AND segment = ? AND matured IS NOT NULL
"""

_SIGNALS = """
    SELECT signal, subject, signal_state, began_week, weeks_lasted, confidence, money_at_risk, money_burned, cause,
           coalesce(owner_role, owner), evidence, confidence_of_a_tenth
    FROM marts.weekly_signals WHERE week_start = ? AND revision = ?
    ORDER BY CASE signal_state WHEN 'open' THEN 0 WHEN 'watch' THEN 1 ELSE 2 END,
             money_at_risk DESC NULLS LAST, weeks_lasted DESC, signal, subject
"""

_ACCEPTANCE = """
    SELECT week_start, value, centre, lower, upper, signal FROM marts.weekly_control_charts
    WHERE metric = 'lead_to_accepted' AND chart = 'laney_p' AND source = ? AND segment = ?
      AND week_start <= ? AND week_start > ?::DATE - INTERVAL 182 DAY
    QUALIFY revision = max(revision) OVER (PARTITION BY week_start)
    ORDER BY week_start
"""

_TRUST = """
    SELECT measure, cohorts, coverage, bias, error, error_plan, error_naive, verdict FROM marts.weekly_backtest
    WHERE week_start = ? AND revision = ?
    ORDER BY list_position(['accepted', 'meetings', 'opportunities', 'won'], measure)
"""

_TEAMS = """
    SELECT team, qualified_leads, load_hours, capacity_hours, utilisation, expected_wait_minutes,
           respond_within_minutes, late_share, admissible_leads, people_short, cut_off_score, is_bottleneck, balance,
           reason
    FROM marts.weekly_capacity WHERE week_start = ? AND revision = ? ORDER BY utilisation DESC NULLS LAST, team
"""

_SHIFTS = """
    SELECT rule_id, from_source, to_source, amount, effective_on, state, approval, approver, reason
    FROM marts.budget_shifts WHERE week_start = ? ORDER BY amount DESC, rule_id, from_source, leg
"""

_PAID = """
    SELECT rule_id, age_weeks, amount, effect, low, high, verdict, naive_change, is_held_out
    FROM marts.shift_evaluations WHERE week_start = ? AND revision = ? ORDER BY rule_id, age_weeks, shift_id
"""

_ACTIONS = """
    SELECT signal, subject, state, owner, controller, due_on, expected_outcome, escalated_to
    FROM marts.actions
    WHERE opened_week <= ? AND state NOT IN ('closed', 'withdrawn')
    ORDER BY state = 'escalated' DESC, due_on, signal, subject
"""
