"""The same company in the shape of each vendor: which systems it runs, and every table that they deliver.

Belongs here: which shapes there are. A module per vendor says which fact fills which column. Does not belong here: any
fact, which is the same whatever system keeps it.
"""

from orchestration.simulation.shapes import flat, google_ads, hubspot, linkedin_ads, meta_ads, salesforce
from orchestration.simulation.shapes.source import Source

__all__ = ["CRMS", "USUAL_WEB", "WEBS", "Source", "sources_of"]

CRMS: dict[str, tuple[Source, ...]] = {"flat": flat.CRM, "salesforce": salesforce.CRM, "hubspot": hubspot.CRM}
PLATFORMS: tuple[Source, ...] = (
    *google_ads.ADS,
    *linkedin_ads.ADS,
    *meta_ads.ADS,
    flat.spend_elsewhere(google_ads.PLATFORM, linkedin_ads.PLATFORM, meta_ads.PLATFORM),
)
"""Beside a CRM's connector there are the platforms' own; what has none is sent as a file."""
WEBS: dict[str, tuple[Source, ...]] = {"flat": flat.WEB}
USUAL_WEB = {"flat": "flat", "salesforce": "flat", "hubspot": "flat"}


def sources_of(vendor: str, web: str) -> tuple[Source, ...]:
    """Every table of a company that runs this CRM and this tracker."""
    return (*CRMS[vendor], *(flat.ADS if vendor == "flat" else PLATFORMS), *WEBS[web])
