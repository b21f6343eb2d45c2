"""A published company of a few leads whose defects a test writes down day by day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import duckdb
import pandas as pd

from orchestration.partitions import as_of_for_day
from orchestration.serving.failures.write import Written, report_day, report_week
from orchestration.serving.outbox import store
from orchestration.serving.reader import DATABASE
from orchestration.serving.versions import point_current_to
from orchestration.settings import Settings
from tests.serving.company import empty_marts

MARTS = (
    "dim_audience", "dim_campaign", "dim_criterion", "dim_date", "dim_owner", "dim_source", "fct_handoffs",
    "fct_lead_events", "fct_leads", "fct_week_status", "feed_freshness", "lead_defects", "lead_unevaluable",
    "lead_verdicts", "load_manifest", "rejected_rows", "weekly_variance",
)  # fmt: skip
MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 3, 11, 5, tzinfo=UTC)

AUDIENCES = (
    ("marketing_ops", "marketing_ops", "email", "ops@example.com", "own", True, True, True, True),
    ("content", "content_marketing", "email", "content@example.com", "own", True, True, False, False),
    ("finance", "finance", "email", "finance@example.com", "money", False, True, False, False),
    ("room", "sales_lead", "slack", "ANDON_TEST_WEBHOOK", "all", True, True, False, False),
    ("team", "sales_lead", "teams", "ANDON_TEST_TEAMS", "all", True, True, False, False),
)
CRITERIA = (
    ("email_present", "The lead has an e-mail address", "critical", "marketing_ops", "no_contact_data"),
    ("email_business", "The e-mail address is a business one", "major", "marketing_ops", "no_contact_data"),
    ("buyer_role", "The person can buy", "minor", "sdr_lead", "wrong_role"),
)

Row = dict[str, Any]


def at(day: date, hour: int = 0) -> datetime:
    """An instant as marts hold it: UTC without a zone."""
    return datetime.combine(day, time(hour))


@dataclass
class World:
    """The marts of a small company. `defects` maps (lead, criterion) to what `lead_defects` says of it."""

    settings: Settings
    leads: dict[str, Row] = field(default_factory=dict[str, Row])
    defects: dict[tuple[str, str], Row] = field(default_factory=dict[tuple[str, str], Row])
    other: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    audiences: Sequence[tuple[Any, ...]] = AUDIENCES
    published: int = 0

    def lead(self, name: str, **values: Any) -> None:
        self.leads[name] = {
            "lead_id": name, "email": f"{name.lower()}@acme.example", "company": "Acme", "title": "Buyer",
            "country": "US", "source": "content_syndication", "campaign_id": "CS-1", "segment": "enterprise",
            "lifecycle_stage": "handed_off", "verdict": "ready", "system": "crm", "touches": 0,
            "attributed_cost": 100.0,
            "handed_off_at": at(MONDAY, 15), "source_file": "crm/leads/leads.csv", "source_line": 2, **values,
        }  # fmt: skip

    def defect(self, lead: str, criterion: str, day: date = MONDAY, **values: Any) -> None:
        if lead not in self.leads:
            self.lead(lead)
        seen = as_of_for_day(day, self.settings.zone).replace(tzinfo=None)
        code, _, severity, owner, category = next(row for row in CRITERIA if row[0] == criterion)
        self.defects[lead, criterion] = {
            "lead_id": lead, "criterion_code": code, "criterion_version": 1, "severity": severity, "owner": owner,
            "reason_category": category, "first_seen_at": seen, "last_seen_at": seen, "state": "open", "observed": None,
            "cost": 50.0, "source_file": "crm/leads/leads.csv", "source_line": 2, **values,
        }  # fmt: skip

    def fix(self, lead: str, criterion: str, state: str = "fixed") -> None:
        self.defects[lead, criterion]["state"] = state

    def publish(self, day: date) -> datetime:
        """Publish as of the morning after `day`; every lead was inspected when it was first published."""
        as_of = as_of_for_day(day, self.settings.zone)
        self.published += 1
        version = self.settings.served / f"run-{self.published}"
        version.mkdir(parents=True)
        with duckdb.connect(str(version / DATABASE)) as con:
            for statement in ("CREATE SCHEMA marts", *_statements()):
                con.execute(statement)
            for mart, rows in self._rows(as_of).items():
                frame = pd.DataFrame(rows)
                if len(frame):
                    con.register("rows", frame)
                    con.execute(f"INSERT INTO marts.{mart} BY NAME SELECT * FROM rows")
                    con.unregister("rows")
        point_current_to(version)
        return as_of

    def day(self, day: date, now: datetime = NOW) -> Written:
        return report_day(self.settings, self.publish(day), now)

    def week(self, week_start: date, now: datetime = NOW) -> Written:
        as_of = self.publish(week_start + timedelta(days=6))
        return report_week(self.settings, week_start, as_of, now)

    def _rows(self, as_of: datetime) -> dict[str, list[Row]]:
        for lead in self.leads.values():
            lead.setdefault("_inspected_at", as_of.replace(tzinfo=None))
        defective = {lead for lead, _ in self.defects}
        names = [
            "audience", "owner", "channel", "address", "gets", "is_daily", "is_weekly", "is_review", "is_full_data",
        ]  # fmt: skip
        owners = ("marketing_ops", "content_marketing", "sdr_lead", "sales_lead", "finance")
        return {
            "dim_audience": [
                dict(zip(names, row, strict=True)) | {"owner_title": row[1].replace("_", " ").capitalize()}
                for row in self.audiences
            ],
            "dim_campaign": [
                {"campaign_id": "CS-1", "campaign_name": "CIO research library", "source": "content_syndication",
                 "owner": "content_marketing", "valid_from": date(2025, 1, 1), "is_mapped": True},
            ],
            "dim_criterion": [
                {"criterion_code": code, "criterion_version": 1, "title": title, "severity": severity, "owner": owner,
                 "reason_category": category, "valid_from": date(2025, 1, 1), "contract_version": "2"}
                for code, title, severity, owner, category in CRITERIA
            ],
            "dim_date": [
                {"date_day": day, "is_business_day": day.weekday() < 5}
                for day in (MONDAY + timedelta(days=back) for back in range(-14, 28))
            ],
            "dim_owner": [
                {"owner_id": owner, "owner_kind": "role", "name": owner.replace("_", " ").capitalize(),
                 "is_current": True, "is_active": True, "valid_from": at(date(1970, 1, 1))}
                for owner in owners
            ],
            "dim_source": [
                {"source": "content_syndication", "title": "Content syndication", "channel": "syndication",
                 "owner": "content_marketing"},
            ],
            "fct_leads": [{k: v for k, v in lead.items() if k[0] != "_"} for lead in self.leads.values()],
            "lead_defects": [*self.defects.values()],
            "lead_verdicts": [
                {"lead_id": name, "inspected_at": lead["_inspected_at"], "contract_version": "2", "contract_hash": "c",
                 "subject_hash": "s", "verdict": "defective" if name in defective else "ready", "criteria_evaluated": 3,
                 "defects": 1, "unevaluable": 0, "is_latest": True}
                for name, lead in self.leads.items()
            ],
            "fct_week_status": [{"week_start": MONDAY, "iso_week": "2026-W10", "as_of": as_of.replace(tzinfo=None)}],
            **self.other,
        }  # fmt: skip


@lru_cache(maxsize=1)
def _statements() -> tuple[str, ...]:
    return tuple(empty_marts(MARTS))


def sent_to(settings: Settings, audience: str, report: str) -> list[bytes]:
    """The payloads for an audience of one report, the oldest first."""
    with store.open_outbox(settings) as con:
        rows = con.execute(
            "SELECT payload FROM messages WHERE audience = ? AND report = ? ORDER BY id", (audience, report)
        ).fetchall()
    return [payload for (payload,) in rows]


def subjects(settings: Settings, audience: str) -> list[str]:
    """The subjects of all an audience was told, the oldest first."""
    with store.open_outbox(settings) as con:
        rows = con.execute("SELECT subject FROM messages WHERE audience = ? ORDER BY id", (audience,)).fetchall()
    return [subject for (subject,) in rows]
