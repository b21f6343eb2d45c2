"""Google Analytics 4 as it exports its events: one row per event, parameters and sources nested.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_web.py`). An arrival begins a
session; once the site knows the lead, its events carry the CRM's id.
"""

from collections.abc import Callable

from orchestration.simulation.delivery import Outlet
from orchestration.simulation.feeds_web import touch_rows
from orchestration.simulation.rows import Column, Compact, Constant, Joined, Json, JsonList, Number
from orchestration.simulation.shapes.source import Columns, Source, instants, shaped
from orchestration.simulation.shapes.web import address, came_from, is_arrival, is_form

MICROS = 1_000_000
"""Event times are microseconds since 1970."""
NESTED = ("event_params", "collected_traffic_source")


def _parameter(name: str, value: Column) -> Column:
    """One parameter; none where it has no value."""
    return Joined((f'{{"key": "{name}", "value": {{"string_value": "', value, '"}}'))


def _event(name: str, lead_number: Callable[[Column], Column]) -> Callable[[Columns], Columns]:
    def columns(facts: Columns) -> Columns:
        lead = lead_number(facts["lead_id"])
        source, medium, campaign = came_from(facts)
        return {
            "event_date": Compact(facts["occurred_at"]),
            "event_timestamp": Number(instants(facts["occurred_at"]) * MICROS),
            "event_name": Constant(name),
            "user_pseudo_id": facts["visitor_id"],
            "user_id": lead,
            "event_params": JsonList((_parameter("page_location", address(facts)), _parameter("lead_id", lead))),
            "collected_traffic_source": Json(
                {
                    "manual_source": source,
                    "manual_medium": medium,
                    "manual_campaign_name": campaign,
                    "manual_campaign_id": facts["campaign_id"],
                }
            ),
        }

    return columns


def web(lead_number: Callable[[Column], Column], forms_since: int | None) -> tuple[Source, ...]:
    """The tracker's tables. With forms of the CRM's own, whoever fills one in is logged in, and that is all."""
    form = "login" if forms_since is not None else "generate_lead"
    told = (
        shaped(touch_rows, _event("session_start", lead_number), is_arrival),
        shaped(touch_rows, _event(form, lead_number), is_form),
    )
    return (Source(Outlet("ga4", "events", "jsonl", nested=NESTED), told=told),)
