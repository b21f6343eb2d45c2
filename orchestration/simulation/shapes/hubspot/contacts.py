"""Contacts with their property histories, merges and forms; companies; owners and teams.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_*.py`).
"""

from collections.abc import Callable

from orchestration.simulation.arrays import Bools
from orchestration.simulation.feeds_leads import event_rows, lead_rows, merge_rows
from orchestration.simulation.feeds_sales import (
    opening_account_rows,
    team_rows,
    updated_account_rows,
    user_rows,
    won_account_rows,
)
from orchestration.simulation.feeds_web import touch_rows
from orchestration.simulation.journal import QUEUE, STATUSES
from orchestration.simulation.rows import Column, Constant, Either, Flag, Zoneless
from orchestration.simulation.shapes.hubspot.words import (
    OWNER_IDS,
    PORTAL,
    USER_IDS,
    actor,
    company_id,
    is_new,
    listed,
    object_id,
    owner,
    table,
    team,
)
from orchestration.simulation.shapes.source import (
    Columns,
    Source,
    always,
    is_false,
    is_given,
    is_true,
    is_word,
    loaded,
    of_owner,
    of_status,
    recoded,
    reworded,
    with_reason,
)
from orchestration.simulation.shapes.web import tagged_address

LIFECYCLE: dict[str, str] = dict(
    zip(
        STATUSES,
        (
            "lead",
            "lead",
            "marketingqualifiedlead",
            "marketingqualifiedlead",
            "salesqualifiedlead",
            "marketingqualifiedlead",
            "lead",
            "other",
            "opportunity",
        ),
        strict=True,
    )
)


def contact(facts: Columns) -> Columns:
    """A contact, which is the lead."""
    return {
        "id": object_id(facts["lead_id"]),
        "_fivetran_deleted": Flag(is_true(facts["is_deleted"]) | is_given(facts["merged_into_lead_id"])),
        "property_createdate": Zoneless(facts["created_at"]),
        "property_lastmodifieddate": Zoneless(facts["updated_at"]),
        "property_email": facts["tagged_email"],
        "property_firstname": facts["first_name"],
        "property_lastname": facts["last_name"],
        "property_jobtitle": facts["title"],
        "property_phone": facts["phone"],
        "property_company": facts["company"],
        "property_associatedcompanyid": company_id(facts["account_id"]),
        "property_country": facts["country"],
        "property_industry": facts["industry"],
        "property_numemployees": facts["employees"],
        "property_lead_source": facts["lead_source"],
        "property_hs_analytics_source": _analytics_source(facts),
        "property_hs_analytics_first_touch_converting_campaign": facts["campaign_id"],
        "property_hubspotscore": facts["score"],
        "property_hs_lead_status": facts["status"],
        "property_lifecyclestage": reworded(facts["status"], LIFECYCLE),
        "property_hubspot_owner_id": owner(facts["owner_id"]),
        "property_hs_email_optout": Flag(is_false(facts["consent"])),
        "property_contact_permission": facts["consent"],
        "property_segment": facts["segment"],
        "property_rejection_reason": facts["reason"],
        "property_utm_source": facts["utm_source"],
        "property_utm_medium": facts["utm_medium"],
        "property_utm_campaign": facts["utm_campaign"],
    }


def _analytics_source(facts: Columns) -> Column:
    """HubSpot's own drill-down knows paid search and paid social; other campaigns are one value."""
    medium = facts["utm_medium"]
    campaign = Either(is_word(medium, "social"), Constant("PAID_SOCIAL"), Constant("OTHER_CAMPAIGNS"))
    campaign = Either(is_word(medium, "search"), Constant("PAID_SEARCH"), campaign)
    return Either(is_given(medium), campaign, Constant("OFFLINE"))


def _changed(name: str, value: Callable[[Columns], Column]) -> Callable[[Columns], Columns]:
    """A row of a contact's property history."""
    return lambda facts: {
        "contact_id": object_id(facts["lead_id"]),
        **always(name=name),
        "value": value(facts),
        "timestamp": Zoneless(facts["event_at"]),
        **always(source="CRM_UI"),
        "source_id": actor(facts["actor_id"]),
    }


