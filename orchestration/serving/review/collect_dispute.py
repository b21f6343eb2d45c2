"""Read what a week's quality and the dispute over it say from the served copy.

Belongs here: the queries. Does not belong here: any formula; a query selects and orders.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb

from orchestration.serving.review.dispute_data import (
    ChartPoint,
    CriteriaChange,
    Dispute,
    Quadrants,
    RepVerdicts,
    SourceQuality,
    Worth,
)


def collect_dispute(con: duckdb.DuckDBPyConnection, week: date, revision: int) -> Dispute:
    """The quality tables of `week` at `revision`; the chart's earlier weeks at their latest one."""
    return Dispute(
        points=tuple(ChartPoint(*row) for row in _rows(con, _POINTS, week, week)),
        quality=tuple(SourceQuality(*row) for row in _rows(con, _QUALITY, week, revision)),
        quadrants=tuple(Quadrants(*row) for row in _rows(con, _QUADRANTS, week, revision)),
        reps=tuple(RepVerdicts(*row) for row in _rows(con, _REPS, week, revision)),
        worth=tuple(Worth(*row) for row in _rows(con, _WORTH, week, revision)),
        changes=tuple(CriteriaChange(*row) for row in _rows(con, _CHANGES, week, revision)),
    )


def _rows(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
    return con.execute(query, list(values)).fetchall()


_POINTS = """
    SELECT week_start, defects_per_lead, defects_centre, defects_lower, defects_upper, defects_signal
    FROM marts.weekly_quality
    WHERE source = 'all' AND week_start <= ? AND week_start > ?::DATE - INTERVAL 182 DAY
    QUALIFY revision = max(revision) OVER (PARTITION BY week_start)
    ORDER BY week_start
"""

_QUALITY = """
    SELECT source, evaluated, defects_per_lead, defects_lower, defects_upper, defects_signal, dpmo, sigma_level,
           first_pass_yield, rolled_throughput_yield, cost_of_poor_quality
    FROM marts.weekly_quality WHERE week_start = ? AND revision = ?
    ORDER BY source = 'all', defects DESC, source
"""

_QUADRANTS = """
    SELECT d.source, ready_accepted, ready_rejected, defective_accepted, defective_rejected, kappa, kappa_low,
           kappa_high, is_ambiguous, observed_rate, corrected_rate, corrected_low, corrected_high
    FROM marts.weekly_dispute d
    LEFT JOIN marts.weekly_judges j
        ON d.week_start = j.week_start AND d.revision = j.revision AND d.source = j.source AND j.judge = 'inspector'
    WHERE d.week_start = ? AND d.revision = ? AND d.rep = 'all'
    ORDER BY d.source = 'all', ready_rejected + defective_accepted DESC, d.source
"""

_REPS = """
    WITH named AS (
        SELECT owner_id, max_by(name, valid_from) AS name FROM marts.dim_owner
        WHERE owner_kind = 'user' AND is_current GROUP BY owner_id
    )
    SELECT coalesce(n.name, d.rep), decided, ready_accepted, ready_rejected, defective_accepted, defective_rejected,
           kappa, kappa_low, kappa_high, is_ambiguous
    FROM marts.weekly_dispute d LEFT JOIN named n ON n.owner_id = d.rep
    WHERE week_start = ? AND revision = ? AND source = 'all' AND rep <> 'all'
    ORDER BY decided DESC, d.rep
"""

_WORTH = """
    WITH named AS (
        SELECT criterion_code, max_by(title, criterion_version) AS title
        FROM marts.dim_criterion GROUP BY criterion_code
    )
    SELECT coalesce(n.title, w.criterion_code), failed, failed_converted / nullif(failed, 0),
           passed_converted / nullif(passed, 0), conversion_ratio, conversion_low, conversion_high, verdict
    FROM marts.weekly_criterion_worth w LEFT JOIN named n USING (criterion_code)
    WHERE week_start = ? AND revision = ? AND to_stage = 'opportunity' AND population = 'all_leads'
    ORDER BY verdict <> 'predicts_the_opposite', verdict <> 'predicts_nothing', conversion_ratio DESC NULLS LAST,
             w.criterion_code
"""

_CHANGES = """
    SELECT kind, subject, leads, share, evidence FROM marts.weekly_criteria_changes
    WHERE week_start = ? AND revision = ? ORDER BY kind, leads DESC, subject
"""
