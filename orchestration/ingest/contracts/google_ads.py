"""Google Ads, as the usual loaders deliver its reports. Cost is in millionths; days are the account's."""

from orchestration.ingest.columns import Feed, day, decimal, instant, integer, required, text, texts
from orchestration.ingest.contracts.loader import SYNCED, table

VENDOR = "google_ads"

FEEDS: tuple[Feed, ...] = (
    table(
        VENDOR,
        "campaign_stats",
        "A day of one campaign, per device and network; the platform corrects recent days, the latest delivery wins.",
        (
            required(day("date", "Day, in the account's time zone")),
            required(text("customer_id", "Account")),
            required(text("id", "Campaign")),
            *texts(_fivetran_id="Row id of the loader", device="Device", ad_network_type="Network"),
            integer("impressions", "Times shown"),
            integer("clicks", "Clicks"),
            required(integer("cost_micros", "Cost", unit="millionths of the account's currency")),
            decimal("conversions", "Conversions that the platform claims, shared among campaigns", unit="conversions"),
            *SYNCED,
        ),
        key=("customer_id", "id", "date", "device", "ad_network_type"),
        event_time="date",
        cadence="daily",
    ),
    table(
        VENDOR,
        "campaign_history",
        "A campaign from `updated_at` on.",
        (
            required(text("id", "Campaign")),
            required(instant("updated_at", "Valid from")),
            *texts(customer_id="Account", name="Name", status="Status"),
            *SYNCED,
        ),
        key=("id", "updated_at"),
        event_time="updated_at",
    ),
    table(
        VENDOR,
        "account_history",
        "An account from `updated_at` on.",
        (
            required(text("id", "Account")),
            required(instant("updated_at", "Valid from")),
            *texts(
                descriptive_name="Name",
                currency_code="Currency of its costs",
                time_zone="Time zone of its days, an IANA name",
            ),
            *SYNCED,
        ),
        key=("id", "updated_at"),
        event_time="updated_at",
    ),
)
