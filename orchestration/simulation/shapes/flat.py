"""The flat files: the company's facts under their own names.

Belongs here: which fact goes to which file. Does not belong here: the facts (`feeds_*.py`).
"""

from collections.abc import Callable

from orchestration.simulation.arrays import Bools
from orchestration.simulation.delivery import Outlet
from orchestration.simulation.feeds_activities import activity_rows
from orchestration.simulation.feeds_leads import event_rows, lead_rows
from orchestration.simulation.feeds_sales import (
    opening_account_rows,
    opportunity_rows,
    stage_rows,
    updated_account_rows,
    user_rows,
    won_account_rows,
)
from orchestration.simulation.feeds_web import spend_rows, touch_rows
from orchestration.simulation.rows import Column, Either
from orchestration.simulation.shapes.source import Columns, Source, instants, is_word, picked, shaped, without

OWN_REPORT = "google_ads"
"""The platform that sends a file of its own."""


def _event(facts: Columns) -> Columns:
    of_owner = is_word(facts["event_type"], "owner")
    return {
        **picked(facts, "event_id", "lead_id", "event_at", "event_type"),
        "from_value": Either(of_owner, facts["from_owner"], facts["from_status"]),
        "to_value": Either(of_owner, facts["to_owner"], facts["to_status"]),
        **picked(facts, "actor_id", "reason"),
    }


def spend_elsewhere(*platforms: str) -> Source:
    """The spend of every platform but these, in one report."""

    def elsewhere(facts: Columns) -> Bools:
        return ~is_word(facts["platform"], *platforms)

    outlet = Outlet("ads", "ad_spend", "csv", bom=True, folder="networks")
    return Source(outlet, told=(shaped(spend_rows, dict, where=elsewhere),))


def _own_report(facts: Columns) -> Bools:
    return is_word(facts["platform"], OWN_REPORT)


CRM: tuple[Source, ...] = (
    Source(Outlet("crm", "users", "csv", daily=False), listed=(user_rows,)),
    Source(
        Outlet("crm", "accounts", "parquet", daily=False),
        told=(won_account_rows, updated_account_rows),
        listed=(opening_account_rows,),
    ),
    Source(
        Outlet("crm", "leads", "csv", like="leads"),
        told=(shaped(lead_rows, without("converted_at", "reason", "tagged_email")),),
    ),
    Source(Outlet("crm", "lead_events", "csv", like="lead_events"), told=(shaped(event_rows, _event),)),
    Source(Outlet("crm", "activities", "csv", like="activities"), told=(activity_rows,)),
    Source(Outlet("crm", "opportunities", "csv", like="opportunities"), told=(opportunity_rows,)),
    Source(Outlet("crm", "opportunity_stages", "csv", like="opportunity_stages"), told=(stage_rows,)),
)
ADS: tuple[Source, ...] = (
    Source(
        Outlet("ads", "ad_spend", "csv.gz", bom=True, folder="google_ads"),
        told=(shaped(spend_rows, dict, where=_own_report),),
    ),
    spend_elsewhere(OWN_REPORT),
)


def lead_number(column: Column) -> Column:
    """The id by which others know a lead of this CRM."""
    return column


def web(lead_number: Callable[[Column], Column], forms_since: int | None) -> tuple[Source, ...]:
    """The tracker's file, with leads by the CRM's own ids."""

    def touch(facts: Columns) -> Columns:
        return {**without("email", "is_again")(facts), "lead_id": lead_number(facts["lead_id"])}

    since = forms_since or 0

    def is_the_sites_own(facts: Columns) -> Bools:
        is_form = is_word(facts["touch_type"], "form_fill")
        return ~is_form | (instants(facts["occurred_at"]) < since)

    where = None if forms_since is None else is_the_sites_own
    return (Source(Outlet("web", "web_touches", "jsonl"), told=(shaped(touch_rows, touch, where),)),)
