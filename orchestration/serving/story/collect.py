"""Read leads' stories from the served copy, for one lead or for many at once.

Belongs here: the queries and the words of each step. Does not belong here: layout, a formula that a mart owns.
Addresses are masked unless asked for; every text that was delivered is one line of visible characters.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.errors import AndonError
from orchestration.serving.failures.collect import masked_observed
from orchestration.serving.inert import masked, masked_value, visible
from orchestration.serving.review.words import ABSENT, instant, minutes, money
from orchestration.serving.story.data import CriterionLine, Step, Story

_RESULTS = {
    "open": ("failed, open", "red"),
    "reopened": ("failed again, open", "red"),
    "fixed": ("fixed", "green"),
    "waived": ("waived", "amber"),
    "unevaluable": ("could not be evaluated", "amber"),
}
_VERDICT_TONES = {"ready": "green", "defective": "red", "unevaluable": "amber"}
_Row = dict[str, Any]
_Timed = tuple[datetime | None, str, str, str, str]


class UnknownLeadError(AndonError):
    """The published marts have no such lead."""


def find_lead(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The lead's id for an id as in the marts or as its CRM shows it: itself, or the survivor it was merged into.

    Raises UnknownLeadError, also when it is a lead's number in several CRMs.
    """
    found = con.execute(
        """
        WITH known AS (
            SELECT lead_id, unnest(string_split(concat_ws(',', lead_id, merged_lead_ids), ',')) AS id
            FROM marts.fct_leads
        ), named AS (
            SELECT lead_id, min(CASE WHEN lead_id = $id THEN 1 WHEN id = $id THEN 2 ELSE 3 END) AS likeness
            FROM known WHERE id = $id OR (contains(id, ':') AND split_part(id, ':', 2) = $id)
            GROUP BY lead_id
        )
        SELECT lead_id FROM named WHERE likeness = (SELECT min(likeness) FROM named) ORDER BY lead_id
        """,
        {"id": name},
    ).fetchall()
    if len(found) > 1:
        several = " and ".join(str(lead) for (lead,) in found)
        raise UnknownLeadError(f"{visible(name, 80)} is a number of {several}: name one of them.")
    if not found:
        raise UnknownLeadError(
            f"No lead {visible(name, 80)} is published. Ids are those of the CRM, as in fct_leads.lead_id; a lead that "
            "has landed since the last daily run is not known yet."
        )
    return str(found[0][0])


