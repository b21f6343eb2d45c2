"""What an audience is told of the ledger: counts, costs, since when, where, and the examples.

Belongs here: queries on `ledger` and `gone` (see `ledger.py`), filtered by what the audience gets. Does not belong
here: words, or a formula that a mart owns; a query here selects, counts and adds up.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.partitions import business_date
from orchestration.serving.failures.data import Audience, CriterionFailures, Example, Judged, Share
from orchestration.serving.inert import masked, masked_value

EXAMPLES = 5
CAMPAIGNS = 3
MONEY_ROWS = 12


def audiences(con: duckdb.DuckDBPyConnection) -> list[Audience]:
    """Who receives reports, by code and channel."""
    rows = con.execute(
        "SELECT audience, owner, owner_title, channel, address, gets, is_daily, is_weekly, is_review, is_full_data "
        "FROM marts.dim_audience ORDER BY audience, channel"
    ).fetchall()
    return [Audience(*row) for row in rows]


def criteria(con: duckdb.DuckDBPyConnection, audience: Audience, zone: ZoneInfo) -> tuple[CriterionFailures, ...]:
    """The audience's failures by criterion, the dearest first."""
    where, values = filter_of(audience)
    campaigns = _campaigns(con, where, values)
    examples = _examples(con, where, values)
    return tuple(
        CriterionFailures(
            *row[:11],
            unevaluable=row[11],
            since=_day(row[12], zone),
            known_since=_day(row[13], zone),
            cost=row[14],
            cost_of_new=row[15],
            campaigns=campaigns.get(row[0], ()),
            examples=examples.get(row[0], ()),
        )
        for row in _counts(con, where, values)
    )


def filter_of(audience: Audience) -> tuple[str, list[str]]:
    """The SQL condition (with its values) for the defects that an audience hears of."""
    if audience.gets == "own":
        return "(owner = ? OR campaign_owner = ?)", [audience.owner, audience.owner]
    return "true", []


def money(con: duckdb.DuckDBPyConnection, audience: Audience) -> dict[str, tuple[Share, ...]]:
    """What the audience's standing defects cost, by owner, source and campaign; the largest first."""
    where, values = filter_of(audience)
    parts = {
        "Owner": "SELECT coalesce(any_value(o.name), r.owner)",
        "Source": "SELECT coalesce(any_value(s.title), r.source)",
        "Campaign": "SELECT coalesce(any_value(r.campaign_name), 'no campaign')",
    }
    keys = {"Owner": "r.owner", "Source": "r.source", "Campaign": "r.campaign_id"}
    told: dict[str, tuple[Share, ...]] = {}
    for part, name in parts.items():
        rows = con.execute(
            f"""
            WITH r AS (FROM ledger WHERE {where})
            {name}, count(*) FILTER (is_new OR is_returned), count(*) FILTER (stands), sum(r.cost) FILTER (stands)
            FROM r
            LEFT JOIN marts.dim_owner o ON o.owner_id = r.owner AND o.owner_kind = 'role'
            LEFT JOIN marts.dim_source s ON s.source = r.source
            GROUP BY {keys[part]} ORDER BY 4 DESC NULLS LAST, 3 DESC, 1 LIMIT {MONEY_ROWS}
            """,
            values,
        ).fetchall()
        told[part] = tuple(Share(*row) for row in rows)
    return told


def judged(con: duckdb.DuckDBPyConnection, after: datetime, until: datetime) -> Judged | None:
    """Verdicts given after `after` up to `until` (naive UTC), each lead by its last; None when there is none."""
    rows = con.execute(
        """
        WITH verdicts AS (
            SELECT lead_id, max_by(verdict, inspected_at) AS verdict FROM marts.lead_verdicts
            WHERE inspected_at > ? AND inspected_at <= ? GROUP BY lead_id
        )
        SELECT count(*) FILTER (verdict = 'ready'), count(*) FILTER (verdict = 'defective'),
               count(*) FILTER (verdict = 'unevaluable') FROM verdicts
        """,
        [after, until],
    ).fetchone()
    assert rows is not None
    return Judged(*rows) if any(rows) else None


def was_judged_before(con: duckdb.DuckDBPyConnection, moment: datetime) -> bool:
    """Whether any lead had been inspected by `moment` (naive UTC): if not, whatever is found then is found first."""
    found = con.execute("SELECT count(*) FROM marts.lead_verdicts WHERE inspected_at <= ?", [moment]).fetchone()
    assert found is not None
    return found[0] > 0


