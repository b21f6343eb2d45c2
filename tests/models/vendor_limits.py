"""What a vendor cannot say, or says beyond what flat files do: where its marts may differ from those of flat files.

Every entry is a fact about the vendor, with its reason; a test holds that each is needed. Does not belong here: how the
marts are compared (`shaped_company.py`).
"""

from dataclasses import dataclass

CRMS = ("salesforce", "hubspot")


@dataclass(frozen=True)
class Limit:
    """Columns of a mart (none: whole rows) that are not compared for these vendors where `where` holds."""

    vendors: tuple[str, ...]
    mart: str
    reason: str
    columns: tuple[str, ...] = ()
    where: str = "true"


NOT_COMPARED = {
    "load_manifest": "Each vendor delivers its own files.",
    "feed_freshness": "Each vendor delivers its own files.",
    "rejected_rows": "Each vendor delivers its own files.",
    "day_completeness": "Each vendor delivers its own files.",
    "feed_completeness": "Each vendor delivers its own files.",
    "vendor_gaps": "What a vendor has not delivered; flat files have no entry there.",
    "person_links": "Explains a person by row, file and line of the vendor.",
}

UNIDENTIFIED = "GA4 knows a visitor by the forms that were filled in; who never filled one in stays unknown."
TAGGED = "HubSpot refuses a second contact with one e-mail address: who comes twice comes with a tagged one."

LIMITS = (
    Limit(
        CRMS,
        "fct_ad_spend",
        "The platforms' accounts state their time zone, flat files do not.",
        ("account_time_zone", "business_day_share", "is_business_day_exact"),
    ),
    Limit(
        CRMS,
        "dim_person",
        "Names the systems and counts the records that know a person: a CRM's contacts, a tracker's browsers.",
        ("crm_systems", "contact_ids", "contacts", "source_rows", "visitors", "form_fills"),
    ),
    Limit(CRMS, "fct_week_status", "Names the missing feeds, which are the vendor's own.", ("missing",)),
    Limit(CRMS, "unmapped_leads", "Names the line to add to the vendor's own map.", ("fix_line",)),
    Limit(
        CRMS,
        "fct_lead_events",
        "Vendors also tell with which status and owner a lead was created.",
        where="kind = 'change' and from_value is null",
    ),
    Limit(
        CRMS,
        "fct_lead_events",
        "The outcome of an activity is in the vendor's own words.",
        ("to_value",),
        where="kind = 'activity'",
    ),
    Limit(
        ("salesforce",),
        "fct_lead_events",
        "A version of an opportunity does not name who made it.",
        ("actor_id",),
        where="kind = 'stage'",
    ),
    Limit(("hubspot",), "dim_owner", "An owner has a team and no role.", ("role",)),
    Limit(("hubspot",), "fct_leads", TAGGED, ("email",), where="duplicate_of_lead_id is not null"),
    Limit(("hubspot",), "lead_subjects", TAGGED, ("email",), where="days_since_same_email is not null"),
    Limit(("hubspot",), "lead_defects", TAGGED, ("observed",), where="criterion_code = 'not_duplicate'"),
    Limit(
        ("hubspot",),
        "fct_leads",
        "A contact does not name its deal; of a deleted deal nothing else does.",
        ("opportunity_id",),
        where="opportunity_at is null",
    ),
    Limit(
        ("hubspot",),
        "fct_leads",
        UNIDENTIFIED,
        (
            "touches",
            "first_touch_at",
            "first_touch_source",
            "first_touch_campaign_id",
            "last_touch_at",
            "last_touch_source",
            "last_touch_campaign_id",
        ),
    ),
    Limit(("hubspot",), "lead_subjects", UNIDENTIFIED, ("last_touch_at",)),
    Limit(("hubspot",), "fct_lead_events", UNIDENTIFIED, where="kind = 'touch'"),
    Limit(("hubspot",), "fct_lead_touch_credit", UNIDENTIFIED),
    Limit(("hubspot",), "fct_attributed_cost", UNIDENTIFIED),
    Limit(("hubspot",), "fct_source_reconciliation", UNIDENTIFIED),
    Limit(("hubspot",), "fct_reconciliation_records", UNIDENTIFIED),
)


def limits_of(vendor: str, mart: str) -> list[Limit]:
    """The limits of a vendor in a mart."""
    return [limit for limit in LIMITS if vendor in limit.vendors and limit.mart == mart]
