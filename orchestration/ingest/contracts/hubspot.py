"""HubSpot, as the usual loaders deliver its objects: properties carry the prefix `property_`.

A contact is the lead. Ids are numbers, kept as text. Timestamps are UTC.
"""

from orchestration.ingest.columns import Column, Feed, boolean, decimal, double, instant, integer, required, text, texts
from orchestration.ingest.contracts.loader import HISTORY_MODE, SYNCED, table

VENDOR = "hubspot"

_CHANGE = (
    required(text("name", "Property that changed")),
    text("value", "Value from then on"),
    required(instant("timestamp", "When it changed")),
    *texts(source="What changed it", source_id="User, form or automation that changed it"),
    *SYNCED,
)


def _engagement(kind: str, description: str, *columns: Column) -> Feed:
    return table(
        VENDOR,
        f"engagement_{kind}",
        description,
        (
            required(text("engagement_id", "Engagement")),
            instant("property_hs_createdate", "Engagement created"),
            instant("property_hs_lastmodifieddate", "Engagement last changed"),
            instant("property_hs_timestamp", "When it took place or is due"),
            text("property_hubspot_owner_id", "Owner it is assigned to"),
            *columns,
            *SYNCED,
        ),
        key=("engagement_id",),
        event_time="property_hs_createdate",
    )


def _association(name: str, description: str, one: str, other: str) -> Feed:
    return table(
        VENDOR,
        name,
        description,
        (required(text(one, "One side")), required(text(other, "Other side")), text("type_id", "Label"), *SYNCED),
        key=(one, other),
        event_time=None,
    )