def _counts(con: duckdb.DuckDBPyConnection, where: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
    return con.execute(
        f"""
        WITH mine AS (
            SELECT criterion_code, max_by(criterion, criterion_version) AS title, mode(severity) AS severity,
                   mode(owner) AS owner, mode(reason_category) AS reason_category,
                   count(*) FILTER (is_new) AS new, count(*) FILTER (is_returned) AS returned,
                   count(*) FILTER (stands) AS standing, count(*) FILTER (is_fixed) AS fixed,
                   count(*) FILTER (is_waived) AS waived, min(first_seen_at) FILTER (stands) AS since,
                   min(first_seen_at) FILTER (stands AND NOT is_new AND NOT is_returned) AS known_since,
                   sum(cost) FILTER (stands) AS cost, sum(cost) FILTER (is_new OR is_returned) AS cost_of_new
            FROM ledger WHERE {where} GROUP BY criterion_code
        ),
        vanished AS (SELECT criterion_code, count(*) AS gone FROM gone WHERE {where} GROUP BY criterion_code),
        campaigns AS (SELECT campaign_id, max_by(owner, valid_from) AS owner FROM marts.dim_campaign GROUP BY ALL),
        unseen AS (
            SELECT u.criterion_code, u.owner, coalesce(k.owner, s.owner) AS campaign_owner
            FROM marts.lead_unevaluable u
            JOIN marts.fct_leads l USING (lead_id)
            LEFT JOIN campaigns k USING (campaign_id)
            LEFT JOIN marts.dim_source s ON s.source = l.source
            WHERE l.lifecycle_stage <> 'deleted'
        ),
        unevaluable AS (SELECT criterion_code, count(*) AS leads FROM unseen WHERE {where} GROUP BY criterion_code),
        named AS (SELECT criterion_code, max_by(title, criterion_version) AS title, max_by(severity, criterion_version)
                  AS severity, max_by(owner, criterion_version) AS owner, max_by(reason_category, criterion_version)
                  AS reason_category FROM marts.dim_criterion GROUP BY ALL),
        codes AS (SELECT criterion_code FROM mine UNION SELECT criterion_code FROM vanished)
        SELECT c.criterion_code, coalesce(m.title, n.title, c.criterion_code), coalesce(m.severity, n.severity, ''),
               coalesce(o.name, m.owner, n.owner, ''), coalesce(m.reason_category, n.reason_category, ''),
               coalesce(m.new, 0), coalesce(m.returned, 0), coalesce(m.standing, 0), coalesce(m.fixed, 0),
               coalesce(m.waived, 0), coalesce(v.gone, 0), coalesce(e.leads, 0), m.since, m.known_since, m.cost,
               m.cost_of_new
        FROM codes c
        LEFT JOIN mine m USING (criterion_code)
        LEFT JOIN vanished v USING (criterion_code)
        LEFT JOIN unevaluable e USING (criterion_code)
        LEFT JOIN named n USING (criterion_code)
        LEFT JOIN marts.dim_owner o ON o.owner_id = coalesce(m.owner, n.owner) AND o.owner_kind = 'role'
        WHERE coalesce(m.standing + m.fixed + m.waived, 0) + coalesce(v.gone, 0) > 0
        ORDER BY m.cost DESC NULLS LAST, m.standing DESC NULLS LAST, c.criterion_code
        """,
        [*values] * 3,
    ).fetchall()


def _campaigns(con: duckdb.DuckDBPyConnection, where: str, values: Sequence[str]) -> dict[str, tuple[Share, ...]]:
    rows = con.execute(
        f"""
        SELECT criterion_code, coalesce(any_value(campaign_name), 'no campaign'),
               count(*) FILTER (is_new OR is_returned), count(*) FILTER (stands), sum(cost) FILTER (stands)
        FROM ledger WHERE {where} AND stands
        GROUP BY criterion_code, campaign_id
        QUALIFY row_number() OVER (PARTITION BY criterion_code ORDER BY 4 DESC, 2) <= {CAMPAIGNS}
        ORDER BY criterion_code, 4 DESC, 2
        """,
        values,
    ).fetchall()
    grouped: dict[str, list[Share]] = {}
    for code, *share in rows:
        grouped.setdefault(code, []).append(Share(*share))
    return {code: tuple(shares) for code, shares in grouped.items()}


def _examples(con: duckdb.DuckDBPyConnection, where: str, values: Sequence[str]) -> dict[str, tuple[Example, ...]]:
    """Per criterion the most useful: news first, then the dearest, and no campaign twice before each came once."""
    rows = con.execute(
        f"""
        WITH placed AS (
            SELECT *, is_new OR is_returned AS is_news,
                   row_number() OVER (PARTITION BY criterion_code, campaign_id ORDER BY is_new OR is_returned DESC,
                                      cost DESC NULLS LAST, lead_id) AS place_in_campaign
            FROM ledger WHERE {where} AND stands
        )
        SELECT criterion_code, lead_id, email, company, campaign_name, observed, cost, source_file, source_line, is_news
        FROM placed
        QUALIFY row_number() OVER (PARTITION BY criterion_code ORDER BY is_news DESC, place_in_campaign,
                                   cost DESC NULLS LAST, lead_id) <= {EXAMPLES}
        ORDER BY criterion_code, is_news DESC, place_in_campaign, cost DESC NULLS LAST, lead_id
        """,
        values,
    ).fetchall()
    grouped: dict[str, list[Example]] = {}
    for code, lead_id, email, company, campaign, observed, cost, file, line, is_news in rows:
        grouped.setdefault(code, []).append(
            Example(
                lead_id=lead_id,
                email=masked_value(email) if email else "",
                company=masked(company or ""),
                campaign=campaign or "",
                observed=masked_observed(observed, email),
                cost=cost,
                source_file=file or "",
                source_line=line,
                is_news=is_news,
            )
        )
    return {code: tuple(examples) for code, examples in grouped.items()}


def masked_observed(observed: str | None, email: str | None) -> str:
    """What a criterion saw, without the lead's address however it is written."""
    if not observed:
        return ""
    return masked(observed.replace(email, masked_value(email)) if email else observed)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return None if moment is None else business_date(moment.replace(tzinfo=UTC), zone)
