# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The defect ledger as a report sees it: each defect with its lead, campaign and owners, and whether it is news.

Belongs here: the temporary tables `ledger` and `gone` on a connection to the served copy. Does not belong here: what
each audience is told of them (`collect.py`), any formula that a mart owns.

`ledger`: one row per lead x criterion that stands or is news. `stands`, `is_new`, `is_returned`, `is_fixed`,
`is_waived`: booleans. `gone`: lead_id, criterion_code, owner, campaign_owner of defects that were told and have
vanished with their lead.
"""

from datetime import datetime

import duckdb
import pyarrow as pa

_CONTEXT = """
    WITH campaigns AS (
        SELECT campaign_id, max_by(campaign_name, valid_from) AS campaign_name, max_by(owner, valid_from) AS owner
        FROM marts.dim_campaign GROUP BY campaign_id
    ),
    described AS (
        SELECT d.lead_id, d.criterion_code, d.criterion_version, coalesce(c.title, d.criterion_code) AS criterion,
               d.severity, d.owner, d.reason_category, d.state, d.first_seen_at, d.last_seen_at, d.fixed_at,
               d.waived_at, d.observed, d.cost::DOUBLE AS cost, d.source_file, d.source_line, l.email, l.company,
               l.title AS job_title, l.country, l.source, l.segment, l.campaign_id,
               coalesce(k.campaign_name, l.campaign_id) AS campaign_name,
               coalesce(k.owner, s.owner) AS campaign_owner, l.handed_off_at,
               d.state IN ('open', 'reopened') AS stands
        FROM marts.lead_defects d
        JOIN marts.fct_leads l USING (lead_id)
        LEFT JOIN marts.dim_criterion c USING (criterion_code, criterion_version)
        LEFT JOIN campaigns k USING (campaign_id)
        LEFT JOIN marts.dim_source s ON s.source = l.source
        WHERE l.lifecycle_stage <> 'deleted'
    )
"""


def since_told(con: duckdb.DuckDBPyConnection, told: pa.Table) -> None:
    """Make `ledger` and `gone`: news is what differs from `told` (see `memory.told_defects`)."""
    con.register("told", told)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE ledger AS {_CONTEXT}
        SELECT n.*, t.state AS told_state,
               n.stands AND t.state IS NULL AS is_new,
               n.stands AND coalesce(t.state NOT IN ('open', 'reopened'), false) AS is_returned,
               coalesce(n.state = 'fixed' AND t.state IN ('open', 'reopened', 'waived'), false) AS is_fixed,
               coalesce(n.state = 'waived' AND t.state IN ('open', 'reopened'), false) AS is_waived
        FROM described n LEFT JOIN told t USING (lead_id, criterion_code)
        WHERE n.stands OR t.state IS DISTINCT FROM n.state
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE gone AS
        SELECT t.lead_id, t.criterion_code, t.owner, t.campaign_owner
        FROM told t
        WHERE t.state IN ('open', 'reopened') AND NOT EXISTS (
            FROM marts.lead_defects d JOIN marts.fct_leads l USING (lead_id)
            WHERE d.lead_id = t.lead_id AND d.criterion_code = t.criterion_code AND l.lifecycle_stage <> 'deleted'
        )
        """
    )
    con.unregister("told")


def within(con: duckdb.DuckDBPyConnection, after: datetime, until: datetime, *, is_first: bool = False) -> None:
    """Make `ledger` and an empty `gone`: news is what was first seen, found fixed or waived after `after` up to `until`
    (both naive UTC). Where nothing was looked at before (`is_first`), what is seen first is not therefore new."""
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE ledger AS {_CONTEXT}
        SELECT n.*, NULL AS told_state,
               n.first_seen_at > $after AND n.first_seen_at <= $until AND n.state <> 'waived' AND NOT $is_first
                   AS is_new,
               n.state = 'reopened' AND n.last_seen_at > $after AND n.first_seen_at <= $after AS is_returned,
               coalesce(n.fixed_at > $after AND n.fixed_at <= $until, false) AS is_fixed,
               coalesce(n.state = 'waived' AND n.waived_at > $after AND n.waived_at <= $until, false) AS is_waived
        FROM described n WHERE n.first_seen_at <= $until
        """,
        {"after": after, "until": until, "is_first": is_first},
    )
    con.execute("DELETE FROM ledger WHERE NOT (stands OR is_new OR is_fixed OR is_waived)")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE gone "
        "(lead_id VARCHAR, criterion_code VARCHAR, owner VARCHAR, campaign_owner VARCHAR)"
    )


def changed_rows(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str, str]]:
    """The rows to remember once they were told: lead, criterion, state, owner, campaign's owner."""
    return con.execute(
        """
        SELECT lead_id, criterion_code, state, owner, campaign_owner FROM ledger
        WHERE told_state IS DISTINCT FROM state AND (stands OR told_state IS NOT NULL)
        ORDER BY lead_id, criterion_code
        """
    ).fetchall()


def gone_rows(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The rows to forget."""
    return con.execute("SELECT lead_id, criterion_code FROM gone ORDER BY ALL").fetchall()
