"""What trackers share: where a touch was, what brought it there, and when the site knew the visitor.

Belongs here: columns common to trackers. Does not belong here: any tracker's own.
"""

from collections.abc import Callable

from orchestration.simulation.arrays import Bools
from orchestration.simulation.rows import Column, Either, Joined, Only
from orchestration.simulation.shapes.source import Columns, Source, is_given, is_true, is_word, recoded, words

Tracker = Callable[[Callable[[Column], Column], int | None], tuple[Source, ...]]
"""A tracker's tables; given how the CRM writes a lead's id, and since when (UTC epoch seconds) the forms are the CRM's
own."""

SITE = "https://www.example.com"
CLICK_IDS = {"google_ads": "gclid", "linkedin": "li_fat_id", "meta_ads": "fbclid"}


def is_touch(facts: Columns) -> Bools:
    """Touches as they happened: a tracker does not send one again once it knows the lead."""
    return ~is_true(facts["is_again"])


def is_form(facts: Columns) -> Bools:
    """Forms filled in."""
    return is_touch(facts) & is_word(facts["touch_type"], "form_fill")


def is_arrival(facts: Columns) -> Bools:
    """Everything that is no form: somebody came to the site."""
    return is_touch(facts) & ~is_word(facts["touch_type"], "form_fill")


def _has_source(facts: Columns) -> Bools:
    label = facts["lead_source"]
    return is_word(label, *(word for word in words(label) if "_" in word))


def came_from(facts: Columns) -> tuple[Column, Column, Column]:
    """UTM source, medium and campaign; without a campaign what the tracker calls the source, `source_medium`."""
    tagged = is_given(facts["utm_medium"])
    label = facts["lead_source"]
    source = recoded(label, lambda code: words(label)[code].rpartition("_")[0])
    has_source = _has_source(facts)
    return (
        Either(tagged, facts["utm_source"], Only(has_source, source)),
        Either(tagged, facts["utm_medium"], recoded(label, lambda code: words(label)[code].rpartition("_")[2])),
        facts["utm_campaign"],
    )


def address(facts: Columns) -> Column:
    """The page's address, with the platform's click id after an ad click."""
    page: Column = Joined((SITE, facts["page"]))
    for platform, parameter in CLICK_IDS.items():
        clicked = is_word(facts["touch_type"], "ad_click") & is_word(facts["utm_source"], platform)
        page = Either(clicked, Joined((SITE, facts["page"], f"?{parameter}=", facts["touch_id"])), page)
    return page


def tagged_address(facts: Columns) -> Column:
    """The page's address with the UTM parameters with which somebody came to it."""
    source, medium, campaign = came_from(facts)
    page = Joined((SITE, facts["page"]))
    known = Joined((page, "?utm_medium=", medium))
    sourced = Joined((known, "&utm_source=", source))
    tagged = Joined((sourced, "&utm_campaign=", campaign, "&utm_id=", facts["campaign_id"]))
    untagged = Either(_has_source(facts), sourced, Either(is_given(facts["lead_source"]), known, page))
    return Either(is_given(facts["utm_medium"]), tagged, untagged)
