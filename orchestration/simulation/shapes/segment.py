"""A web tracker in Segment's shape: pages, tracked events, identifications.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_web.py`). Who fills in a form is
identified by the CRM's id and an e-mail address; later calls carry the id.
"""

from collections.abc import Callable

from orchestration.simulation.delivery import Outlet
from orchestration.simulation.feeds_web import touch_rows
from orchestration.simulation.rows import Column, Joined, Zoneless
from orchestration.simulation.shapes.source import Columns, Source, always, shaped
from orchestration.simulation.shapes.web import address, came_from, is_arrival, is_form

FORM_EVENT = "form_submitted"


def _call(prefix: str, facts: Columns, lead: Column) -> dict[str, Column]:
    return {
        "id": Joined((prefix, facts["touch_id"])),
        "timestamp": Zoneless(facts["occurred_at"]),
        "received_at": Zoneless(facts["occurred_at"]),
        "anonymous_id": facts["visitor_id"],
        "user_id": lead,
    }


def _context(facts: Columns) -> dict[str, Column]:
    source, medium, campaign = came_from(facts)
    return {
        "context_campaign_source": source,
        "context_campaign_medium": medium,
        "context_campaign_name": campaign,
        "context_campaign_id": facts["campaign_id"],
        "context_page_url": address(facts),
    }


def web(lead_number: Callable[[Column], Column], forms_since: int | None) -> tuple[Source, ...]:
    """The tracker's tables. With forms of the CRM's own, whoever fills one in is identified, and that is all."""

    def page(facts: Columns) -> Columns:
        lead = lead_number(facts["lead_id"])
        return {**_call("p-", facts, lead), "url": address(facts), "path": facts["page"], **_context(facts)}

    def form(facts: Columns) -> Columns:
        call = _call("t-", facts, lead_number(facts["lead_id"]))
        named = always(event=FORM_EVENT, event_text="Form Submitted")
        return {**call, **named, "email": facts["email"], **_context(facts)}

    def identify(facts: Columns) -> Columns:
        return {**_call("i-", facts, lead_number(facts["lead_id"])), "email": facts["email"]}

    pages = Source(Outlet("segment", "pages", "csv"), told=(shaped(touch_rows, page, is_arrival),))
    tracks = Source(Outlet("segment", "tracks", "csv"), told=(shaped(touch_rows, form, is_form),))
    identifies = Source(Outlet("segment", "identifies", "csv"), told=(shaped(touch_rows, identify, is_form),))
    return (pages, identifies) if forms_since is not None else (pages, tracks, identifies)
