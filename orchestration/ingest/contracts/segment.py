"""A web tracker in Segment's shape: page views, tracked events, identifications."""

from orchestration.ingest.columns import Column, Feed, instant, required, text, texts
from orchestration.ingest.contracts.loader import table

VENDOR = "segment"

_CALL: tuple[Column, ...] = (
    required(text("id", "Id of the call")),
    required(instant("timestamp", "When it happened, corrected for the device's clock")),
    text("anonymous_id", "Visitor"),
    text("user_id", "User, once the site knows it"),
    instant("received_at", "When the tracker received it"),
)
_PAGE = texts(
    context_campaign_source="UTM source",
    context_campaign_medium="UTM medium",
    context_campaign_name="UTM campaign",
    context_campaign_id="Campaign id",
    context_page_url="Address of the page",
    context_page_referrer="Address of the page before",
    context_user_agent="Browser, as it names itself",
    context_ip="Address of the visitor; hashed before it is modelled",
)

FEEDS: tuple[Feed, ...] = (
    table(
        VENDOR,
        "pages",
        "A visitor saw a page.",
        (*_CALL, *texts(url="Address", path="Path", referrer="Address of the page before", title="Title"), *_PAGE),
        key=("id",),
        event_time="timestamp",
        cadence="daily",
    ),
    table(
        VENDOR,
        "tracks",
        "A visitor did something.",
        (*_CALL, required(text("event", "Event")), *texts(event_text="Event as sent", email="E-mail given"), *_PAGE),
        key=("id",),
        event_time="timestamp",
        cadence="daily",
    ),
    table(
        VENDOR,
        "identifies",
        "A visitor became known as a user.",
        (*_CALL, *texts(email="E-mail address", name="Name", company="Company")),
        key=("id",),
        event_time="timestamp",
    ),
)
