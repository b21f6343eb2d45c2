"""LinkedIn Ads, as the usual loaders deliver its reports. Days are the platform's."""

from orchestration.ingest.columns import Feed, day, decimal, instant, integer, required, text, texts
from orchestration.ingest.contracts.loader import SYNCED, table

VENDOR = "linkedin_ads"

FEEDS: tuple[Feed, ...] = (
    table(
        VENDOR,
        "ad_analytics_by_campaign",
        "A day of one campaign; the platform corrects recent days, the latest delivery wins.",
        (
            required(day("day", "Day, as the platform counts it")),
            required(text("campaign_id", "Campaign")),
            integer("impressions", "Times shown"),
            integer("clicks", "Clicks"),
            decimal("cost_in_local_currency", "Cost", unit="in the account's currency"),
            decimal("cost_in_usd", "Cost", unit="USD"),
            integer("external_website_conversions", "Conversions on the web site that the platform claims"),
            integer("one_click_leads", "Leads from the platform's own forms"),
            *SYNCED,
        ),
        key=("campaign_id", "day"),
        event_time="day",
        cadence="daily",
    ),
    table(
        VENDOR,
        "campaign_history",
        "A campaign from `last_modified_time` on.",
        (
            required(text("id", "Campaign")),
            required(instant("last_modified_time", "Valid from")),
            *texts(account_id="Account", campaign_group_id="Campaign group", name="Name", status="Status"),
            *SYNCED,
        ),
        key=("id", "last_modified_time"),
        event_time="last_modified_time",
    ),
    table(
        VENDOR,
        "account_history",
        "An account from `last_modified_time` on.",
        (
            required(text("id", "Account")),
            required(instant("last_modified_time", "Valid from")),
            *texts(name="Name", currency="Currency of its costs"),
            *SYNCED,
        ),
        key=("id", "last_modified_time"),
        event_time="last_modified_time",
    ),
)