def _created(name: str, value: Callable[[Columns], Column]) -> Callable[[Columns], Columns]:
    """The first row of a contact's property history."""
    return lambda facts: {
        "contact_id": object_id(facts["lead_id"]),
        **always(name=name),
        "value": value(facts),
        "timestamp": Zoneless(facts["created_at"]),
        **always(source="FORM", source_id=""),
    }


def _merge(facts: Columns) -> Columns:
    kept = object_id(facts["merged_into_lead_id"])
    return {
        "canonical_vid": kept,
        "contact_id": kept,
        "vid_to_merge": object_id(facts["lead_id"]),
        "timestamp": Zoneless(facts["merged_at"]),
    }


def is_form(facts: Columns) -> Bools:
    """Forms of which somebody became a contact."""
    return is_word(facts["touch_type"], "form_fill") & is_given(facts["lead_id"])


def form(facts: Columns) -> Columns:
    """A form that was filled in."""
    return {
        "contact_id": object_id(facts["lead_id"]),
        "timestamp": Zoneless(facts["occurred_at"]),
        "conversion_id": object_id(facts["touch_id"]),
        "page_url": tagged_address(facts),
        **always(form_id="5501", title="Talk to us", portal_id=PORTAL),
    }


def _company(facts: Columns) -> Columns:
    return {
        "id": company_id(facts["account_id"]),
        "property_name": facts["name"],
        "property_domain": facts["domain"],
        "property_industry": facts["industry"],
        "property_country": facts["country"],
        "property_hubspot_owner_id": owner(facts["owner_id"]),
        "property_lifecyclestage": Either(is_true(facts["is_customer"]), Constant("customer"), Constant("lead")),
        "property_numberofemployees": facts["employees"],
        "property_createdate": facts["created_at"],
        "property_hs_lastmodifieddate": facts["updated_at"],
        "property_segment": facts["segment"],
        **always(is_deleted=False),
    }


def _owner_record(facts: Columns) -> Columns:
    return {
        "owner_id": owner(facts["user_id"]),
        "active_user_id": recoded(facts["user_id"], lambda number: str(USER_IDS + number)),
        "first_name": facts["name"],
        "email": facts["email"],
        "is_active": facts["is_active"],
        "created_at": Zoneless(facts["updated_at"]),
        "updated_at": Zoneless(facts["updated_at"]),
        **always(type="PERSON", portal_id=PORTAL),
    }


def _owner_team(facts: Columns) -> Columns:
    return {"owner_id": owner(facts["user_id"]), "team_id": team(facts["team"]), **always(is_team_primary=True)}


def _team_record(facts: Columns) -> Columns:
    return {"id": team(facts["team"]), "name": facts["team"]}


CONTACTS: tuple[Source, ...] = (
    listed("owner", user_rows, _owner_record),
    listed("owner_team", user_rows, _owner_team),
    listed("team", team_rows, _team_record),
    Source(
        table("company", "parquet", daily=False),
        told=(loaded(won_account_rows, _company), loaded(updated_account_rows, _company)),
        listed=(loaded(opening_account_rows, _company),),
    ),
    Source(table("contact", like="leads"), told=(loaded(lead_rows, contact),)),
    Source(
        table("contact_property_history", like="lead_events"),
        told=(
            loaded(lead_rows, _created("hs_lead_status", lambda facts: Constant(STATUSES[0])), is_new),
            loaded(lead_rows, _created("hubspot_owner_id", lambda _: Constant(str(OWNER_IDS + QUEUE))), is_new),
            loaded(event_rows, _changed("hs_lead_status", lambda facts: facts["to_status"]), of_status),
            loaded(event_rows, _changed("hubspot_owner_id", lambda facts: owner(facts["to_owner"])), of_owner),
            loaded(event_rows, _changed("rejection_reason", lambda facts: facts["reason"]), with_reason),
        ),
    ),
    Source(table("contact_merge_audit"), told=(loaded(merge_rows, _merge),)),
    Source(table("contact_form_submission"), told=(loaded(touch_rows, form, is_form),)),
)
