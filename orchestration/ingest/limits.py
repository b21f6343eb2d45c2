"""What a vendor cannot tell, or tells beyond what flat files do: where its marts may differ from those of flat files.

Belongs here: the limits as data, each a fact about the vendor with its reason. Tests hold that the marts are equal but
for these, and that every column of each is needed. Does not belong here: what one user's copy of a vendor lacks (mart
`vendor_gaps`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

CRMS = ("salesforce", "hubspot")
PLATFORMS = ("google_ads", "linkedin_ads", "meta_ads")
TRACKERS = ("ga4", "segment")


@dataclass(frozen=True)
class Rows:
    """Some rows of a mart: in words, and as a condition on its columns (other marts as `marts.<name>`)."""

    words: str = "every row"
    where: str = "true"


@dataclass(frozen=True)
class Limit:
    """Columns of a mart (none: whole rows) that these vendors cannot tell in `rows`, and why."""

    vendors: tuple[str, ...]
    mart: str
    reason: str
    columns: tuple[str, ...] = ()
    rows: Rows = Rows()


OWN_FILES: Mapping[str, str] = {
    "load_manifest": "Each vendor delivers its own files.",
    "feed_freshness": "Each vendor delivers its own files.",
    "feed_completeness": "Each vendor delivers its own files.",
    "day_completeness": "Each vendor delivers its own files.",
    "rejected_rows": "Each vendor delivers its own files.",
    "vendor_gaps": "Names what a vendor has not delivered; flat files have no entry there.",
    "person_links": "Explains a person by row, file and line of the vendor.",
}
"""Marts about the vendors' own files and records, and what each is about."""

UNIDENTIFIED = "A tracker knows a visitor who logs in or fills in a form; who never does stays anonymous."
REPEATED = "Who was anonymous before several leads is counted with the first of them; flat files name the lead."
TAGGED = "HubSpot refuses a second contact with one e-mail address: who comes twice comes with another one."
NO_BROWSER = "A form of HubSpot's own does not name the browser."
SHARED = "What a campaign cost in a week is shared among the leads that are known to be of it."
ARRIVALS = "A tracker tells an ad click from a visit by a click id or a paid medium, not by what was bought."

_TOUCHES_OF_PEOPLE = (
    "select leads.person_id from marts.fct_leads as leads inner join marts.fct_lead_events as events"
    " on leads.lead_id = events.lead_id and events.kind = 'touch'"
    " and leads.person_id is not null"
)
_NOT_SEEN_AS_LEAD = f"person_id not in ({_TOUCHES_OF_PEOPLE} and events.occurred_at >= leads.created_at)"
_ONLY_FORMS = f"person_id not in ({_TOUCHES_OF_PEOPLE} and events.what <> 'form_fill')"
_REPEATED_LEADS = "select lead_id from marts.fct_leads qualify count(*) over (partition by person_id) > 1"

OF_UNIDENTIFIED = Rows(
    "leads who were never on the site as one",
    f"lead_id in (select lead_id from marts.fct_leads where {_NOT_SEEN_AS_LEAD})",
)
UNIDENTIFIED_PEOPLE = Rows("people who were never on the site as a lead", _NOT_SEEN_AS_LEAD)
OF_REPEATED = Rows("leads of people with several", f"lead_id in ({_REPEATED_LEADS})")
FIRST_TOUCH = ("touches", "first_touch_at", "first_touch_source", "first_touch_campaign_id")
LAST_TOUCH = ("last_touch_at", "last_touch_source", "last_touch_campaign_id")
_TOUCHES = Rows("touches", "kind = 'touch'")
_COUNTS_OF_CLICKS = Rows("joints of clicks", "joint in ('platform_clicks_to_clicks', 'clicks_to_form_fills')")


def _of_touches(rows: Rows) -> Rows:
    return Rows(f"touches of {rows.words}", f"kind = 'touch' and {rows.where}")


_SPEND = (
    Limit(
        PLATFORMS,
        "fct_ad_spend",
        "The platforms' accounts state their time zone, flat files do not.",
        ("account_time_zone", "business_day_share", "is_business_day_exact"),
    ),
)

_CRM = (
    Limit(
        CRMS,
        "dim_person",
        "Names the systems that know a person, and counts their records.",
        ("crm_systems", "source_rows"),
    ),
    Limit(
        ("salesforce",),
        "dim_person",
        "A converted lead has a contact, a record of its own.",
        ("contact_ids", "contacts"),
    ),
    Limit(CRMS, "fct_week_status", "Names the missing feeds, which are the vendor's own.", ("missing",)),
    Limit(CRMS, "unmapped_leads", "Names the line to add to the vendor's own map.", ("fix_line",)),
    Limit(
        CRMS,
        "fct_lead_events",
        "Vendors also tell with which status and owner a lead was created.",
        rows=Rows("what a lead was created with", "kind = 'change' and from_value is null"),
    ),
    Limit(
        CRMS,
        "fct_lead_events",
        "The outcome of an activity is in the vendor's own words.",
        ("to_value",),
        Rows("activities", "kind = 'activity'"),
    ),
    Limit(
        ("salesforce",),
        "fct_lead_events",
        "A version of an opportunity does not name who made it.",
        ("actor_id",),
        Rows("stages of opportunities", "kind = 'stage'"),
    ),
    Limit(("hubspot",), "dim_owner", "An owner has a team and no role.", ("role",)),
    Limit(("hubspot",), "fct_leads", TAGGED, ("email",), Rows("duplicates", "duplicate_of_lead_id is not null")),
    Limit(("hubspot",), "lead_subjects", TAGGED, ("email",), Rows("duplicates", "days_since_same_email is not null")),
    Limit(("hubspot",), "lead_defects", TAGGED, ("observed",), Rows("duplicates", "criterion_code = 'not_duplicate'")),
    Limit(
        ("hubspot",),
        "fct_leads",
        "A contact does not name its deal; of a deleted deal nothing else does.",
        ("opportunity_id",),
        Rows("leads whose deal was deleted", "opportunity_at is null and opportunity_id is not null"),
    ),
)

