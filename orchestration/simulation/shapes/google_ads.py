"""Google Ads, as the usual loader copies its reports: cost in millionths, a row per campaign, day and device.

Belongs here: which fact fills which column. Does not belong here: the facts (`feeds_web.py`).
"""

from collections.abc import Callable

from orchestration.simulation.arrays import Bools
from orchestration.simulation.delivery import Outlet
from orchestration.simulation.feeds_web import ad_account_rows, ad_campaign_rows, spend_rows
from orchestration.simulation.rows import Joined, Spelled, Zoneless
from orchestration.simulation.shapes.source import Columns, Source, always, is_word, loaded, split, times

PLATFORM = "google_ads"
CENT, MICROS_PER_CENT = 0.01, 10_000
DEVICES = ("MOBILE", "DESKTOP")
MOBILE_TENTHS = 6
"""Of ten clicks, impressions or cents, how many are on a mobile."""


def _is_ours(facts: Columns) -> Bools:
    return is_word(facts["platform"], PLATFORM)


def _stats(device: int) -> Callable[[Columns], Columns]:
    def columns(facts: Columns) -> Columns:
        campaign, day = facts["campaign_id"], facts["spend_date"]
        return {
            "_fivetran_id": Joined((campaign, "/", Spelled(day), f"/{DEVICES[device]}")),
            "customer_id": facts["account_id"],
            "date": day,
            "id": campaign,
            **always(ad_network_type="SEARCH", device=DEVICES[device]),
            "clicks": split(facts["clicks"], MOBILE_TENTHS)[device],
            "impressions": split(facts["impressions"], MOBILE_TENTHS)[device],
            "conversions": split(facts["platform_conversions"], MOBILE_TENTHS)[device],
            "cost_micros": times(split(facts["cost"], MOBILE_TENTHS, CENT)[device], MICROS_PER_CENT),
        }

    return columns


def _campaign(facts: Columns) -> Columns:
    return {
        "id": facts["campaign_id"],
        "updated_at": Zoneless(facts["updated_at"]),
        "name": facts["campaign_name"],
        "customer_id": facts["account_id"],
        **always(advertising_channel_type="SEARCH", serving_status="SERVING", status="ENABLED"),
    }


def _account(facts: Columns) -> Columns:
    return {
        "id": facts["account_id"],
        "updated_at": Zoneless(facts["updated_at"]),
        "currency_code": facts["currency"],
        "descriptive_name": facts["account_id"],
        "time_zone": facts["time_zone"],
        **always(test_account=False, manager=False, hidden=False),
    }


ADS: tuple[Source, ...] = (
    Source(
        Outlet("google_ads", "campaign_stats", "csv.gz"),
        told=(loaded(spend_rows, _stats(0), _is_ours), loaded(spend_rows, _stats(1), _is_ours)),
    ),
    Source(
        Outlet("google_ads", "campaign_history", "csv", daily=False),
        listed=(loaded(ad_campaign_rows, _campaign, _is_ours),),
    ),
    Source(
        Outlet("google_ads", "account_history", "csv", daily=False),
        listed=(loaded(ad_account_rows, _account, _is_ours),),
    ),
)
