"""The CRM as Salesforce, as the usual loader copies its objects: snake case, 18-character ids, `_c` for custom fields.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_*.py`). How the organisation works:
a lead is converted when its opportunity is opened, and what is done from then on is done with the contact; status,
owner and rejection reason of leads are tracked fields; opportunities are copied in history mode; a lead is made a
member of its campaign, and what it answered is left to the tracker.
"""

from collections.abc import Callable
from dataclasses import replace

from orchestration.simulation.arrays import Bools
from orchestration.simulation.delivery import Outlet
from orchestration.simulation.feeds_activities import activity_rows, meeting_rows
from orchestration.simulation.feeds_leads import event_rows, lead_rows
from orchestration.simulation.feeds_sales import (
    opening_account_rows,
    opportunity_rows,
    team_rows,
    updated_account_rows,
    user_rows,
    visit_rows,
    won_account_rows,
)
from orchestration.simulation.opportunities import STAGES, L, W
from orchestration.simulation.rows import Column, Constant, Either, Flag, Midnight, Nothing, Only, Zoneless
from orchestration.simulation.shapes.source import (
    Columns,
    Source,
    always,
    instants,
    is_false,
    is_given,
    is_true,
    is_word,
    loaded,
    of_owner,
    of_status,
    picked,
    recoded,
    renumbered,
    times,
    with_reason,
)

CUSTOM_FIELDS = {
    "salesforce.lead": {
        "account_id": "account_c",
        "segment": "segment_c",
        "score": "behavioral_score_c",
        "consent": "email_opt_in_explicit_c",
        "reason": "rejection_reason_c",
    },
    "salesforce.account": {"segment": "segment_c"},
}
"""What this organisation keeps in fields of its own, by the name that the fact has elsewhere."""
MOVED_FIELDS = {
    **CUSTOM_FIELDS,
    "salesforce.lead": {**CUSTOM_FIELDS["salesforce.lead"], "moved_from_id": "former_id_c"},
}
"""The same of an organisation that moved here from another CRM."""

LEAD, CONTACT, ACCOUNT, OPPORTUNITY, TASK, EVENT = "00Q", "003", "001", "006", "00T", "00U"
USER, ROLE, HISTORY, MEMBER = "005", "00E", "017", "00v"
FOREVER = "9999-12-31 23:59:59"
Expression = Callable[[Columns], Column]


def _suffix(prefix: str) -> str:
    """The three characters that keep an id unlike others where case is lost; of ids whose letters lead it."""
    capitals = sum(1 << place for place, letter in enumerate(prefix) if letter.isupper())
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[capitals] + "AA"


def _id(prefix: str, column: Column) -> Column:
    return renumbered(column, prefix, 15 - len(prefix), _suffix(prefix))


def lead_number(column: Column) -> Column:
    """The id by which others know a lead of this CRM."""
    return _id(LEAD, column)


def _user(column: Column) -> Column:
    return recoded(column, lambda number: f"{USER}{number + 1:012d}{_suffix(USER)}")


def _role(column: Column) -> Column:
    return recoded(column, lambda number: f"{ROLE}{number + 1:012d}{_suffix(ROLE)}")


def _lead(facts: Columns) -> Columns:
    converted = is_given(facts["opportunity_id"])
    account = _id(ACCOUNT, facts["account_id"])
    return {
        "id": _id(LEAD, facts["lead_id"]),
        "created_date": Zoneless(facts["created_at"]),
        "last_modified_date": Zoneless(facts["updated_at"]),
        "system_modstamp": Zoneless(facts["updated_at"]),
        **picked(facts, "email", "first_name", "last_name", "title", "phone", "company", "country", "industry"),
        "number_of_employees": facts["employees"],
        **picked(facts, "lead_source", "status"),
        "owner_id": _user(facts["owner_id"]),
        "has_opted_out_of_email": Flag(is_false(facts["consent"])),
        "is_deleted": Flag(is_true(facts["is_deleted"]) | is_given(facts["merged_into_lead_id"])),
        "master_record_id": _id(LEAD, facts["merged_into_lead_id"]),
        "is_converted": Flag(converted),
        "converted_date": Zoneless(facts["converted_at"]),
        "converted_account_id": Only(converted, account),
        "converted_contact_id": Only(converted, _id(CONTACT, facts["lead_id"])),
        "converted_opportunity_id": _id(OPPORTUNITY, facts["opportunity_id"]),
        "utm_source_c": facts["utm_source"],
        "utm_medium_c": facts["utm_medium"],
        "utm_campaign_c": facts["utm_campaign"],
        "account_c": account,
        "segment_c": facts["segment"],
        "behavioral_score_c": facts["score"],
        "email_opt_in_explicit_c": facts["consent"],
        "rejection_reason_c": facts["reason"],
    }


def _is_new(facts: Columns) -> Bools:
    return instants(facts["updated_at"]) == instants(facts["created_at"])


