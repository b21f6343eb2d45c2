"""What a user can mend reads as such: source, table, column, variable, remedy."""

import pytest

from orchestration.ingest.remote.declared import load_sources
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError, SourceUnavailableError
from orchestration.ingest.remote.position import open_errors
from orchestration.ingest.remote.pull import check_connection
from tests.remote.company import CREATE_EVENTS, EVENTS_TABLE, Company, morning_after
from tests.remote.postgres_server import ENCODED_PASSWORD, PASSWORD, READER

AS_OF = morning_after("03-04")


@pytest.fixture
def events(company: Company) -> Company:
    company.sql(CREATE_EVENTS)
    company.events((1, "03-04 12:00"))
    return company


def refusal(company: Company, kind: type[Exception] = SourceError) -> str:
    with pytest.raises(kind) as caught:
        company.pull(AS_OF)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_wrong_table_names_the_nearest_one(events: Company) -> None:
    events.declare({**EVENTS_TABLE, "table": "public.lead_event"})
    assert refusal(events) == (
        "company: there is no table or view public.lead_event (public.lead_events is the nearest), wanted for "
        "crm.lead_events: correct `table:`, with its schema, or grant usage on the schema"
    )


def test_missing_columns_are_named_together_with_what_to_declare(events: Company) -> None:
    events.sql("alter table lead_events rename column actor_id to user_id", "alter table lead_events drop event_type")
    text = refusal(events)
    assert text.splitlines() == [
        "company: table public.lead_events has no column event_type (event_at is the nearest), wanted for event_type "
        "of crm.lead_events: name the column that holds event_type under `columns:`",
        "company: table public.lead_events has no column actor_id, wanted for actor_id of crm.lead_events: "
        "name the column that holds actor_id under `columns:`, or null if there is none",
    ]


def test_several_columns_that_a_feed_can_do_without_make_one_line_to_copy(events: Company) -> None:
    few = "event_id bigint, lead_id text, event_at timestamptz, event_type text, state text, who text"
    events.sql(f"create table few ({few})")
    events.declare({**EVENTS_TABLE, "table": "public.few", "columns": {"to_value": "state"}})
    assert refusal(events) == (
        "company: table public.few lacks 3 columns of crm.lead_events: name what holds each under `columns:` (nothing "
        "reads who), or say there that there is none: from_value: null, actor_id: null, reason: null"
    )


def test_a_cursor_that_does_not_order_rows_is_refused(events: Company) -> None:
    events.declare({**EVENTS_TABLE, "cursor": "event_type"})
    assert refusal(events) == (
        "company: table public.lead_events: cursor event_type is text: choose a timestamp, a date or a whole number"
    )


def test_a_table_or_column_that_may_not_be_read_says_what_to_grant(events: Company) -> None:
    events.sql(f"revoke select on lead_events from {READER}")
    grant = "grant select on public.lead_events to the user that andon connects with"
    every = "event_id, lead_id, event_at, event_type, from_value, to_value, actor_id, reason"
    assert refusal(events) == f"company: table public.lead_events: permission denied for columns {every}: {grant}"
    others = "event_id, lead_id, event_at, event_type, from_value, to_value, reason"
    events.sql(f"grant select ({others}) on lead_events to {READER}")
    assert refusal(events) == f"company: table public.lead_events: permission denied for column actor_id: {grant}"


@pytest.mark.parametrize(
    ("url", "kind", "text"),
    [
        ("", SourceError, "the environment variable COMPANY_URL, named by `url_env`, is not set"),
        ("{host}/nowhere", SourceError, "correct database or user in COMPANY_URL"),
        ("postgresql://andon_reader:wr0ng-pass@127.0.0.1:{port}/{database}", SourceError, "correct user or password"),
        ("postgresql://andon_reader:x-pass@127.0.0.1:1/d", SourceUnavailableError, "check host and port"),
        ("postgresql://andon_reader:x-pass@no.such.host.invalid/d", SourceUnavailableError, "check host and port"),
        (
            "postgresql://andon_reader:s3cr3t\n@127.0.0.1:1/d",
            SourceError,
            "COMPANY_URL, named by `url_env`, has a line",
        ),
        ("postgresql://u:s3cr3t/p@ss@127.0.0.1/d", SourceError, "is not a connection URL"),
        ("s3cr3t/p@ss", SourceError, "is not a connection URL"),
        ("host=127.0.0.1 password=x-pass", SourceError, "is not a connection URL"),
    ],
)
def test_a_connection_that_fails_says_why_and_never_the_password(
    events: Company, monkeypatch: pytest.MonkeyPatch, url: str, kind: type[Exception], text: str
) -> None:
    host = events.server.url("x").removesuffix("/x")
    url = url.format(host=host, port=events.server.port, database=events.database)
    monkeypatch.setenv("COMPANY_URL", url)
    said = refusal(events, kind)
    assert text in said
    assert not any(secret in said for secret in ("s3cr3t", "p@ss", "-pass", PASSWORD, ENCODED_PASSWORD))


def test_an_unreachable_source_counts_as_an_input_output_error() -> None:
    assert issubclass(SourceUnavailableError, OSError)
    assert not issubclass(SourceError, OSError)


def test_the_connection_check_says_the_same_without_pulling(events: Company) -> None:
    (source,) = load_sources(events.settings)
    assert check_connection(events.settings, source, source.tables[0], Effects()) is None
    events.sql("drop table lead_events")
    assert "there is no table or view" in str(check_connection(events.settings, source, source.tables[0], Effects()))
    assert not (events.settings.landing / "crm").exists()


def test_a_failure_is_remembered_until_a_pull_succeeds(events: Company) -> None:
    events.sql("alter table lead_events rename to elsewhere")
    text = refusal(events)
    assert open_errors(events.settings, load_sources(events.settings)) == [text]
    events.sql("alter table elsewhere rename to lead_events")
    events.pull(AS_OF)
    assert open_errors(events.settings, load_sources(events.settings)) == []


def test_a_server_that_stops_in_the_middle_loses_nothing(events: Company) -> None:
    events.declare({**EVENTS_TABLE, "window_days": 1})
    events.events(*((number, f"02-{number:02d} 12:00") for number in range(2, 9)))
    ended: list[str] = []

    def end_after_two(line: str) -> None:
        ended.append(line)
        if len(ended) == 2:
            events.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{READER}'")

    events.on_say = end_after_two
    assert "the connection was lost" in refusal(events, SourceUnavailableError)
    assert events.pull(AS_OF).rows == 6
    events.load(AS_OF)
    assert events.event_ids() == [str(number) for number in range(1, 9)]