def collect_stories(
    con: duckdb.DuckDBPyConnection, lead_ids: Sequence[str], *, zone: ZoneInfo, currency: str, full: bool = False
) -> list[Story]:
    """The stories of `lead_ids` (as in `fct_leads`), in that order; ids that are not there are left out.

    `full` shows e-mail addresses as delivered. One query per mart, however many leads.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest($ids::VARCHAR[]) AS lead_id", {"ids": [*lead_ids]}
    )
    teller = _Teller(con, zone, currency, full)
    return [teller.story(lead_id) for lead_id in lead_ids if lead_id in teller.leads]


class _Teller:
    """The rows of the wanted leads, and the words made of them."""

    def __init__(self, con: duckdb.DuckDBPyConnection, zone: ZoneInfo, currency: str, full: bool) -> None:
        self._zone, self._currency, self._full = zone, currency, full
        self.leads = {row["lead_id"]: row for row in _rows(con, _LEADS)}
        self._events = _grouped(_rows(con, _EVENTS))
        self._handoffs = _grouped(_rows(con, _HANDOFFS))
        self._verdicts = _grouped(_rows(con, _VERDICTS))
        self._results = _grouped(_rows(con, _RESULT_ROWS))
        as_of = con.execute("SELECT max(as_of) FROM marts.fct_week_status").fetchone()
        self._as_of = as_of[0] if as_of else None

    def story(self, lead_id: str) -> Story:
        lead = self.leads[lead_id]
        verdicts = self._verdicts[lead_id]
        steps = [
            *(self._event(row) for row in self._events[lead_id]),
            *(step for row in self._handoffs[lead_id] for step in self._handoff(row)),
            *(self._verdict(row) for row in verdicts),
        ]
        steps.sort(key=lambda step: (step[0] is None, str(step[0])))
        latest = verdicts[-1] if verdicts else None
        return Story(
            lead_id=lead_id,
            lead=visible(lead_id, 80),
            headline=_headline(lead, latest),
            tone=_VERDICT_TONES.get(lead["verdict"] or "", "neutral"),
            facts=tuple(self._facts(lead)),
            criteria=tuple(self._criterion(row, lead) for row in self._results[lead_id]),
            passed=_passed(latest),
            steps=tuple(Step(self._at(at), kind, text, place, tone) for at, kind, text, place, tone in steps),
            as_of=self._at(self._as_of),
        )

    def _facts(self, lead: _Row) -> list[tuple[str, str]]:
        email = lead["email"] or ""
        merged = lead["merged_lead_ids"]
        facts = [
            ("Company", self._said(lead["company"])),
            ("E-mail", visible(email, 120) if self._full else visible(masked_value(email), 120) if email else ""),
            ("Job title", self._said(lead["title"])),
            ("Country", self._said(lead["country"])),
            ("Source", f"{self._said(lead['source_title'])}, {self._said(lead['campaign_name']) or 'no campaign'}"),
            ("Segment", f"{lead['segment']} (company: {lead['company_segment'] or 'unknown'})"),
            ("Score", "" if lead["score"] is None else f"{lead['score']:g}"),
            ("Stage", lead["lifecycle_stage"]),
            ("Owner", self._said(lead["owner_name"] or lead["owner_id"])),
            ("Attributed cost", money(lead["attributed_cost"], self._currency)),
            ("Cost of its defects", money(lead["defect_cost"], self._currency)),
            ("Merged into it", self._said(merged, 300) if merged else ""),
            ("Same address as", self._said(lead["duplicate_of_lead_id"])),
            ("Times out of order", self._said(lead["clock_defects"], 200)),
            ("Record", _place(lead)),
        ]
        return [(label, value) for label, value in facts if value]

    def _event(self, row: _Row) -> _Timed:
        actor = f" by {self._said(row['actor'])}" if row["actor"] else ""
        what, before, after = (self._said(row[name]) for name in ("what", "from_value", "to_value"))
        match row["kind"]:
            case "record":
                text = f"record created{actor}"
            case "touch":
                where = f" from {before}" if before else ""
                text = f"{what}{where}{f', page {after}' if after else ''}{self._campaign(row)}"
            case "change":
                reason = f" ({self._said(row['reason'])})" if row["reason"] else ""
                text = f"{what}: {before or ABSENT} → {after or ABSENT}{reason}{actor}"
            case "activity":
                length = f", {row['minutes']} min" if row["minutes"] is not None else ""
                text = f"{what}{f': {after}' if after else ''}{length}{actor}"
            case _:
                text = f"opportunity enters {after or ABSENT}{actor}"
        return row["occurred_at"], row["kind"], text, _place(row), "neutral"

    def _handoff(self, row: _Row) -> list[_Timed]:
        offered = f"handoff {row['attempt_no']}: {row['from_team'] or ABSENT} → {row['to_team'] or ABSENT}"
        if row["respond_within_minutes"] is not None:
            offered += f", answer due within {minutes(row['respond_within_minutes'])} of business time"
        steps: list[_Timed] = [(row["offered_at"], "handoff", offered, "", "neutral")]
        if row["first_response_at"] is not None:
            took = minutes(row["business_minutes_to_response"])
            late, tone = (", late", "red") if row["is_on_time"] is False else ("", "neutral")
            text = f"handoff {row['attempt_no']}: first response after {took}{late}"
            steps.append((row["first_response_at"], "handoff", text, "", tone))
        if row["decided_at"] is not None:
            reason = f" ({self._said(row['reason_code'])})" if row["reason_code"] else ""
            cost = row["cost_of_poor_quality"]
            waste = f"; cost of poor quality {money(cost, self._currency)}" if cost else ""
            tone = "green" if row["outcome"] == "accepted" else "red"
            text = f"handoff {row['attempt_no']}: {row['outcome']}{reason}{waste}"
            steps.append((row["decided_at"], "handoff", text, "", tone))
        return steps

    def _verdict(self, row: _Row) -> _Timed:
        failed = f": {row['defect_codes']}" if row["defect_codes"] else ""
        unseen = f"; {row['unevaluable']} could not be evaluated" if row["unevaluable"] else ""
        text = f"inspected by contract {self._said(row['contract_version'])}: {row['verdict']}{failed}{unseen}"
        return row["inspected_at"], "verdict", text, _place(row), _VERDICT_TONES[row["verdict"]]

    def _criterion(self, row: _Row, lead: _Row) -> CriterionLine:
        result, tone = _RESULTS[row["state"]]
        observed = row["observed"] if self._full else masked_observed(row["observed"], lead["email"])
        return CriterionLine(
            title=visible(row["title"], 160),
            version=f"{row['criterion_code']}, version {row['criterion_version']}",
            result=result,
            tone=tone,
            observed=visible(observed or "", 160) or "nothing",
            since=self._at(row["first_seen_at"]),
            owner=self._said(row["owner_name"] or row["owner"]),
            cost=money(row["cost"], self._currency),
            place=_place(row),
        )

    def _campaign(self, row: _Row) -> str:
        return f", campaign {self._said(row['campaign_name'] or row['campaign_id'])}" if row["campaign_id"] else ""

    def _said(self, text: object, letters: int = 80) -> str:
        told = "" if text is None else str(text)
        return visible(told if self._full else masked(told), letters)

    def _at(self, moment: datetime | None) -> str:
        return ABSENT if moment is None else instant(moment.replace(tzinfo=UTC), self._zone.key)


def _headline(lead: _Row, latest: _Row | None) -> str:
    if lead["handed_off_at"] is None:
        return "Never handed off, so not judged"
    if latest is None:
        return "Handed off, not yet inspected"
    judged = {"ready": "Ready for sales", "defective": "Defective", "unevaluable": "Could not be evaluated"}
    return f"{judged[latest['verdict']]}; now {lead['lifecycle_stage']}"


def _passed(latest: _Row | None) -> str:
    if latest is None:
        return ""
    passed = latest["criteria_evaluated"] - latest["defects"]
    return f"{passed} of {latest['criteria_evaluated'] + latest['unevaluable']} criteria passed at the last inspection."


def _place(row: _Row) -> str:
    line = "" if row["source_line"] is None else f", line {row['source_line']}"
    return visible(f"{row['source_file'] or ''}{line}", 160)


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[_Row]:
    result = con.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _grouped(rows: list[_Row]) -> defaultdict[str, list[_Row]]:
    groups: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row["lead_id"]].append(row)
    return groups


_CAMPAIGN_NAMES = (
    "(SELECT campaign_id, max_by(campaign_name, valid_from) AS campaign_name FROM marts.dim_campaign GROUP BY ALL)"
)
_PEOPLE = "(SELECT owner_id, max_by(name, valid_from) AS name FROM marts.dim_owner GROUP BY ALL)"

_LEADS = f"""
    SELECT l.*, coalesce(s.title, l.source) AS source_title, k.campaign_name, o.name AS owner_name,
           (SELECT sum(d.cost)::DOUBLE FROM marts.lead_defects d WHERE d.lead_id = l.lead_id) AS defect_cost
    FROM marts.fct_leads l
    JOIN wanted USING (lead_id)
    LEFT JOIN marts.dim_source s ON s.source = l.source
    LEFT JOIN {_CAMPAIGN_NAMES} k USING (campaign_id)
    LEFT JOIN {_PEOPLE} o ON o.owner_id = l.owner_id
