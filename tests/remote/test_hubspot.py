"""Pulling from HubSpot's CRM API, over real sockets: search beyond its limit, rate limits, expired tokens, archives."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.remote.declared import load_sources
from orchestration.ingest.remote.errors import SourceError, SourceUnavailableError
from tests.remote import hubspot_server as hubspot
from tests.remote.api_company import ApiCompany
from tests.remote.api_server import Reply, serving
from tests.remote.company import at, morning_after
from tests.remote.hubspot_server import Portal

COLUMNS = {
    "event_id": "hs_object_id", "lead_id": "hs_object_id", "event_at": "lastmodifieddate", "event_type": "kind",
    "from_value": None, "to_value": "lifecyclestage", "actor_id": "hubspot_owner_id", "reason": None,
}  # fmt: skip
TABLE: dict[str, Any] = {
    "feed": "crm.lead_events", "object": "contacts", "start": "2024-03-01", "columns": COLUMNS,
}  # fmt: skip
AS_OF = morning_after("03-04")


def contact(number: int, moment: str, **more: Any) -> dict[str, Any]:
    changed = at(moment).strftime("%Y-%m-%dT%H:%M:%S.123Z")
    properties = {
        "lastmodifieddate": changed, "kind": "status", "lifecyclestage": "lead", "hubspot_owner_id": "", **more
    }  # fmt: skip
    return {"id": str(number), "properties": properties}


@pytest.fixture
def portal() -> Iterator[Portal]:
    # Ids do not follow the time of change, and have different numbers of digits.
    contacts = [contact(number, f"03-0{2 + number % 3} 12:00") for number in (9, 10, 11, 100, 99, 7, 8)]
    known = Portal({"contacts": contacts})
    with serving(known.server):
        yield known


@pytest.fixture
def company(portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ApiCompany:
    for name, value in (
        ("HS_TOKEN", hubspot.PRIVATE_TOKEN), ("HS_ID", hubspot.CLIENT_ID), ("HS_SECRET", hubspot.CLIENT_SECRET),
        ("HS_REFRESH", hubspot.REFRESH_TOKEN),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    made = ApiCompany(tmp_path / "home")
    made.source = {"kind": "hubspot", "name": "marketing", "base_url": portal.server.url, "page_size": 2}
    made.declare(TABLE, **OAUTH)
    return made


OAUTH = {"client_id_env": "HS_ID", "client_secret_env": "HS_SECRET", "refresh_token_env": "HS_REFRESH"}


def loaded(company: ApiCompany) -> list[int]:
    assert company.load(AS_OF).refusals == []
    return sorted(int(row["event_id"]) for row in company.rows())


ALL = [7, 8, 9, 10, 11, 99, 100]


def test_every_contact_that_changed_arrives(company: ApiCompany) -> None:
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == ALL
    (row,) = [row for row in company.rows() if row["event_id"] == "9"]
    assert (row["event_at"].isoformat(), row["to_value"], row["actor_id"]) == (
        "2024-03-02T12:00:00.123000",
        "lead",
        None,
    )


def test_a_private_apps_token_needs_no_login(portal: Portal, company: ApiCompany) -> None:
    company.declare(TABLE, token_env="HS_TOKEN")
    assert company.pull(AS_OF).rows == 7
    assert portal.tokens == [hubspot.PRIVATE_TOKEN]


def test_more_than_a_search_can_give_arrive_whole_even_of_one_instant(portal: Portal, company: ApiCompany) -> None:
    portal.objects["contacts"] = [contact(number, "03-03 12:00") for number in range(1, 10_051)]
    company.declare(TABLE, **OAUTH, page_size=200)
    assert company.pull(AS_OF).rows == 10_050
    assert loaded(company) == list(range(1, 10_051))


def test_a_contact_that_changes_while_pages_are_read_makes_none_be_skipped(portal: Portal, company: ApiCompany) -> None:
    def change(reply: Reply) -> Reply:
        (first,) = [each for each in portal.objects["contacts"] if each["id"] == "7"]
        first["properties"]["lastmodifieddate"] = "2024-03-05T20:00:00Z"
        return reply

    portal.server.faults[3] = change
    company.pull(AS_OF)
    assert loaded(company) == ALL
    assert company.pull(at("03-05 23:00")).rows == 1


def test_fewer_than_announced_begin_the_window_anew(portal: Portal, company: ApiCompany) -> None:
    portal.server.faults[3] = lambda reply: replace(reply, content={**reply.content, "results": []})
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == ALL


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (lambda _: Reply(429, hubspot.TEN_SECONDLY, {"Retry-After": "10"}), [10.0]),
        (lambda _: Reply(429, hubspot.TEN_SECONDLY), None),
        (lambda _: Reply(502, b"Bad Gateway"), None),
        (lambda reply: replace(reply, cut=25), None),
    ],
    ids=["429 seconds", "429", "502", "connection dropped in mid-page"],
)
def test_it_waits_and_goes_on(portal: Portal, company: ApiCompany, fault: Any, waits: list[float] | None) -> None:
    portal.server.faults[3] = fault
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == ALL
    assert len(company.waited) == 1
    assert waits is None or company.waited == waits


def test_a_daily_limit_ends_the_pull_and_what_was_landed_stays(portal: Portal, company: ApiCompany) -> None:
    company.declare({**TABLE, "window_days": 1}, **OAUTH)
    # Requests: the properties, then one more than the pages of each window, and the archived ones.
    portal.server.faults[9] = lambda _: Reply(429, hubspot.DAILY)
    with pytest.raises(SourceUnavailableError, match="You have reached your daily limit"):
        company.pull(AS_OF)
    assert company.waited == []
    landed = loaded(company)
    assert 0 < len(landed) < 7
    company.pull(AS_OF)
    assert loaded(company) == ALL


def test_a_token_that_expires_in_the_middle_of_a_window_is_renewed(portal: Portal, company: ApiCompany) -> None:
    def expire(_: Reply) -> Reply:
        portal.expired.update(portal.tokens)
        return Reply(401, hubspot.EXPIRED)

    portal.server.faults[3] = expire
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == ALL


def test_a_private_token_that_is_not_accepted_is_for_the_user_to_mend(
    company: ApiCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HS_TOKEN", "pat-wr0ng-s3cr3t")
    company.declare(TABLE, token_env="HS_TOKEN")
    with pytest.raises(SourceError, match=r"the login is not accepted .*INVALID_AUTHENTICATION") as caught:
        company.pull(AS_OF)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({"object": "contactz"}, "MISSING_SCOPES : contactz needs a scope: give the app the scope that it lacks"),
        ({"columns": {**COLUMNS, "event_type": "kinds"}}, "has no property kinds (kind is the nearest) for event_type"),
        ({"extra": ["gclid"]}, "has no property gclid"),
    ],
)
def test_what_the_user_can_mend_is_said(company: ApiCompany, table: dict[str, Any], text: str) -> None:
    company.declare({**TABLE, **table}, **OAUTH)
    with pytest.raises(SourceError) as caught:
        company.pull(AS_OF)
    assert text.replace(" :", ":") in str(caught.value).replace(" :", ":")


@pytest.mark.parametrize(("token", "text"), [("pat\ns3cr3t", "has a line break"), ("pat-s3cr\u00e9t", "no token has")])
def test_a_token_that_was_broken_on_its_way_is_not_shown(
    company: ApiCompany, monkeypatch: pytest.MonkeyPatch, token: str, text: str
) -> None:
    monkeypatch.setenv("HS_TOKEN", token)
    company.declare(TABLE, token_env="HS_TOKEN")
    with pytest.raises(SourceError, match=text) as caught:
        company.pull(AS_OF)
    assert "s3cr" not in str(caught.value)
    assert company.waited == []


def test_a_declaration_with_two_ways_in_is_refused_with_its_line(company: ApiCompany) -> None:
    company.declare(TABLE, **OAUTH, token_env="HS_TOKEN")
    with pytest.raises(Exception, match=r"sources\.yml:2: .*name token_env alone, or client_id_env"):
        load_sources(company.settings)
