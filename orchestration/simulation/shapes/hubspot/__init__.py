"""The CRM as HubSpot, as the usual loader copies its objects: numbers for ids, `property_` before every property.

How the portal works: a contact is the lead, for good; its status and owner are known by their property histories, an
actor by a user id (which is not the owner id). HubSpot refuses a second contact with one e-mail address, so that who
comes twice comes with a tagged one (name+tag@host).
"""

from collections.abc import Callable
from dataclasses import replace

from orchestration.simulation.arrays import Bools
from orchestration.simulation.feeds_leads import lead_rows
from orchestration.simulation.feeds_web import touch_rows
from orchestration.simulation.rows import Column
from orchestration.simulation.shapes.hubspot.contacts import CONTACTS, contact, form, is_form
from orchestration.simulation.shapes.hubspot.deals import DEALS
from orchestration.simulation.shapes.hubspot.engagements import ENGAGEMENTS
from orchestration.simulation.shapes.hubspot.words import object_id
from orchestration.simulation.shapes.source import Columns, Source, instants, loaded

__all__ = ["CRM", "CUSTOM_FIELDS", "MOVED_FIELDS", "moved_from", "object_id"]

CRM: tuple[Source, ...] = (*CONTACTS, *DEALS, *ENGAGEMENTS)

CUSTOM_FIELDS = {
    "hubspot.contact": {
        "lead_source": "property_lead_source",
        "segment": "property_segment",
        "consent": "property_contact_permission",
        "reason": "property_rejection_reason",
    },
    "hubspot.company": {"segment": "property_segment"},
}
"""What this portal keeps in properties of its own, by the name that the fact has elsewhere."""
MOVED_FIELDS = {
    **CUSTOM_FIELDS,
    "hubspot.contact": {**CUSTOM_FIELDS["hubspot.contact"], "moved_from_id": "property_former_id"},
}
"""The same of a portal to which the company moved from another CRM."""


def moved_from(former_number: Callable[[Column], Column], since: int) -> tuple[Source, ...]:
    """The CRM of a company that moved to it at an instant (UTC epoch seconds): its contacts keep the number that the
    CRM before gave them, and its forms begin then.
    """

    def moved_contact(facts: Columns) -> Columns:
        return {**contact(facts), "property_former_id": former_number(facts["lead_id"])}

    def is_new_form(facts: Columns) -> Bools:
        return is_form(facts) & (instants(facts["occurred_at"]) >= since)

    told = {
        "contact": (loaded(lead_rows, moved_contact),),
        "contact_form_submission": (loaded(touch_rows, form, is_new_form),),
    }
    return tuple(replace(source, told=told.get(source.outlet.table, source.told)) for source in CRM)
