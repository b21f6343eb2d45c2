"""Google Analytics 4, in the shape of its daily export: a row per event, nested values as JSON."""

from orchestration.ingest.columns import Feed, integer, required, text, texts
from orchestration.ingest.contracts.loader import table

VENDOR = "ga4"

FEEDS: tuple[Feed, ...] = (
    table(
        VENDOR,
        "events",
        "An event of a visitor.",
        (
            required(integer("event_timestamp", "When it happened", unit="microseconds since 1970, UTC")),
            required(text("event_name", "Event")),
            *texts(
                user_pseudo_id="Visitor: the client id",
                user_id="User, once the site knows it",
                event_date="Day in the property's time zone, YYYYMMDD",
                event_params="Parameters: a list of {key, value}",
                user_properties="User properties: a list of {key, value}",
                traffic_source="What brought the visitor first: {source, medium, name}",
                collected_traffic_source="What brought this visit: {manual_source, manual_medium, gclid, …}",
            ),
        ),
        key=("user_pseudo_id", "event_timestamp", "event_name"),
        event_time=None,
        cadence="daily",
    ),
)
