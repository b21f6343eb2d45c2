"""Meta Ads, as the usual loader copies its reports: a row per ad and day; every campaign runs two ads.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_web.py`).
"""

from collections.abc import Callable

from orchestration.simulation.arrays import Bools
from orchestration.simulation.delivery import Outlet
from orchestration.simulation.feeds_web import ad_account_rows, ad_campaign_rows, spend_rows
from orchestration.simulation.rows import Column, Joined, Number, Zoneless
from orchestration.simulation.shapes.source import Columns, Source, always, is_word, loaded, split

PLATFORM = "meta_ads"
CENT, CENTS = 0.01, 100
ACTIONS = ("lead", "offsite_conversion.fb_pixel_lead")
FIRST_TENTHS = 7
"""Of ten clicks, impressions or cents, how many the first ad has."""


def _is_ours(facts: Columns) -> Bools:
    return is_word(facts["platform"], PLATFORM)


def _ad_id(facts: Columns, ad: int) -> Column:
    return Joined((facts["campaign_id"], f"-{ad + 1}"))


def _stats(ad: int) -> Callable[[Columns], Columns]:
    return lambda facts: {
        "ad_id": _ad_id(facts, ad),
        "date": facts["spend_date"],
        "account_id": facts["account_id"],
        "impressions": split(facts["impressions"], FIRST_TENTHS)[ad],
        "inline_link_clicks": split(facts["clicks"], FIRST_TENTHS)[ad],
        "spend": Number(split(facts["cost"], FIRST_TENTHS, CENT)[ad].values / CENTS),
    }


def _actions(ad: int, kind: str) -> Callable[[Columns], Columns]:
    """What people did after an ad: its leads, of which all but those of the platform's own forms are the pixel's."""

    def columns(facts: Columns) -> Columns:
        leads = split(facts["platform_conversions"], FIRST_TENTHS)[ad]
        return {
            "ad_id": _ad_id(facts, ad),
            "date": facts["spend_date"],
            "value": leads if kind == "lead" else split(leads, FIRST_TENTHS)[0],
            **always(action_type=kind),
        }

    return columns


def _ad(ad: int) -> Callable[[Columns], Columns]:
    return lambda facts: {
        "id": _ad_id(facts, ad),
        "account_id": facts["account_id"],
        "campaign_id": facts["campaign_id"],
        "name": Joined((facts["campaign_name"], f", ad {ad + 1}")),
        "updated_time": Zoneless(facts["updated_at"]),
    }


def _campaign(facts: Columns) -> Columns:
    return {
        "id": facts["campaign_id"],
        "account_id": facts["account_id"],
        "name": facts["campaign_name"],
        "updated_time": Zoneless(facts["updated_at"]),
    }


def _account(facts: Columns) -> Columns:
    return {
        "id": facts["account_id"],
        "name": facts["account_id"],
        "currency": facts["currency"],
        "timezone_name": facts["time_zone"],
    }


ADS: tuple[Source, ...] = (
    Source(
        Outlet("meta_ads", "basic_ad", "csv"),
        told=(loaded(spend_rows, _stats(0), _is_ours), loaded(spend_rows, _stats(1), _is_ours)),
    ),
    Source(
        Outlet("meta_ads", "basic_ad_actions", "csv"),
        told=tuple(loaded(spend_rows, _actions(ad, kind), _is_ours) for kind in ACTIONS for ad in (0, 1)),
    ),
    Source(
        Outlet("meta_ads", "ad_history", "csv", daily=False),
        listed=(loaded(ad_campaign_rows, _ad(0), _is_ours), loaded(ad_campaign_rows, _ad(1), _is_ours)),
    ),
    Source(
        Outlet("meta_ads", "campaign_history", "csv", daily=False),
        listed=(loaded(ad_campaign_rows, _campaign, _is_ours),),
    ),
    Source(
        Outlet("meta_ads", "account_history", "csv", daily=False),
        listed=(loaded(ad_account_rows, _account, _is_ours),),
    ),
)