def _is_new_with_campaign(facts: Columns) -> Bools:
    return _is_new(facts) & is_given(facts["campaign_id"])


def _campaign_member(facts: Columns) -> Columns:
    return {
        "id": _id(MEMBER, facts["lead_id"]),
        "campaign_id": facts["campaign_id"],
        "lead_id": _id(LEAD, facts["lead_id"]),
        "created_date": Zoneless(facts["created_at"]),
        "system_modstamp": Zoneless(facts["created_at"]),
        **always(status="Sent", has_responded=False, is_deleted=False),
    }


def _is_converted(facts: Columns) -> Bools:
    return is_given(facts["opportunity_id"])


def _contact(facts: Columns) -> Columns:
    return {
        "id": _id(CONTACT, facts["lead_id"]),
        "account_id": _id(ACCOUNT, facts["account_id"]),
        "created_date": Zoneless(facts["converted_at"]),
        "last_modified_date": Zoneless(facts["updated_at"]),
        "system_modstamp": Zoneless(facts["updated_at"]),
        **picked(facts, "email", "first_name", "last_name", "title", "phone", "lead_source"),
        "mailing_country": facts["country"],
        "owner_id": _user(facts["owner_id"]),
        "has_opted_out_of_email": Flag(is_false(facts["consent"])),
        **always(is_deleted=False),
    }


def _tracked(field: str, before: Expression, after: Expression, prefix: str = HISTORY) -> Callable[[Columns], Columns]:
    """A row of field history tracking."""
    return lambda facts: {
        "id": _id(prefix, facts["event_id"]),
        "lead_id": _id(LEAD, facts["lead_id"]),
        **always(field=field),
        "old_value": before(facts),
        "new_value": after(facts),
        "created_by_id": _user(facts["actor_id"]),
        "created_date": Zoneless(facts["event_at"]),
        **always(is_deleted=False),
    }


STATUS_CHANGE = _tracked("Status", lambda facts: facts["from_status"], lambda facts: facts["to_status"])
OWNER_CHANGE = _tracked("Owner", lambda facts: _user(facts["from_owner"]), lambda facts: _user(facts["to_owner"]))
# A reason is written with its status change: another row of the same instant, its id told apart by a letter.
REASON_CHANGE = _tracked(
    "Rejection_Reason__c", lambda _: Nothing(), lambda facts: facts["reason"], prefix=f"{HISTORY}R"
)


def _account(facts: Columns) -> Columns:
    return {
        "id": _id(ACCOUNT, facts["account_id"]),
        **picked(facts, "name", "industry"),
        "website": facts["domain"],
        "number_of_employees": facts["employees"],
        "billing_country": facts["country"],
        "owner_id": _user(facts["owner_id"]),
        "type": Either(is_true(facts["is_customer"]), Constant("Customer"), Constant("Prospect")),
        "created_date": facts["created_at"],
        "last_modified_date": facts["updated_at"],
        "system_modstamp": facts["updated_at"],
        "segment_c": facts["segment"],
        **always(is_deleted=False),
    }


def _opportunity(facts: Columns) -> Columns:
    return {
        "id": _id(OPPORTUNITY, facts["opportunity_id"]),
        "account_id": _id(ACCOUNT, facts["account_id"]),
        **picked(facts, "name", "amount", "close_date", "is_deleted"),
        "stage_name": facts["stage"],
        "is_closed": Flag(is_word(facts["stage"], STAGES[W], STAGES[L])),
        "is_won": Flag(is_word(facts["stage"], STAGES[W])),
        "owner_id": _user(facts["owner_id"]),
        "created_date": Zoneless(facts["created_at"]),
        "last_modified_date": Zoneless(facts["updated_at"]),
        "system_modstamp": Zoneless(facts["updated_at"]),
    }


def _opportunity_version(facts: Columns) -> Columns:
    return {
        "id": _id(OPPORTUNITY, facts["opportunity_id"]),
        "account_id": _id(ACCOUNT, facts["account_id"]),
        "stage_name": facts["stage"],
        "amount": facts["amount"],
        "is_closed": Flag(is_word(facts["stage"], STAGES[W], STAGES[L])),
        "is_won": Flag(is_word(facts["stage"], STAGES[W])),
        "created_date": Zoneless(facts["created_at"]),
        "_fivetran_active": facts["is_current"],
        "_fivetran_start": Zoneless(facts["entered_at"]),
        "_fivetran_end": Either(is_true(facts["is_current"]), Constant(FOREVER), Zoneless(facts["left_at"])),
        **always(is_deleted=False),
    }


def _is_task(facts: Columns) -> Bools:
    return is_word(facts["activity_type"], "call", "email")


def _who(facts: Columns) -> Column:
    """The lead, and from its conversion on the contact that it became."""
    return Either(_is_converted(facts), _id(CONTACT, facts["lead_id"]), _id(LEAD, facts["lead_id"]))


