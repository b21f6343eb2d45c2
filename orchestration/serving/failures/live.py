"""What has just landed and is not sales-ready, told at once; the day's report has the costs, the pages and the rest.

Belongs here: which defects of one inspection are told live, to whom, in what words. Does not belong here: judging
(`inspection/run.py`), the daily report (`write.py`), the form of the message (`notice.py`).

Reads the inspection's log and the prepared leads, not the marts: those are of the last daily run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.ingest.lake import naive_utc
from orchestration.inspection.log import log_rows
from orchestration.inspection.run import DATABASE, open_warehouse
from orchestration.serving.failures.advice import advice
from orchestration.serving.failures.collect import audiences, filter_of, masked_observed
from orchestration.serving.failures.data import Audience
from orchestration.serving.failures.notice import notice
from orchestration.serving.inert import masked, masked_value, one_line
from orchestration.serving.outbox import store
from orchestration.serving.outbox.message import Message
from orchestration.settings import Settings

EXAMPLES, MOST_CRITERIA = 3, 6
REMEDY = "The next daily report has their cost, all rows and the pages. Mend a lead at its source: it is judged again."


@dataclass(frozen=True)
class _Landed:
    """One criterion's new defects for one audience: leads, and example texts."""

    title: str
    reason_category: str
    leads: int
    examples: tuple[str, ...]


def report_live(settings: Settings, as_of: datetime, now: datetime) -> int:
    """Tell the daily audiences of the leads found defective as of `as_of`, each its own; returns the new messages.

    New is what did not fail in the lead's inspection before; the same as-of told twice is told once. Both instants are
    aware. Nobody is told before the first daily run has published who they are.
    """
    with open_warehouse(settings) as con:
        con.execute(f"use {DATABASE}")
        if not _knows_whom_to_tell(con):
            return 0
        _landed_defects(settings, con, as_of)
        receivers = [each for each in audiences(con) if each.is_daily and each.gets != "money"]
        messages = [message for each in receivers for message in _messages(con, each, as_of)]
    with store.open_outbox(settings) as outbox, store.writing(outbox):
        return store.enqueue(outbox, messages, now)


def _knows_whom_to_tell(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'marts' and database_name = ?"
        " and table_name in ('dim_audience', 'dim_campaign', 'dim_criterion', 'dim_source')",
        [DATABASE],
    ).fetchone()
    return found == (4,)


def _landed_defects(settings: Settings, con: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """Make the temporary table `landed`: a row per lead x criterion that newly fails, with its owners."""
    verdicts, results = log_rows(settings)
    con.execute(
        f"""
        create or replace temp table landed as
        with now_failing as (from {results} where inspected_at = $at and result = 'fail'),
        last_inspections as (
            select lead_id, max(inspected_at) as inspected_at from {verdicts}
            where inspected_at < $at and lead_id in (select lead_id from now_failing) group by lead_id
        ),
        failed_before as (
            select lead_id, criterion_code from {results} semi join last_inspections using (lead_id, inspected_at)
            where result = 'fail'
        ),
        campaigns as (
            select campaign_id, max_by(campaign_name, valid_from) as campaign_name, max_by(owner, valid_from) as owner
            from marts.dim_campaign group by campaign_id
        ),
        titles as (
            select criterion_code, max_by(title, criterion_version) as title from marts.dim_criterion group by all
        )
        select
            n.lead_id, n.criterion_code, coalesce(t.title, n.criterion_code) as title, n.reason_category, n.owner,
            coalesce(c.owner, s.owner) as campaign_owner, n.observed, n.source_file, n.source_line, l.email, l.company,
            coalesce(c.campaign_name, l.campaign_id, 'no campaign') as campaign
        from now_failing as n
        anti join failed_before using (lead_id, criterion_code)
        join intermediate.int_leads as l using (lead_id)
        left join campaigns as c using (campaign_id)
        left join marts.dim_source as s on s.source = l.source
        left join titles as t using (criterion_code)
        """,
        {"at": naive_utc(as_of)},
    )


def _messages(con: duckdb.DuckDBPyConnection, audience: Audience, as_of: datetime) -> list[Message]:
    """The audience's message, none without a defect of its own."""
    where, values = filter_of(audience)
    counted = con.execute(f"select count(distinct lead_id) from landed where {where}", values).fetchone()
    if counted is None or not counted[0]:
        return []
    found = _by_criterion(con, where, values)
    leads = "1 lead that just landed is" if counted[0] == 1 else f"{counted[0]:,} leads that just landed are"
    told = [line for each in found[:MOST_CRITERIA] for line in _lines(each)]
    if len(found) > MOST_CRITERIA:
        told.append(f"and {len(found) - MOST_CRITERIA} criteria more")
    subject = f"{leads} not sales-ready: {found[0].title}"
    return [notice(f"live:{naive_utc(as_of):%Y-%m-%dT%H%M%S}", audience, subject, told, REMEDY)]


def _by_criterion(con: duckdb.DuckDBPyConnection, where: str, values: Sequence[str]) -> list[_Landed]:
    """The most frequent first."""
    rows = con.execute(
        f"""
        select
            title, any_value(reason_category), count(*),
            list([email, company, campaign, observed, source_file, source_line::varchar] order by lead_id)[:{EXAMPLES}]
        from landed where {where} group by criterion_code, title order by 3 desc, 1
        """,
        values,
    ).fetchall()
    return [_Landed(title, reason, leads, tuple(map(_example, examples))) for title, reason, leads, examples in rows]


def _example(values: Sequence[str | None]) -> str:
    email, company, campaign, observed, file, line = values
    who = ", ".join(part for part in (masked_value(email) if email else "no address", masked(company or "")) if part)
    return one_line(
        f"{who}; found {masked_observed(observed, email) or 'nothing'}; {campaign}; {file} line {line}", 300
    )


def _lines(found: _Landed) -> list[str]:
    leads = "1 lead" if found.leads == 1 else f"{found.leads:,} leads"
    return [f"{found.title}: {leads}. {advice(found.reason_category)}", *found.examples]