"""
_EVENTS = f"""
    SELECT e.*, k.campaign_name, coalesce(o.name, e.actor_id) AS actor
    FROM marts.fct_lead_events e
    JOIN wanted USING (lead_id)
    LEFT JOIN {_CAMPAIGN_NAMES} k USING (campaign_id)
    LEFT JOIN {_PEOPLE} o ON o.owner_id = e.actor_id
    ORDER BY e.occurred_at NULLS LAST, e.kind, e.event_id
"""
_HANDOFFS = "SELECT h.* FROM marts.fct_handoffs h JOIN wanted USING (lead_id) ORDER BY attempt_no"
_VERDICTS = "SELECT v.* FROM marts.lead_verdicts v JOIN wanted USING (lead_id) ORDER BY inspected_at"
_RESULT_ROWS = f"""
    WITH results AS (
        SELECT lead_id, criterion_code, criterion_version, state, owner, observed, first_seen_at, cost::DOUBLE AS cost,
               source_file, source_line FROM marts.lead_defects
        UNION ALL
        SELECT lead_id, criterion_code, criterion_version, 'unevaluable', owner, observed, inspected_at, NULL,
               source_file, source_line FROM marts.lead_unevaluable
    )
    SELECT r.*, coalesce(c.title, r.criterion_code) AS title, o.name AS owner_name
    FROM results r
    JOIN wanted USING (lead_id)
    LEFT JOIN marts.dim_criterion c USING (criterion_code, criterion_version)
    LEFT JOIN {_PEOPLE} o ON o.owner_id = r.owner
    ORDER BY r.state NOT IN ('open', 'reopened'), r.cost DESC NULLS LAST, r.criterion_code
"""