def _task(facts: Columns) -> Columns:
    is_call = is_word(facts["activity_type"], "call")
    return {
        "id": _id(TASK, facts["activity_id"]),
        "who_id": _who(facts),
        "what_id": _id(OPPORTUNITY, facts["opportunity_id"]),
        "account_id": Only(_is_converted(facts), _id(ACCOUNT, facts["account_id"])),
        "owner_id": _user(facts["owner_id"]),
        "task_subtype": Either(is_call, Constant("Call"), Constant("Email")),
        "type": Either(is_call, Constant("Call"), Constant("Email")),
        "subject": Either(is_call, Constant("Call"), Constant("Email")),
        "call_disposition": Only(is_call, facts["outcome"]),
        "call_duration_in_seconds": times(facts["minutes"], 60),
        "activity_date": Midnight(facts["occurred_at"]),
        "completed_date_time": Zoneless(facts["occurred_at"]),
        "created_date": Zoneless(facts["occurred_at"]),
        "last_modified_date": Zoneless(facts["occurred_at"]),
        "system_modstamp": Zoneless(facts["occurred_at"]),
        **always(status="Completed", is_closed=True, is_deleted=False),
    }


def _event(facts: Columns) -> Columns:
    return {
        "id": _id(EVENT, facts["meeting_id"]),
        "who_id": _id(LEAD, facts["lead_id"]),
        "owner_id": _user(facts["owner_id"]),
        "created_by_id": _user(facts["booked_by"]),
        "created_date": Zoneless(facts["booked_at"]),
        "last_modified_date": Zoneless(facts["updated_at"]),
        "system_modstamp": Zoneless(facts["updated_at"]),
        "activity_date": Midnight(facts["starts_at"]),
        "activity_date_time": Zoneless(facts["starts_at"]),
        "start_date_time": Zoneless(facts["starts_at"]),
        "end_date_time": Zoneless(facts["ends_at"]),
        "duration_in_minutes": facts["minutes"],
        "no_show_c": Flag(is_word(facts["state"], "no_show")),
        "is_deleted": Flag(is_word(facts["state"], "cancelled")),
        **always(subject="First meeting", type="Meeting", event_subtype="Event", is_child=False),
    }


def _user_record(facts: Columns) -> Columns:
    return {
        "id": _user(facts["user_id"]),
        **picked(facts, "name", "email", "is_active"),
        "username": facts["email"],
        "title": facts["role"],
        "department": facts["team"],
        "user_role_id": _role(facts["team"]),
        "last_modified_date": Zoneless(facts["updated_at"]),
        "system_modstamp": Zoneless(facts["updated_at"]),
    }


def _user_role(facts: Columns) -> Columns:
    return {"id": _role(facts["team"]), "name": facts["team"], "developer_name": facts["team"]}


def _table(name: str, kind: str = "csv", like: str = "", daily: bool = True) -> Outlet:
    return Outlet("salesforce", name, kind, daily=daily, like=like)


def _moved_lead(former_number: Callable[[Column], Column]) -> Callable[[Columns], Columns]:
    return lambda facts: {**_lead(facts), "former_id_c": former_number(facts["lead_id"])}


def moved_from(former_number: Callable[[Column], Column], _: int) -> tuple[Source, ...]:
    """The CRM of a company that moved to it: its leads keep the number that the CRM before gave them."""
    lead = loaded(lead_rows, _moved_lead(former_number))
    return tuple(replace(source, told=(lead,)) if source.outlet.table == "lead" else source for source in CRM)


CRM: tuple[Source, ...] = (
    Source(_table("user", daily=False), listed=(loaded(user_rows, _user_record),)),
    Source(_table("user_role", daily=False), listed=(loaded(team_rows, _user_role),)),
    Source(
        _table("account", "parquet", daily=False),
        told=(loaded(won_account_rows, _account), loaded(updated_account_rows, _account)),
        listed=(loaded(opening_account_rows, _account),),
    ),
    Source(_table("lead", like="leads"), told=(loaded(lead_rows, _lead),)),
    Source(
        _table("lead_history", like="lead_events"),
        told=(
            loaded(event_rows, STATUS_CHANGE, of_status),
            loaded(event_rows, OWNER_CHANGE, of_owner),
            loaded(event_rows, REASON_CHANGE, with_reason),
        ),
    ),
    Source(_table("contact"), told=(loaded(lead_rows, _contact, _is_converted),)),
    Source(_table("campaign_member"), told=(loaded(lead_rows, _campaign_member, _is_new_with_campaign),)),
    Source(_table("opportunity", like="opportunities"), told=(loaded(opportunity_rows, _opportunity),)),
    Source(_table("opportunity_history", like="opportunity_stages"), told=(loaded(visit_rows, _opportunity_version),)),
    Source(_table("task", like="activities"), told=(loaded(activity_rows, _task, _is_task),)),
    Source(_table("event"), told=(loaded(meeting_rows, _event),)),
)
