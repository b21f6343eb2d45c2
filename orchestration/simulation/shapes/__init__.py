"""The same company in the shape of each vendor: which systems it runs, and every table that they deliver.

Belongs here: which shapes there are. A module per vendor says which fact fills which column. Does not belong here: any
fact, which is the same whatever system keeps it.
"""

from orchestration.simulation.shapes import (
    flat,
    ga4,
    google_ads,
    hubspot,
    linkedin_ads,
    meta_ads,
    salesforce,
    segment,
)
from orchestration.simulation.shapes.source import Source
from orchestration.simulation.shapes.web import Tracker

__all__ = ["CRMS", "USUAL_WEB", "WEBS", "Source", "custom_fields_of", "sources_of", "vendors_of"]

FLAT_SYSTEMS = ("crm", "ads", "web")

CRMS: dict[str, tuple[Source, ...]] = {"flat": flat.CRM, "salesforce": salesforce.CRM, "hubspot": hubspot.CRM}
LEAD_NUMBERS = {"flat": flat.lead_number, "salesforce": salesforce.lead_number, "hubspot": hubspot.object_id}
CUSTOM_FIELDS: dict[str, dict[str, dict[str, str]]] = {
    "flat": {},
    "salesforce": salesforce.CUSTOM_FIELDS,
    "hubspot": hubspot.CUSTOM_FIELDS,
}
MOVED_FIELDS = {"salesforce": salesforce.MOVED_FIELDS, "hubspot": hubspot.MOVED_FIELDS}
MOVED = {"salesforce": salesforce.moved_from, "hubspot": hubspot.moved_from}
"""CRMs to which a company can move from another, keeping that one's numbers."""
OWN_FORMS = ("hubspot",)
"""CRMs that serve the site's forms themselves: the tracker leaves those to them."""
PLATFORMS: tuple[Source, ...] = (
    *google_ads.ADS,
    *linkedin_ads.ADS,
    *meta_ads.ADS,
    flat.spend_elsewhere(google_ads.PLATFORM, linkedin_ads.PLATFORM, meta_ads.PLATFORM),
)
"""Beside a CRM's connector there are the platforms' own; what has none is sent as a file."""
WEBS: dict[str, Tracker] = {"flat": flat.web, "ga4": ga4.web, "segment": segment.web}
USUAL_WEB = {"flat": "flat", "salesforce": "segment", "hubspot": "ga4"}


def custom_fields_of(vendor: str, former: str | None) -> dict[str, dict[str, str]]:
    """The fields of its own that a company has in this CRM, to which it moved from `former`."""
    return MOVED_FIELDS.get(vendor, {}) if former else CUSTOM_FIELDS[vendor]


def sources_of(vendor: str, web: str, former: str | None = None, since: int = 0) -> tuple[Source, ...]:
    """Every table of a company that runs this CRM, to which it moved from `former`, and this tracker.

    `since`: the instant (UTC epoch seconds) of the move, from which on the site's forms can be the CRM's.
    """
    tracker = WEBS[web](LEAD_NUMBERS[vendor], since if vendor in OWN_FORMS else None)
    crm = MOVED[vendor](LEAD_NUMBERS[former], since) if vendor in MOVED and former else CRMS[vendor]
    return (*crm, *(flat.ADS if vendor == "flat" else PLATFORMS), *tracker)


def vendors_of(vendor: str, web: str) -> tuple[str, ...]:
    """The source systems to switch on for that company: `ANDON_VENDORS`."""
    systems = dict.fromkeys(source.outlet.system for source in sources_of(vendor, web))
    return tuple(dict.fromkeys("flat" if system in FLAT_SYSTEMS else system for system in systems))
