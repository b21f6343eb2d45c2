"""Meta (Facebook) Ads, as the usual loaders deliver its reports. Days are the account's.

Spend comes per campaign (`basic_campaign`) or per ad (`basic_ad` with `ad_history`); where both come, the
report per campaign counts. What people did after an ad, as the platform claims it, comes in a report beside each
(`basic_campaign_actions`, `basic_ad_actions`).
"""

from orchestration.ingest.columns import Column, Feed, day, decimal, instant, integer, required, text, texts
from orchestration.ingest.contracts.loader import SYNCED, table

VENDOR = "meta_ads"


def _report(name: str, description: str, subject: Column, *columns: Column) -> Feed:
    return table(
        VENDOR,
        name,
        description,
        (
            required(day("date", "Day, in the account's time zone")),
            required(subject),
            required(text("account_id", "Account")),
            integer("impressions", "Times shown"),
            integer("inline_link_clicks", "Clicks on the link"),
            required(decimal("spend", "Cost", unit="in the account's currency")),
            *columns,
            *SYNCED,
        ),
        key=(subject.name, "date"),
        event_time="date",
        cadence="daily",
    )


def _actions(name: str, description: str, subject: Column) -> Feed:
    return table(
        VENDOR,
        name,
        description,
        (
            required(day("date", "Day, in the account's time zone")),
            required(subject),
            required(text("action_type", "What people did")),
            decimal("value", "How often, as the platform claims", unit="actions"),
            *SYNCED,
        ),
        key=(subject.name, "date", "action_type"),
        event_time="date",
    )


FEEDS: tuple[Feed, ...] = (
    _report(
        "basic_campaign",
        "A day of one campaign; the platform corrects recent days, the latest delivery wins.",
        text("campaign_id", "Campaign"),
        text("campaign_name", "Name of the campaign"),
    ),
    _report(
        "basic_ad",
        "A day of one ad; the platform corrects recent days, the latest delivery wins.",
        text("ad_id", "Ad"),
    ),
    _actions(
        "basic_campaign_actions",
        "What a campaign's ads led to on a day, by kind; the platform corrects recent days, the latest delivery wins.",
        text("campaign_id", "Campaign"),
    ),
    _actions(
        "basic_ad_actions",
        "What an ad led to on a day, by kind; the platform corrects recent days, the latest delivery wins.",
        text("ad_id", "Ad"),
    ),
    table(
        VENDOR,
        "ad_history",
        "An ad from `updated_time` on.",
        (
            required(text("id", "Ad")),
            instant("updated_time", "Valid from"),
            *texts(account_id="Account", campaign_id="Campaign", name="Name"),
            *SYNCED,
        ),
        key=("id", "updated_time"),
        event_time="updated_time",
    ),
    table(
        VENDOR,
        "campaign_history",
        "A campaign from `updated_time` on.",
        (
            required(text("id", "Campaign")),
            instant("updated_time", "Valid from"),
            *texts(account_id="Account", name="Name", status="Status"),
            *SYNCED,
        ),
        key=("id", "updated_time"),
        event_time="updated_time",
    ),
    table(
        VENDOR,
        "account_history",
        "An account as the platform showed it when it was synchronised.",
        (
            required(text("id", "Account")),
            *texts(
                name="Name",
                currency="Currency of its costs",
                timezone_name="Time zone of its days, an IANA name",
            ),
            *SYNCED,
        ),
        key=("id", "_fivetran_synced"),
        event_time="_fivetran_synced",
    ),
)