FEEDS: tuple[Feed, ...] = (
    table(
        VENDOR,
        "contact",
        "A contact as the CRM showed it when it was synchronised.",
        (
            required(text("id", "Contact id (vid)")),
            required(instant("property_createdate", "Contact created")),
            instant("property_lastmodifieddate", "Contact last changed"),
            *texts(
                property_email="E-mail address",
                property_firstname="First name",
                property_lastname="Last name",
                property_jobtitle="Job title",
                property_phone="Phone number",
                property_company="Company name as typed",
                property_associatedcompanyid="Company the contact belongs to",
                property_country="Country",
                property_industry="Industry",
                property_numemployees="Employees of the company, a number or a range",
                property_hs_analytics_source="Original source",
                property_hs_analytics_first_touch_converting_campaign="Campaign of the first touch",
                property_lifecyclestage="Lifecycle stage",
                property_hs_lead_status="Lead status",
                property_hubspot_owner_id="Owner",
                property_utm_source="Custom property: UTM source",
                property_utm_medium="Custom property: UTM medium",
                property_utm_campaign="Custom property: UTM campaign",
                property_hs_merged_object_ids="Contacts merged into this one, separated by ;",
                property_hs_calculated_merged_vids="Contacts merged into this one, each with its time in ms, by ;",
            ),
            double("property_hubspotscore", "Lead score", "points"),
            boolean("property_hs_email_optout", "No e-mail wanted"),
            *SYNCED,
        ),
        key=("id",),
        event_time="property_createdate",
        cadence="daily",
    ),
    table(
        VENDOR,
        "contact_property_history",
        "A change of a property of a contact.",
        (required(text("contact_id", "Contact that changed")), *_CHANGE),
        key=("contact_id", "name", "timestamp"),
        event_time="timestamp",
    ),
    table(
        VENDOR,
        "contact_merge_audit",
        "A contact was merged into another.",
        (
            text("canonical_vid", "Contact that was kept"),
            text("contact_id", "Contact that was kept"),
            required(text("vid_to_merge", "Contact that was merged into it")),
            instant("timestamp", "When they were merged"),
            *SYNCED,
        ),
        key=("vid_to_merge",),
        event_time="timestamp",
    ),
    table(
        VENDOR,
        "contact_form_submission",
        "A contact filled in a form.",
        (
            required(text("contact_id", "Contact")),
            required(instant("timestamp", "When")),
            *texts(
                form_id="Form",
                conversion_id="Id of the submission",
                page_url="Page of the form",
                title="Title of the form",
            ),
            *SYNCED,
        ),
        key=("contact_id", "form_id", "timestamp"),
        event_time="timestamp",
    ),
    table(
        VENDOR,
        "company",
        "A company as the CRM showed it when it was synchronised.",
        (
            required(text("id", "Company id")),
            *texts(
                property_name="Company name",
                property_domain="Web domain",
                property_industry="Industry",
                property_country="Country",
                property_hubspot_owner_id="Owner",
                property_lifecyclestage="Lifecycle stage; customer is a customer",
            ),
            integer("property_numberofemployees", "Employees"),
            instant("property_createdate", "Company created"),
            instant("property_hs_lastmodifieddate", "Company last changed"),
            boolean("is_deleted", "Deleted in the CRM"),
            *SYNCED,
        ),
        key=("id",),
        event_time="property_createdate",
    ),
    table(
        VENDOR,
        "deal",
        "A deal as the CRM showed it when it was synchronised.",
        (
            required(text("deal_id", "Deal id")),
            required(instant("property_createdate", "Deal created")),
            *texts(
                deal_pipeline_id="Pipeline",
                deal_pipeline_stage_id="Stage of the pipeline",
                owner_id="Owner",
                property_dealname="Name",
                property_deal_currency_code="Currency of the amount",
            ),
            decimal("property_amount", "Value of the deal", unit="in `property_deal_currency_code`"),
            instant("property_closedate", "Expected or actual close"),
            instant("property_hs_lastmodifieddate", "Deal last changed"),
            boolean("is_deleted", "Deleted in the CRM"),
            *SYNCED,
        ),
        key=("deal_id",),
        event_time="property_createdate",
        cadence="daily",
    ),
    table(
        VENDOR,
        "deal_stage",
        "A deal entered a stage.",
        (
            required(text("deal_id", "Deal that moved")),
            required(text("value", "Stage entered")),
            instant("date_entered", "When it was entered"),
            *texts(source="What moved it", source_id="User or automation that moved it"),
            *SYNCED,
            *HISTORY_MODE,
        ),
        key=("deal_id", "value", "date_entered"),
        event_time="date_entered",
    ),
    table(
        VENDOR,
        "deal_property_history",
        "A change of a property of a deal.",
        (required(text("deal_id", "Deal that changed")), *_CHANGE),
        key=("deal_id", "name", "timestamp"),
        event_time="timestamp",
    ),
    table(
        VENDOR,
        "deal_pipeline",
        "A pipeline.",
        (required(text("pipeline_id", "Pipeline id")), text("label", "Name"), *SYNCED),
        key=("pipeline_id",),
        event_time=None,
    ),
    table(
        VENDOR,
        "deal_pipeline_stage",
        "A stage of a pipeline.",
        (
            required(text("stage_id", "Stage id")),
            *texts(label="Name", pipeline_id="Pipeline"),
            boolean("is_closed", "Ends the deal"),
            boolean("closed_won", "Ends it well"),
            instant("updated_at", "Stage last changed"),
            *SYNCED,
        ),
        key=("stage_id",),
        event_time=None,
    ),
    _association("deal_contact", "A contact of a deal.", "deal_id", "contact_id"),
    _association("deal_company", "A company of a deal.", "deal_id", "company_id"),
    table(
        VENDOR,
        "merged_deal",
        "A deal was merged into another.",
        (
            required(text("deal_id", "Deal that was kept")),
            required(text("merged_deal_id", "Deal that was merged into it")),
            *SYNCED,
        ),
        key=("merged_deal_id",),
        event_time=None,
    ),
    table(
        VENDOR,
        "engagement",
        "An engagement, of whatever kind.",
        (required(text("id", "Engagement")), text("type", "Kind"), *SYNCED),
        key=("id",),
        event_time=None,
    ),
    _engagement(
        "call",
        "A call.",
        *texts(property_hs_call_disposition="Outcome", property_hs_call_status="Status"),
        double("property_hs_call_duration", "Length of the call", "milliseconds"),
    ),
    _engagement("communication", "A text message or the like."),
    _engagement(
        "email", "An e-mail.", *texts(property_hs_email_direction="Direction", property_hs_email_status="Status")
    ),
    _engagement(
        "meeting",
        "A meeting.",
        *texts(
            meeting_outcome="Outcome: scheduled, completed, rescheduled, no show or cancelled",
            property_hs_meeting_outcome="Outcome, in newer copies",
            property_hs_created_by_user_id="User who booked it",
        ),
        instant("start_time", "Start"),
        instant("end_time", "End"),
        instant("property_hs_meeting_start_time", "Start, in newer copies"),
        instant("property_hs_meeting_end_time", "End, in newer copies"),
    ),
    _engagement("note", "A note."),
    _engagement(
        "task", "Something to do.", *texts(property_hs_task_status="Status", property_hs_task_type="Kind of task")
    ),
    _association("engagement_contact", "A contact of an engagement.", "engagement_id", "contact_id"),
    _association("engagement_company", "A company of an engagement.", "engagement_id", "company_id"),
    _association("engagement_deal", "A deal of an engagement.", "engagement_id", "deal_id"),
    table(
        VENDOR,
        "owner",
        "An owner: a user as records name it.",
        (
            required(text("owner_id", "Owner id")),
            *texts(
                first_name="First name",
                last_name="Last name",
                email="E-mail address",
                type="PERSON or QUEUE",
                active_user_id="User id, as a change of a property names who made it",
            ),
            boolean("is_active", "Can own records"),
            instant("created_at", "Owner created"),
            instant("updated_at", "Owner last changed"),
            *SYNCED,
        ),
        key=("owner_id", "updated_at"),
        event_time="updated_at",
    ),
    table(
        VENDOR,
        "owner_team",
        "A team of an owner.",
        (
            required(text("owner_id", "Owner id")),
            required(text("team_id", "Team id")),
            boolean("is_team_primary", "The owner's main team"),
            *SYNCED,
        ),
        key=("owner_id", "team_id"),
        event_time=None,
    ),
    table(
        VENDOR,
        "team",
        "A team.",
        (required(text("id", "Team id")), text("name", "Name"), *SYNCED),
        key=("id",),
        event_time=None,
    ),
)
