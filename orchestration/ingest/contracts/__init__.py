# pyright: reportUnknownVariableType=false
"""What may be delivered: each feed's columns, types, key and event time, one module per vendor.

Belongs here: declarations only, and which of them an installation has on. The plan's tables are declared in
`plan_tables.py`. Does not belong here: how files are found, read or typed.

How a delivered value is read: an empty string is NULL. Timestamps are ISO 8601 with an offset or `Z`; without
one they are UTC; stored as naive UTC. Decimals keep four digits after the point (half away from zero). Text is
kept as delivered.
"""

from dataclasses import replace
from difflib import get_close_matches

from orchestration.errors import AndonError
from orchestration.ingest.columns import Feed, delivered_names, text
from orchestration.ingest.contracts import flat, ga4, google_ads, hubspot, linkedin_ads, meta_ads, salesforce, segment
from orchestration.ingest.contracts.own import MANIFEST_SCHEMA, REJECT_SCHEMA, RUN_CONTEXT_SCHEMA
from orchestration.settings import Settings

__all__ = ["FEEDS", "FEEDS_BY_NAME", "MANIFEST_SCHEMA", "REJECT_SCHEMA", "RUN_CONTEXT_SCHEMA", "VENDORS", "feeds_on"]

VENDORS: dict[str, tuple[Feed, ...]] = {
    "flat": flat.FEEDS,
    "salesforce": salesforce.FEEDS,
    "hubspot": hubspot.FEEDS,
    "google_ads": google_ads.FEEDS,
    "linkedin_ads": linkedin_ads.FEEDS,
    "meta_ads": meta_ads.FEEDS,
    "ga4": ga4.FEEDS,
    "segment": segment.FEEDS,
}

FEEDS: tuple[Feed, ...] = tuple(feed for feeds in VENDORS.values() for feed in feeds)

FEEDS_BY_NAME: dict[str, Feed] = {feed.name: feed for feed in FEEDS}


class CustomFieldsError(AndonError):
    """The installation names fields of a table that does not exist."""


def feeds_on(settings: Settings) -> tuple[Feed, ...]:
    """The feeds of the vendors that are on, with the installation's custom fields as text columns.

    Raises CustomFieldsError when they name a table that does not exist.
    """
    for table in settings.custom_fields:
        if table not in FEEDS_BY_NAME:
            near = get_close_matches(table, FEEDS_BY_NAME, n=1)
            hint = f"; {near[0]} is the nearest" if near else ""
            where = "ANDON_CUSTOM_FIELDS (or `vars: custom_fields`)"
            raise CustomFieldsError(f"{where}: no table is called {table}{hint}: `andon feeds` lists them")
    return tuple(_with_custom_fields(settings, feed) for vendor in settings.vendors for feed in VENDORS[vendor])


def _with_custom_fields(settings: Settings, feed: Feed) -> Feed:
    declared = {column.name for column in feed.columns}
    wanted = dict.fromkeys(delivered_names(feed, [*settings.custom_fields.get(feed.name, {}).values()]))
    added = tuple(text(name, "Custom field") for name in wanted if name not in declared)
    return replace(feed, columns=(*feed.columns, *added)) if added else feed
