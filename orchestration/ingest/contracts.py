# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""What may be delivered: each feed's columns, types, key and event time; the schemas of the lake's own tables.

Belongs here: declarations only. The plan's tables are declared in `plan_tables.py`. Does not belong here: how
files are found, read or typed, nor the schemas of tables that a later step writes (it declares them itself,
see `lake.py`).

How a delivered value is read: an empty string is NULL. Timestamps are ISO 8601 with an offset or `Z`; without
one they are UTC; stored as naive UTC. Decimals keep four digits after the point (half away from zero). Text is
kept as delivered.
"""

import pyarrow as pa

from orchestration.ingest.columns import (
    UTC_TIMESTAMP,
    Feed,
    boolean,
    day,
    decimal,
    double,
    instant,
    integer,
    required,
    text,
    texts,
)

UTM = texts(
    utm_source="UTM source as tracked",
    utm_medium="UTM medium as tracked",
    utm_campaign="UTM campaign as tracked",
)

FEEDS: tuple[Feed, ...] = (
    Feed(
        "crm",
        "leads",
        "A lead as the CRM showed it when it was extracted; a row per lead per extract in which it changed.",
        (
            required(text("lead_id", "Lead id in the CRM")),
            required(instant("created_at", "Lead created")),
            required(instant("updated_at", "Lead last changed; the latest wins")),
            *texts(
                email="E-mail address",
                first_name="First name",
                last_name="Last name",
                title="Job title",
                phone="Phone number",
                company="Company name as typed",
                account_id="Account the lead belongs to",
                country="Country",
                industry="Industry",
            ),
            integer("employees", "Employees of the company"),
            *texts(
                lead_source="Source as the CRM calls it",
                campaign_id="Campaign that brought the lead",
                segment="Segment as the CRM calls it",
            ),
            double("score", "Lead score at the extract", "points"),
            *texts(status="Lead status as the CRM calls it", owner_id="User who owns the lead"),
            boolean("consent", "Consent to be contacted"),
            boolean("is_deleted", "Deleted in the CRM"),
            *texts(
                merged_into_lead_id="Lead that this one was merged into",
                opportunity_id="Opportunity the lead was converted to",
            ),
            *UTM,
        ),
        key=("lead_id",),
        event_time="created_at",
        cadence="daily",
    ),
    Feed(
        "crm",
        "lead_events",
        "A change of a lead's status or owner.",
        (
            required(text("event_id", "Id of the change")),
            required(text("lead_id", "Lead that changed")),
            required(instant("event_at", "When it changed")),
            required(text("event_type", "What changed", allowed=("status", "owner"))),
            text("from_value", "Value before; empty on creation"),
            required(text("to_value", "Value after")),
            *texts(actor_id="User who changed it", reason="Reason code given with the change"),
        ),
        key=("event_id",),
        event_time="event_at",
        cadence="daily",
    ),
    Feed(
        "crm",
        "activities",
        "A call, an e-mail or a meeting with a lead or an account.",
        (
            required(text("activity_id", "Id of the activity")),
            required(
                text(
                    "activity_type",
                    "Kind of activity",
                    allowed=("call", "email", "meeting_booked", "meeting_held", "meeting_no_show"),
                )
            ),
            required(instant("occurred_at", "When it happened")),
            *texts(
                lead_id="Lead concerned",
                account_id="Account concerned",
                opportunity_id="Opportunity concerned",
                owner_id="User who did it",
                outcome="Outcome as the CRM calls it",
            ),
            integer("minutes", "Duration", unit="minutes"),
        ),
        key=("activity_id",),
        event_time="occurred_at",
        cadence="daily",
    ),
    Feed(
        "crm",
        "accounts",
        "A company as the CRM showed it when it was extracted.",
        (
            required(text("account_id", "Account id in the CRM")),
            *texts(
                name="Company name",
                domain="Web domain",
                segment="Segment as the CRM calls it",
                industry="Industry",
            ),
            integer("employees", "Employees"),
            *texts(country="Country", owner_id="User who owns the account"),
            instant("created_at", "Account created"),
            required(instant("updated_at", "Account last changed; the latest wins")),
            boolean("is_customer", "Already a customer"),
        ),
        key=("account_id",),
        event_time="updated_at",
        cadence="on_change",
    ),
    Feed(
        "crm",
        "opportunities",
        "An opportunity as the CRM showed it when it was extracted.",
        (
            required(text("opportunity_id", "Opportunity id in the CRM")),
            *texts(
                account_id="Account concerned",
                lead_id="Lead it was converted from",
                name="Name",
                stage="Stage as the CRM calls it",
            ),
            decimal("amount", "Value of the deal", unit="in `currency`"),
            *texts(currency="ISO 4217 code of the amount", owner_id="User who owns it"),
            required(instant("created_at", "Opportunity created")),
            required(instant("updated_at", "Opportunity last changed; the latest wins")),
            day("close_date", "Expected or actual close"),
            boolean("is_deleted", "Deleted in the CRM"),
        ),
        key=("opportunity_id",),
        event_time="created_at",
        cadence="daily",
    ),
    Feed(
        "crm",
        "opportunity_stages",
        "An opportunity entered a stage.",
        (
            required(text("history_id", "Id of the history row")),
            required(text("opportunity_id", "Opportunity that moved")),
            required(text("stage", "Stage entered, as the CRM calls it")),
            required(instant("entered_at", "When it was entered")),
            text("actor_id", "User who moved it"),
            decimal("amount", "Value of the deal at that moment", unit="in the opportunity's currency"),
        ),
        key=("history_id",),
        event_time="entered_at",
        cadence="daily",
    ),
    Feed(
        "crm",
        "users",
        "A user of the CRM from `updated_at` on (effective-dated).",
        (
            required(text("user_id", "User id in the CRM")),
            required(instant("updated_at", "Valid from")),
            *texts(name="Name", email="E-mail address", team="Team", role="Role"),
            boolean("is_active", "Can own leads"),
        ),
        key=("user_id", "updated_at"),
        event_time="updated_at",
        cadence="on_change",
    ),
    Feed(
        "ads",
        "ad_spend",
        "A day's spend of one campaign; platforms restate, the latest delivery wins.",
        (
            required(day("spend_date", "Day of the spend")),
            required(text("platform", "Ad platform")),
            required(text("account_id", "Ad account")),
            required(text("campaign_id", "Campaign id on the platform")),
            text("campaign_name", "Campaign name on the platform"),
            integer("impressions", "Times shown"),
            integer("clicks", "Clicks"),
            required(decimal("cost", "Spend", unit="in `currency`")),
            required(text("currency", "ISO 4217 code of the cost")),
        ),
        key=("platform", "account_id", "campaign_id", "spend_date", "currency"),
        event_time="spend_date",
        cadence="daily",
    ),
    Feed(
        "web",
        "web_touches",
        "A visitor touched the web site.",
        (
            required(text("touch_id", "Id of the touch")),
            required(instant("occurred_at", "When it happened")),
            required(text("visitor_id", "Visitor")),
            text("lead_id", "Lead, once known"),
            required(text("touch_type", "Kind of touch", allowed=("visit", "ad_click", "form_fill"))),
            *texts(lead_source="Source as tracked", campaign_id="Campaign as tracked"),
            *UTM,
            text("page", "Page"),
        ),
        key=("touch_id",),
        event_time="occurred_at",
        cadence="daily",
    ),
)

FEEDS_BY_NAME: dict[str, Feed] = {feed.name: feed for feed in FEEDS}

MANIFEST_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("system", pa.string()),
        ("table_name", pa.string()),
        ("file_name", pa.string()),
        ("file_sha256", pa.string()),
        ("bytes", pa.int64()),
        ("format", pa.string()),
        ("delivery_day", pa.date32()),
        ("landed_at", UTC_TIMESTAMP),
        ("landed_on", pa.date32()),
        ("lines_read", pa.int64()),
        ("rows_loaded", pa.int64()),
        ("rows_rejected", pa.int64()),
        ("added_columns", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("min_event_at", UTC_TIMESTAMP),
        ("max_event_at", UTC_TIMESTAMP),
        ("recorded_at", UTC_TIMESTAMP),
        ("load_id", pa.string()),
    ]
)
"""One row per file and load. `status`: loaded or refused; `load_id` names the Parquet files the rows went to."""

REJECT_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("file_name", pa.string()),
        ("file_sha256", pa.string()),
        ("line", pa.int64()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("remedy", pa.string()),
        ("text", pa.string()),
        ("landed_at", UTC_TIMESTAMP),
    ]
)
"""One row per rejected record; `column_name` is the first column at fault, NULL when the line is damaged."""

RUN_CONTEXT_SCHEMA = pa.schema([("as_of", UTC_TIMESTAMP), ("time_zone", pa.string()), ("currency", pa.string())])
"""Exactly one row: the moment the run judges, and the business time zone and currency."""
