"""The CRM as HubSpot, as the usual loader copies its objects: numbers for ids, `property_` before every property.

How the portal works: a contact is the lead, for good; its status and owner are known by their property histories, an
actor by a user id (which is not the owner id). HubSpot refuses a second contact with one e-mail address, so that who
comes twice comes with a tagged one (name+tag@host).
"""

from orchestration.simulation.shapes.hubspot.contacts import CONTACTS
from orchestration.simulation.shapes.hubspot.deals import DEALS
from orchestration.simulation.shapes.hubspot.engagements import ENGAGEMENTS
from orchestration.simulation.shapes.hubspot.words import object_id
from orchestration.simulation.shapes.source import Source

__all__ = ["CRM", "CUSTOM_FIELDS", "object_id"]

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
