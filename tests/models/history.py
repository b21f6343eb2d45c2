"""A few days of a small company in which everything goes wrong that deliveries can, by seed.

Belongs here: late and out-of-order rows, corrections, merges (chains, cycles, undone), deletions, restated spend in
several currencies, browsers and contacts that change hands, changed plans. Does not belong here: plausible funnels
(`orchestration.simulation`).
"""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.models.company import PLAN
from tests.models.rows import activity, entered, lead, opportunity, spend, status, touch

Rows = list[dict[str, Any]]

STATUSES = ("MQL", "MQL", "Sales Accepted", "Sales Rejected", "Recycled", "Disqualified", "Qualified", "Odd status")
STAGES = ("Discovery", "Evaluation", "Proposal", "Negotiation", "Closed Won", "Closed Lost", "Odd stage")
SOURCES = ("Content Syndication", "Paid Search", "Customer Referral", "Door knocking", None)
CAMPAIGNS = ("SYN-E", "SEA-M", "ROGUE", None)
EMAILS = (
    *(f"{name}{number}@example.com" for name in "abcdefghijklmno" for number in range(4)), "A1+tag@example.com",
    "b@sub.us.example", "info@x.example", "at@home.example", "not an address", "c.c@gmail.com",
    "cc@googlemail.com", None,
)  # fmt: skip
CONTACTS = tuple(f"C{number}" for number in range(10))
UTM_CAMPAIGNS = ("Spring-EU", "autumn", None)
USER_AGENTS = ("Mozilla/5.0 (X11; Linux x86_64)", "Examplebot/2.1", None)
OFFICE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
CURRENCIES = ("USD", None, "EUR", "GBP", "JPY")
SEGMENTS = ("Enterprise", "Mid-Market", "Galactic", None)


