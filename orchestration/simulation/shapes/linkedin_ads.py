"""LinkedIn Ads, as the usual loader copies its reports: a row per campaign and day.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_web.py`).
"""

from orchestration.simulation.arrays import Bools
from orchestration.simulation.delivery import Outlet
from orchestration.simulation.feeds_web import ad_account_rows, ad_campaign_rows, spend_rows
from orchestration.simulation.rows import Joined, Only, Spelled, Zoneless
from orchestration.simulation.shapes.source import Columns, Source, always, is_word, loaded, picked, split

PLATFORM = "linkedin"
GROUP = "600268686"
WEB_SITE_TENTHS = 6
"""Of ten conversions, how many are on the web site; the others are in the platform's own forms."""


def _is_ours(facts: Columns) -> Bools:
    return is_word(facts["platform"], PLATFORM)


def _analytics(facts: Columns) -> Columns:
    return {
        "campaign_id": facts["campaign_id"],
        "day": Joined((Spelled(facts["spend_date"]), " 00:00:00")),
        **picked(facts, "clicks", "impressions"),
        "cost_in_local_currency": facts["cost"],
        "cost_in_usd": Only(is_word(facts["currency"], "USD"), facts["cost"]),
        "external_website_conversions": split(facts["platform_conversions"], WEB_SITE_TENTHS)[0],
        "one_click_leads": split(facts["platform_conversions"], WEB_SITE_TENTHS)[1],
    }


def _campaign(facts: Columns) -> Columns:
    return {
        "id": facts["campaign_id"],
        "last_modified_time": Zoneless(facts["updated_at"]),
        "account_id": facts["account_id"],
        "created_time": Zoneless(facts["updated_at"]),
        "name": facts["campaign_name"],
        **always(campaign_group_id=GROUP, version_tag="1"),
    }


def _account(facts: Columns) -> Columns:
    return {
        "id": facts["account_id"],
        "last_modified_time": Zoneless(facts["updated_at"]),
        "created_time": Zoneless(facts["updated_at"]),
        "name": facts["account_id"],
        "currency": facts["currency"],
        **always(version_tag="1"),
    }


ADS: tuple[Source, ...] = (
    Source(Outlet("linkedin_ads", "ad_analytics_by_campaign", "csv"), told=(loaded(spend_rows, _analytics, _is_ours),)),
    Source(
        Outlet("linkedin_ads", "campaign_history", "csv", daily=False),
        listed=(loaded(ad_campaign_rows, _campaign, _is_ours),),
    ),
    Source(
        Outlet("linkedin_ads", "account_history", "csv", daily=False),
        listed=(loaded(ad_account_rows, _account, _is_ours),),
    ),
)
