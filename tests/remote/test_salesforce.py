"""Pulling from Salesforce's query API, over real sockets: pages, limits, expired sessions, dropped connections."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.remote.errors import SourceError, SourceUnavailableError
from orchestration.ingest.remote.pull import Days
from tests.remote import salesforce_server as salesforce
from tests.remote.api_company import ApiCompany
from tests.remote.api_server import Reply, serving
from tests.remote.company import EVENTS, at, morning_after
from tests.remote.salesforce_server import Organisation

COLUMNS = {
    "event_id": "Id", "lead_id": "LeadId", "event_at": "CreatedDate", "event_type": "Field", "from_value": "OldValue",
    "to_value": "NewValue", "actor_id": "CreatedById", "reason": None,
}  # fmt: skip
TABLE: dict[str, Any] = {"feed": "crm.lead_events", "object": "LeadHistory", "start": "2024-03-01", "columns": COLUMNS}
AS_OF = morning_after("03-04")


def history(number: int, moment: str, **more: Any) -> dict[str, Any]:
    changed = at(moment).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "Id": f"017{number:015d}", "LeadId": "00Q000000000001", "CreatedDate": changed, "Field": "status",
        "OldValue": "New", "NewValue": "Wörking\n", "CreatedById": "005000000000001", "IsDeleted": False, **more,
    }  # fmt: skip


@pytest.fixture
def organisation() -> Iterator[Organisation]:
    records = [history(number, f"03-0{2 + number // 4} 12:00") for number in range(7)]
    known = Organisation({"LeadHistory": records})
    with serving(known.server):
        yield known


@pytest.fixture
def company(organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ApiCompany:
    monkeypatch.setenv("SF_ID", salesforce.CLIENT_ID)
    monkeypatch.setenv("SF_SECRET", salesforce.CLIENT_SECRET)
    monkeypatch.setenv("SF_REFRESH", salesforce.REFRESH_TOKEN)
    made = ApiCompany(tmp_path / "home")
    made.source = {
        "kind": "salesforce", "name": "sales", "login_url": organisation.server.url, "client_id_env": "SF_ID",
        "client_secret_env": "SF_SECRET",
    }  # fmt: skip
    made.declare(TABLE)
    return made


def loaded(company: ApiCompany) -> list[str]:
    assert company.load(AS_OF).refusals == []
    return [row["event_id"] for row in company.rows()]


def all_ids(organisation: Organisation) -> list[str]:
    return [record["Id"] for record in organisation.objects["LeadHistory"]]


def refusing(status: int, content: Any, **headers: str) -> Any:
    return lambda reply: Reply(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


def test_pages_are_followed_to_the_last_and_every_value_arrives(
    organisation: Organisation, company: ApiCompany
) -> None:
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == all_ids(organisation)
    row = company.rows()[0]
    assert (row["event_at"].isoformat(), row["to_value"]) == ("2024-03-02T12:00:00", "Wörking\n")
    assert [request.path.rpartition("-")[2] for request in organisation.server.requests[2:]] == ["2", "4", "6"]


def test_only_what_changed_since_is_pulled_and_late_records_are_found(
    organisation: Organisation, company: ApiCompany
) -> None:
    company.pull(AS_OF)
    organisation.objects["LeadHistory"] += [
        history(8, "03-05 14:00"),
        history(9, "03-05 11:55"),
    ]
    assert company.pull(at("03-05 12:00")).rows == 1
    organisation.objects["LeadHistory"].append(history(10, "03-05 11:50"))
    assert company.pull(at("03-05 12:10")).rows == 1
    assert company.pull(at("03-05 14:30")).rows == 1
    company.load(at("03-05 14:30"))
    assert sorted(row["event_id"] for row in company.rows()) == sorted(all_ids(organisation))


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (refusing(429, [{"errorCode": "TOO_MANY", "message": "slow down"}], Retry_After="7"), [7.0]),
        (
            refusing(
                429,
                [],
                Retry_After=format_datetime(datetime(2024, 3, 6, tzinfo=UTC) + timedelta(seconds=90), usegmt=True),
            ),
            [90.0],
        ),
        (refusing(403, salesforce.LIMIT_EXCEEDED), None),
        (refusing(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error occurred"}]), None),
        (refusing(503, b"<html>down for maintenance</html>"), None),
        (refusing(200, b'{"totalSize": 7, "records": ['), None),
        (lambda reply: replace(reply, cut=60), None),
    ],
    ids=["429 seconds", "429 date", "limit exceeded", "500", "503", "half an answer", "connection dropped in mid-page"],
)
@pytest.mark.parametrize("request_number", [2, 4])
def test_it_waits_and_goes_on(
    organisation: Organisation, company: ApiCompany, fault: Any, waits: list[float] | None, request_number: int
) -> None:
    organisation.server.faults[request_number] = fault
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == all_ids(organisation)
    assert len(company.waited) == 1
    assert waits is None or company.waited == waits
    assert 0 <= company.waited[0] <= 90
    assert any(f"waiting {company.waited[0]:.0f} s" in line for line in company.said)


def test_a_limit_that_stands_ends_the_pull_within_its_bound_and_the_next_goes_on(
    organisation: Organisation, company: ApiCompany
) -> None:
    company.declare({**TABLE, "window_days": 1}, max_wait_minutes=5)
    # The second window's first page, and every try of it.
    for number in range(4, 40):
        organisation.server.faults[number] = refusing(403, salesforce.LIMIT_EXCEEDED)
    with pytest.raises(SourceUnavailableError, match=r"sales: its rate limit stands .*REQUEST_LIMIT_EXCEEDED"):
        company.pull(AS_OF)
    assert 0 < sum(company.waited) <= 300
    organisation.server.faults.clear()
    company.pull(AS_OF)
    assert sorted(loaded(company)) == all_ids(organisation)


def test_a_wait_longer_than_the_bound_is_not_begun(organisation: Organisation, company: ApiCompany) -> None:
    organisation.server.faults[2] = refusing(429, [], Retry_After="86400")
    with pytest.raises(SourceUnavailableError, match="pull again later, it goes on from the last window landed"):
        company.pull(AS_OF)
    assert company.waited == []


@pytest.mark.parametrize("refresh", [False, True])
def test_a_session_that_expires_in_the_middle_of_a_window_is_renewed(
    organisation: Organisation, company: ApiCompany, refresh: bool
) -> None:
    company.declare(TABLE, **({"refresh_token_env": "SF_REFRESH"} if refresh else {}))

    def expire(reply: Reply) -> Reply:
        organisation.expire_token()
        return Reply(401, salesforce.SESSION_EXPIRED)

    organisation.server.faults[3] = expire
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == all_ids(organisation)
    assert len(organisation.tokens) == 2
    assert company.waited == []


def test_a_query_locator_that_is_gone_begins_the_window_anew(organisation: Organisation, company: ApiCompany) -> None:
    organisation.server.faults[4] = refusing(400, salesforce.LOCATOR_GONE)
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == all_ids(organisation)


def test_fewer_records_than_announced_begin_the_window_anew(organisation: Organisation, company: ApiCompany) -> None:
    def short(reply: Reply) -> Reply:
        return replace(reply, content={**reply.content, "records": reply.content["records"][:-1]})

    organisation.server.faults[3] = short
    assert company.pull(AS_OF).rows == 7
    assert loaded(company) == all_ids(organisation)


def test_a_page_on_another_host_is_not_followed(organisation: Organisation, company: ApiCompany) -> None:
    def elsewhere(reply: Reply) -> Reply:
        return replace(reply, content={**reply.content, "nextRecordsUrl": "http://evil.example/services"})

    organisation.server.faults[2] = elsewhere
    with pytest.raises(SourceError, match=r"another host, evil\.example: not followed"):
        company.pull(AS_OF)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({"object": "LeadHistry"}, "NOT_FOUND: The requested resource does not exist: correct `object:`"),
        ({"columns": {**COLUMNS, "actor_id": "CreatedBy"}}, "has no field CreatedBy (CreatedById is the nearest)"),
        ({"columns": {}}, "has no field for the column event_id of crm.lead_events: give the integration user access"),
        ({"cursor": "ModifiedAt"}, "has no field ModifiedAt"),
    ],
)
def test_what_the_user_can_mend_is_said(company: ApiCompany, table: dict[str, Any], text: str) -> None:
    company.declare({**TABLE, **table})
    with pytest.raises(SourceError) as caught:
        company.pull(AS_OF)
    assert str(caught.value).startswith("sales: ")
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SF_SECRET", "invalid_client: invalid client credentials: give the variables that hold its credentials"),
        ("SF_REFRESH", "invalid_grant: expired access/refresh token: give the variables that hold its credentials"),
    ],
)
def test_a_login_that_is_refused_says_so_and_not_with_what(
    company: ApiCompany, monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    company.declare(TABLE, refresh_token_env="SF_REFRESH")
    monkeypatch.setenv(variable, "wr0ng-s3cr3t")
    with pytest.raises(SourceError) as caught:
        company.pull(AS_OF)
    assert text in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_login_at_the_wrong_address_names_the_right_one(organisation: Organisation, company: ApiCompany) -> None:
    elsewhere = {"error": "invalid_grant", "error_description": "request not supported on this domain"}
    organisation.server.answer = lambda _: Reply(400, elsewhere)
    with pytest.raises(SourceError, match="set `login_url:` to the organisation's own address"):
        company.pull(AS_OF)


def test_a_range_of_days_is_pulled_again(organisation: Organisation, company: ApiCompany) -> None:
    company.pull(AS_OF)
    organisation.objects["LeadHistory"].append(history(20, "03-02 12:30"))
    day = at("03-02 00:00").date()
    assert company.pull(morning_after("03-05"), Days(day, day)).rows == 5
    company.load(morning_after("03-05"))
    assert {row["event_id"] for row in company.rows(EVENTS)} == set(all_ids(organisation))