class History:
    """Deliveries for day after day; each draws on all that was delivered before."""

    def __init__(self, seed: int, first_day: date) -> None:
        self.random = Random(seed)
        self.first_day = first_day
        self.leads: dict[str, dict[str, Any]] = {}
        self.delivered: dict[str, Rows] = {"lead_events": [], "activities": [], "web_touches": [], "opportunities": []}
        self.count = 0

    def day(self, day: date) -> dict[str, Rows]:
        """What the systems deliver for `day`, by feed."""
        return {
            "crm.leads": [*self._new_leads(day), *self._changed_leads(day), *self._twins(day)],
            "crm.lead_events": self._of_leads(day, "lead_events", 7, self._event),
            "crm.activities": self._of_leads(day, "activities", 5, self._activity),
            "web.web_touches": [*self._of_leads(day, "web_touches", 16, self._touch), *self._stranger(day)],
            "crm.contacts": self._contacts(day),
            "crm.accounts": self._accounts(day),
            "crm.opportunities": self._of_leads(day, "opportunities", 3, self._opportunity),
            "crm.opportunity_stages": self._stages(day),
            "crm.users": self._users(day),
            "ads.ad_spend": self._spend(day),
        }

    def changed_plan(self) -> dict[str, list[dict[str, Any]]]:
        """The maps, a campaign and the targets, edited."""
        campaigns = [*PLAN["campaigns"], {**PLAN["campaigns"][0], "source": "search", "valid_from": "2026-02-20"}]
        source_map = [*PLAN["source_map"], {"system": "crm", "source_value": "Door knocking", "source": "referral"}]
        stage_map = [row for row in PLAN["stage_map"] if row["source_value"] != "Disqualified"]
        targets = [{**row, "leads": 99.0} for row in PLAN["targets"]]
        spend_map = [
            {**PLAN["spend_map"][0], "priority": 5, "source": "syndication", "maps_to_campaign": "SYN-E"},
            {"rule_id": "rogue", "priority": 20, "campaign_id": "rog*", "source": "search", "maps_to_campaign": "SEA-M",
             "valid_from": "2026-03-06"},
        ]  # fmt: skip
        rates = [*PLAN["fx_rates"], {"currency": "EUR", "valid_from": "2026-03-06", "rate": 1.25},
                 {"currency": "GBP", "valid_from": "2026-03-06", "rate": 1.5}]  # fmt: skip
        identity = [row for row in PLAN["identity_rules"] if row["value"] != "*"]
        identity += [
            {"rule": "internal_domain", "value": "home.example"},
            {"rule": "bot_user_agent", "value": "*bot/*"},
            {"rule": "internal_ip_hash", "value": OFFICE},
        ]
        attribution = [row for row in PLAN["attribution_rules"] if row["model"] != "first"]
        attribution += [
            {**attribution[0], "valid_from": "2026-03-07", "window_days": 2.0, "excluded_channels": "search"}
        ]
        return {
            "campaigns": campaigns,
            "source_map": source_map,
            "stage_map": stage_map,
            "targets": targets,
            "spend_map": spend_map,
            "fx_rates": rates,
            "identity_rules": identity,
            "attribution_rules": attribution,
        }

    def _id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count:03d}"

    def _moment(self, day: date, back: int = 0) -> str:
        """A moment on `day`, or up to `back` days before."""
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=self.random.randint(0, back))
        return (start + timedelta(seconds=self.random.randrange(86_400))).isoformat()

    def _new_leads(self, day: date) -> Rows:
        rows = [lead(self._id("L"), self._moment(day), **self._attributes()) for _ in range(12)]
        self.leads.update((row["lead_id"], row) for row in rows)
        return rows

    def _attributes(self) -> dict[str, Any]:
        draw = self.random
        return {
            "email": draw.choice(EMAILS),
            "lead_source": draw.choice(SOURCES),
            "campaign_id": draw.choice(CAMPAIGNS),
            "utm_campaign": draw.choice(UTM_CAMPAIGNS),
            "segment": draw.choice(SEGMENTS),
            "contact_id": draw.choice((*CONTACTS, "C-never-delivered", *(None,) * 60)),
            "account_id": draw.choice(("A1", "A2", None, None, None, None, None)),
            "employees": draw.choice((50, 500, 5000, None)),
            "status": draw.choice(("New", "MQL", "Odd status")),
            "is_deleted": draw.random() < 0.1,
        }

    def _changed_leads(self, day: date) -> Rows:
        """New states of known leads: some older than what was delivered, some merged, a merge undone, a cycle."""
        draw, rows = self.random, []
        for known in draw.sample(sorted(self.leads), min(8, len(self.leads))):
            merged_into = draw.choice((None, None, draw.choice(sorted(self.leads)), f"L-never-{draw.randrange(30)}"))
            changed = self._attributes() | {
                "updated_at": self._moment(day, back=3),
                "merged_into_lead_id": merged_into,
                "opportunity_id": draw.choice(
                    (None, *(row["opportunity_id"] for row in self.delivered["opportunities"]))
                ),
            }
            rows.append({**self.leads[known], **changed})
        return rows

    def _twins(self, day: date) -> Rows:
        """Two leads with one e-mail that no other has; on the fifth day the first of them takes another."""
        first_noon = f"{self.first_day}T12:00Z"
        if day == self.first_day:
            return [lead(twin, first_noon, email="twin@example.com") for twin in ("TWIN-1", "TWIN-2")]
        if day == self.first_day + timedelta(days=4):
            return [lead("TWIN-1", first_noon, updated_at=f"{day}T12:00Z", email="other@example.com")]
        return []

    def _stranger(self, day: date) -> Rows:
        """On the first day, a touch of nobody known: only a changed plan can change it."""
        noon = f"{self.first_day}T12:00Z"
        return [touch("STRANGER", "L-unknown", noon, campaign_id="SYN-E")] if day == self.first_day else []

    def _of_leads(self, day: date, table: str, number: int, make: Any) -> Rows:
        """New rows, and two delivered before that now name another lead."""
        known = [*sorted(self.leads), None]
        rows = [make(day, self.random.choice(known)) for _ in range(number)]
        rows = [row for row in rows if row["lead_id"] or table != "lead_events"]
        before = self.delivered[table]
        for wrong in self.random.sample(before, min(2, len(before))):
            moved: dict[str, Any] = {}
            if table == "web_touches":
                moved = {"visitor_id": "V-moved", "touch_type": self.random.choice(("visit", "ad_click"))}
            if table == "opportunities":
                moved = {"is_deleted": self.random.random() < 0.3, "updated_at": self._moment(day)}
            rows.append({**wrong, **moved, "lead_id": self.random.choice(sorted(self.leads))})
        before.extend(rows)
        return rows

    def _event(self, day: date, lead_id: str) -> dict[str, Any]:
        reason = self.random.choice(("too_small", "no_need", "odd", None))
        return status(self._id("E"), lead_id, self._moment(day, back=2), self.random.choice(STATUSES), reason=reason)

    def _activity(self, day: date, lead_id: str) -> dict[str, Any]:
        kind = self.random.choice(("call", "email", "meeting_booked", "meeting_held"))
        return activity(self._id("V"), lead_id, self._moment(day, back=2), kind)

    def _touch(self, day: date, lead_id: str) -> dict[str, Any]:
        campaign = self.random.choice(CAMPAIGNS)
        draw = self.random
        more = {
            "lead_source": "google_cpc",
            "utm_campaign": draw.choice(UTM_CAMPAIGNS),
            "visitor_id": f"V{draw.randrange(40)}",
            "touch_type": draw.choice(("visit", "ad_click", "form_fill")),
            "user_agent": draw.choice(USER_AGENTS),
            "ip_hash": draw.choice((OFFICE, *(None,) * 6)),
            "email": draw.choice((*EMAILS, *(None,) * 20)),
            "contact_id": draw.choice((*CONTACTS, *(None,) * 100)),
        }
        lead_id = draw.choice((lead_id, None, None))
        return touch(self._id("T"), lead_id, self._moment(day, back=4), campaign_id=campaign, **more)

    def _opportunity(self, day: date, lead_id: str) -> dict[str, Any]:
        draw = self.random
        more = {"amount": f"{draw.randrange(1000)}.5", "currency": draw.choice(CURRENCIES)}
        created = self._moment(day, back=2)
        return opportunity(
            self._id("O"), lead_id, created, draw.choice(STAGES), account_id=draw.choice(("A1", None)), **more
        )

    def _contacts(self, day: date) -> Rows:
        draw = self.random
        return [
            {
                "contact_id": draw.choice(CONTACTS),
                "created_at": "2026-03-01T00:00Z",
                "updated_at": self._moment(day, back=2),
                "email": draw.choice(EMAILS),
                "is_deleted": draw.random() < 0.2,
                "merged_into_contact_id": draw.choice((*CONTACTS, *(None,) * 30)),
            }
            for _ in range(2)
        ]

    def _stages(self, day: date) -> Rows:
        known = [row["opportunity_id"] for row in self.delivered["opportunities"]]
        draw = self.random
        return [
            entered(self._id("H"), draw.choice(known), self._moment(day, back=2), draw.choice(STAGES)) for _ in range(6)
        ]

    def _accounts(self, day: date) -> Rows:
        draw = self.random
        return [
            {
                "account_id": draw.choice(("A1", "A2")),
                "updated_at": self._moment(day, back=1),
                "segment": draw.choice(SEGMENTS),
                "employees": draw.choice((500, 5000)),
                "is_customer": draw.random() < 0.5,
            }
        ]

    def _users(self, day: date) -> Rows:
        team = self.random.choice(("sdr", "ae"))
        return [{"user_id": self.random.choice(("U1", "U2")), "updated_at": self._moment(day, back=3), "team": team}]

    def _spend(self, day: date) -> Rows:
        """The day's spend, and that of an earlier day restated."""
        draw = self.random
        earlier = self.first_day + timedelta(days=draw.randint(0, (day - self.first_day).days))
        return [
            spend(
                spent_on.isoformat(),
                campaign,
                f"{draw.randrange(10_000) / 100:.2f}",
                currency=currency,
                account_time_zone=draw.choice(("America/New_York", "Asia/Tokyo", "Mars/Olympus", None)),
            )
            for spent_on in sorted({day, earlier})
            for campaign, currency in (("SYN-E", "USD"), ("SEA-M", "EUR"), ("ROGUE", "USD"), ("ROGUE", "GBP"))
        ]
