"""Engagements: calls, e-mails and meetings, each with what it is associated with.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_activities.py`).
"""

from collections.abc import Callable

from orchestration.simulation.arrays import Bools
from orchestration.simulation.feeds_activities import activity_rows, meeting_rows
from orchestration.simulation.rows import Column, Constant, Either, Zoneless
from orchestration.simulation.shapes.hubspot.words import PORTAL, USER_IDS, company_id, object_id, owner, table
from orchestration.simulation.shapes.source import (
    Columns,
    Source,
    always,
    is_given,
    is_word,
    loaded,
    recoded,
    reworded,
    times,
)

MEETING_OUTCOMES = {
    "scheduled": "SCHEDULED",
    "completed": "COMPLETED",
    "no_show": "NO_SHOW",
    "cancelled": "CANCELED",
}
DISPOSITIONS = {
    "connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "no_answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
}
"""HubSpot's own ids for the outcomes of a call."""


def _of_kind(kind: str) -> Callable[[Columns], Bools]:
    return lambda facts: is_word(facts["activity_type"], kind)


def _engagement(facts: Columns) -> Columns:
    kind = Either(is_word(facts["activity_type"], "call"), Constant("CALL"), Constant("EMAIL"))
    return {"id": object_id(facts["activity_id"]), "type": kind, **always(portal_id=PORTAL)}


def _acted(facts: Columns) -> dict[str, Column]:
    return {
        "engagement_id": object_id(facts["activity_id"]),
        "property_hs_createdate": Zoneless(facts["occurred_at"]),
        "property_hs_lastmodifieddate": Zoneless(facts["occurred_at"]),
        "property_hs_timestamp": Zoneless(facts["occurred_at"]),
        "property_hubspot_owner_id": owner(facts["owner_id"]),
    }


def _call(facts: Columns) -> Columns:
    return {
        **_acted(facts),
        "property_hs_call_disposition": recoded(facts["outcome"], _disposition),
        "property_hs_call_duration": times(facts["minutes"], 60_000),
        **always(type="CALL", property_hs_call_status="COMPLETED"),
    }


def _disposition(number: int) -> str:
    return [*DISPOSITIONS.values(), "", "", "", ""][number]


def _email(facts: Columns) -> Columns:
    return {
        **_acted(facts),
        **always(type="EMAIL", property_hs_email_direction="EMAIL", property_hs_email_status="SENT"),
    }


def _meeting_number(facts: Columns) -> Column:
    """Meetings share the ids of engagements with calls and e-mails."""
    return object_id(facts["meeting_id"])


def _meeting(facts: Columns) -> Columns:
    return {
        "engagement_id": _meeting_number(facts),
        "property_hs_createdate": Zoneless(facts["booked_at"]),
        "property_hs_lastmodifieddate": Zoneless(facts["updated_at"]),
        "property_hs_timestamp": Zoneless(facts["starts_at"]),
        "property_hubspot_owner_id": owner(facts["owner_id"]),
        "property_hs_created_by_user_id": recoded(facts["booked_by"], lambda number: str(USER_IDS + number)),
        "start_time": Zoneless(facts["starts_at"]),
        "end_time": Zoneless(facts["ends_at"]),
        "meeting_outcome": reworded(facts["state"], MEETING_OUTCOMES),
        **always(title="First meeting", source="CRM_UI"),
    }


def _meeting_engagement(facts: Columns) -> Columns:
    return {"id": _meeting_number(facts), **always(type="MEETING", portal_id=PORTAL)}


def _is_booking(facts: Columns) -> Bools:
    return is_word(facts["state"], "scheduled")


def _with(
    column: str, other: Callable[[Columns], Column], engagement: Callable[[Columns], Column], type_id: int
) -> Callable[[Columns], Columns]:
    """An association of an engagement."""
    return lambda facts: {
        column: other(facts),
        "engagement_id": engagement(facts),
        **always(type_id=type_id, category="HUBSPOT_DEFINED"),
    }


def _lead_of(facts: Columns) -> Column:
    return object_id(facts["lead_id"])


def _company_of(facts: Columns) -> Column:
    return company_id(facts["account_id"])


def _deal_of(facts: Columns) -> Column:
    return object_id(facts["opportunity_id"])


def _activity_id(facts: Columns) -> Column:
    return object_id(facts["activity_id"])


def _is_act(facts: Columns) -> Bools:
    return is_word(facts["activity_type"], "call", "email")


def _is_act_with(column: str) -> Callable[[Columns], Bools]:
    return lambda facts: _is_act(facts) & is_given(facts[column])


def _is_booking_with_company(facts: Columns) -> Bools:
    return _is_booking(facts) & is_given(facts["account_id"])


ENGAGEMENTS: tuple[Source, ...] = (
    Source(
        table("engagement"),
        told=(
            loaded(activity_rows, _engagement, _is_act),
            loaded(meeting_rows, _meeting_engagement, _is_booking),
        ),
    ),
    Source(table("engagement_call", like="activities"), told=(loaded(activity_rows, _call, _of_kind("call")),)),
    Source(table("engagement_email"), told=(loaded(activity_rows, _email, _of_kind("email")),)),
    Source(table("engagement_meeting"), told=(loaded(meeting_rows, _meeting),)),
    Source(
        table("engagement_contact"),
        told=(
            loaded(activity_rows, _with("contact_id", _lead_of, _activity_id, 194), _is_act),
            loaded(meeting_rows, _with("contact_id", _lead_of, _meeting_number, 200), _is_booking),
        ),
    ),
    Source(
        table("engagement_company"),
        told=(
            loaded(activity_rows, _with("company_id", _company_of, _activity_id, 182), _is_act_with("account_id")),
            loaded(meeting_rows, _with("company_id", _company_of, _meeting_number, 188), _is_booking_with_company),
        ),
    ),
    Source(
        table("engagement_deal"),
        told=(loaded(activity_rows, _with("deal_id", _deal_of, _activity_id, 206), _is_act_with("opportunity_id")),),
    ),
)