_WEB = (
    Limit(
        ("hubspot",),
        "dim_person",
        NO_BROWSER,
        ("visitors",),
        Rows("people who only filled in forms", _ONLY_FORMS),
    ),
    Limit(TRACKERS, "fct_leads", UNIDENTIFIED, (*FIRST_TOUCH, *LAST_TOUCH), OF_UNIDENTIFIED),
    Limit(TRACKERS, "fct_leads", REPEATED, FIRST_TOUCH, OF_REPEATED),
    Limit(TRACKERS, "dim_person", UNIDENTIFIED, ("visitors",), UNIDENTIFIED_PEOPLE),
    Limit(TRACKERS, "lead_subjects", UNIDENTIFIED, ("last_touch_at",), OF_UNIDENTIFIED),
    *(
        limit
        for reason, rows in ((UNIDENTIFIED, OF_UNIDENTIFIED), (REPEATED, OF_REPEATED))
        for limit in (
            Limit(TRACKERS, "fct_lead_events", reason, rows=_of_touches(rows)),
            Limit(TRACKERS, "fct_lead_touch_credit", reason, rows=rows),
            Limit(TRACKERS, "fct_attributed_cost", reason, rows=rows),
        )
    ),
    Limit(TRACKERS, "fct_attributed_cost", SHARED, ("attributed_cost",)),
    Limit(TRACKERS, "fct_attributed_cost", SHARED, rows=Rows("weeks of which no lead is known", "lead_id = 'none'")),
    Limit(TRACKERS, "fct_lead_events", ARRIVALS, ("what",), _TOUCHES),
    Limit((*TRACKERS, "hubspot"), "fct_lead_events", "A page is named by its whole address.", ("to_value",), _TOUCHES),
    Limit(TRACKERS, "fct_source_reconciliation", ARRIVALS, rows=_COUNTS_OF_CLICKS),
    Limit(TRACKERS, "fct_reconciliation_records", ARRIVALS, rows=_COUNTS_OF_CLICKS),
)

LIMITS = (*_SPEND, *_CRM, *_WEB)
MOVED = (
    Limit(CRMS, "dim_account", "Each CRM has its own accounts: who is in both is there twice."),
    Limit(CRMS, "dim_owner", "Each CRM has its own users: who is in both is there twice."),
    Limit(CRMS, "fct_sales_verdicts_weekly", "A person in sales is another user in each CRM."),
    Limit(CRMS, "dim_person", "Counts the records of both CRMs.", ("lead_ids", "leads")),
    Limit(("hubspot",), "fct_reconciliation_records", NO_BROWSER, ("detail",), _COUNTS_OF_CLICKS),
    Limit(CRMS, "fct_leads", "Names the copy in the new CRM, and when it came.", ("merged_lead_ids", "landed_at")),
)
"""Limits of a company that moved from one CRM to another and has both on; leads and deals are counted once."""


@dataclass(frozen=True)
class Untold:
    """What is empty in an installation none of whose vendors is one of `told_by`, and why."""

    told_by: tuple[str, ...]
    reason: str
    marts: tuple[str, ...]


UNTOLD = (
    Untold(
        ("flat", *CRMS),
        "No CRM is on: nobody tells leads, what sales did with them, or opportunities.",
        ("fct_leads", "fct_handoffs", "fct_stage_visits", "lead_verdicts"),
    ),
    Untold(
        ("flat", *PLATFORMS),
        "No ad platform is on: nothing has a cost.",
        ("fct_ad_spend", "fct_attributed_cost", "unmapped_spend"),
    ),
    Untold(
        ("flat", *TRACKERS),
        "No tracker is on: of the site, only what a CRM's own forms and campaigns tell is known.",
        ("fct_source_reconciliation",),
    ),
)


def limits_of(vendors: Collection[str], mart: str | None = None) -> list[Limit]:
    """The limits of an installation with these vendors, in one mart or in all."""
    moved = MOVED if len({*CRMS} & set(vendors)) > 1 else ()
    return [
        limit
        for limit in (*LIMITS, *moved)
        if set(limit.vendors) & set(vendors) and (mart is None or limit.mart == mart)
    ]


def untold_by(vendors: Collection[str]) -> list[Untold]:
    """What nobody tells in an installation with these vendors."""
    return [each for each in UNTOLD if not set(each.told_by) & set(vendors)]


def rows_query(limit: Limit) -> str:
    """The query that counts the rows of the marts that a limit is about, and all rows of its mart."""
    return f"select count(*) filter (where coalesce({limit.rows.where}, false)), count(*) from marts.{limit.mart}"
