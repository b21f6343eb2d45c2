"""Salesforce: an object's records by when they last changed, deleted ones included, through the query API.

Belongs here: its login, its answers, SOQL and paging. Does not belong here: waiting and tokens in general (`api.py`),
or what a file covers (`rows.py`).
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Annotated

import httpx
from pydantic import AliasChoices, BaseModel, Field, TypeAdapter

from orchestration.ingest.remote.api import Access, Answer, Api, Vendor
from orchestration.ingest.remote.declared import Salesforce, SalesforceTable
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError, WindowLostError
from orchestration.ingest.remote.landing_file import Batch
from orchestration.ingest.remote.naming import snake_case
from orchestration.ingest.remote.position import Position
from orchestration.ingest.remote.rows import Record, changes, changes_again
from orchestration.settings import Settings

CURSORS = ("SystemModstamp", "CreatedDate")
LOADERS_OWN = re.compile("^_fivetran_")
REMEDIES = {
    "INVALID_TYPE": "correct `object:`, or give the integration user access to it",
    "INVALID_FIELD": "give the integration user access to the field, or take it out of `extra:`",
    "NOT_FOUND": "correct `object:`, or `api_version:`",
    "API_DISABLED_FOR_ORG": "enable the API for the integration user's profile",
    "API_CURRENTLY_DISABLED": "enable the API for the integration user's profile",
    "INSUFFICIENT_ACCESS": "give the integration user access to the object",
    "QUERY_TIMEOUT": "lower `window_days:`",
}
LIMITS = ("REQUEST_LIMIT_EXCEEDED", "CONCURRENT_REQUESTS_LIMIT_EXCEEDED")
LOST = ("INVALID_QUERY_LOCATOR",)


class _Error(BaseModel):
    """An error of the API, or of the login."""

    code: str = Field(validation_alias=AliasChoices("errorCode", "error"))
    message: str = Field(default="", validation_alias=AliasChoices("message", "error_description"))


_ERRORS = TypeAdapter[_Error | Annotated[list[_Error], Field(min_length=1)]](
    _Error | Annotated[list[_Error], Field(min_length=1)]
)


@contextmanager
def open_reader(
    settings: Settings, source: Salesforce, table: SalesforceTable, effects: Effects
) -> Generator["SalesforceReader"]:
    """Log in and match the object with the feed. Raises SourceError and SourceUnavailableError."""
    vendor = Vendor(judge, lambda api: log_in(api, source), can_renew=True)
    with Api(source.name, vendor, source.max_wait_seconds, effects) as api:
        yield SalesforceReader(settings, source, table, api, match_fields(api, source, table))


def log_in(api: Api, source: Salesforce) -> Access:
    """A token by client credentials, or by the refresh token."""

    def secret(field: str) -> str:
        return api.effects.secret(getattr(source, field), source.name, field)

    fields = {"client_id": secret("client_id_env"), "client_secret": secret("client_secret_env")}
    if source.refresh_token_env:
        fields |= {"grant_type": "refresh_token", "refresh_token": secret("refresh_token_env")}
    else:
        fields |= {"grant_type": "client_credentials"}
    answer = api.form(f"{source.login_url.rstrip('/')}/services/oauth2/token", fields)
    return Access(api.effects.keep_secret(str(answer["access_token"])), str(answer["instance_url"]))


def judge(response: httpx.Response) -> Answer:
    """What Salesforce means: an array of errors with a code each, or an OAuth error."""
    if response.is_success:
        return Answer("fine")
    code, message = _error(response)
    text = f"{code}: {message}" if code else f"HTTP {response.status_code}"
    if response.status_code == 401:
        return Answer("token", text)
    if response.status_code == 429 or code in LIMITS:
        return Answer("wait", text)
    if code in LOST:
        return Answer("lost", text)
    if response.status_code >= 500 or response.status_code == 408:
        return Answer("again", text)
    if code == "invalid_grant" and "on this domain" in message:
        own = "set `login_url:` to the organisation's own address, https://<its name>.my.salesforce.com"
        return Answer("refused", f"{text}: {own}")
    if code.startswith("invalid_"):
        return Answer("refused", f"{text}: give the variables that hold its credentials working ones")
    return Answer("refused", f"{text}: {REMEDIES.get(code, 'correct the declaration')}")


def _error(response: httpx.Response) -> tuple[str, str]:
    try:
        found = _ERRORS.validate_json(response.content)
    except ValueError:
        return "", ""
    first = found[0] if isinstance(found, list) else found
    return first.code, " ".join(first.message.split())


@dataclass(frozen=True)
class Fields:
    """The field that fills each column of the feed, and the field by which changes are found."""

    columns: dict[str, str]
    cursor: str


def match_fields(api: Api, source: Salesforce, table: SalesforceTable) -> Fields:
    """Match the object's description with the feed. Raises SourceError naming every field that lacks."""
    name = table.remote_name()
    described = api.get(f"/services/data/{source.api_version}/sobjects/{name}/describe")["fields"]
    there = {snake_case(str(field["name"])): str(field["name"]) for field in described}
    where = f"{source.name}: object {name}"
    fields = set(there.values())
    wanted = [
        column
        for column in table.contract.columns
        if not LOADERS_OWN.match(column.name) and table.column_of(column.name) is not None
    ]
    fills = {column.name: table.columns.get(column.name) or there.get(column.name) for column in wanted}
    lacking = [column for column in wanted if fills[column.name] is None]
    problems = [
        f"{where} has no field for the column {column.name} of {table.feed}: give the integration user access to it"
        for column in lacking
        if column.required
    ]
    named = [name for name in table.columns.values() if name is not None]
    for extra in [*named, *table.extra, *([table.cursor] if table.cursor else [])]:
        if extra not in fields:
            near = get_close_matches(extra, fields, n=1)
            hint = f" ({near[0]} is the nearest)" if near else ""
            problems.append(f"{where} has no field {extra}{hint}: correct it, or give the integration user access")
    cursor = table.cursor or next((name for name in CURSORS if name in fields), None)
    if cursor is None:
        problems.append(f"{where} has none of {', '.join(CURSORS)}: name the field of its changes as `cursor:`")
    if problems or cursor is None:
        raise SourceError("\n".join(problems))
    if optional := [column.name for column in lacking]:
        api.effects.say(f"{where} has no field for {', '.join(optional)}: left empty")
    columns = {column: field for column, field in fills.items() if field is not None}
    columns |= {snake_case(extra): extra for extra in table.extra}
    return Fields(columns, cursor)


def soql(table: SalesforceTable, fields: Fields, start: datetime, end: datetime) -> str:
    """The query for what changed in `start` to `end` (aware; end excluded), in one order."""
    names = ", ".join(dict.fromkeys([*fields.columns.values(), "Id", fields.cursor]))
    return (
        f"SELECT {names} FROM {table.remote_name()} WHERE {fields.cursor} >= {_literal(start)} "
        f"AND {fields.cursor} < {_literal(end)} ORDER BY {fields.cursor}, Id"
    )


@dataclass(frozen=True)
class SalesforceReader:
    """One object of one organisation."""

    settings: Settings
    source: Salesforce
    table: SalesforceTable
    api: Api
    fields: Fields

    def batches(self, position: Position, as_of: datetime) -> Iterator[Batch]:
        """What changed since the position, in windows."""
        return changes(self._records, self.table, position, as_of, self.api.effects.now(), self.settings.zone)

    def between(self, start: datetime, end: datetime) -> Iterator[Batch]:
        """What changed in a stretch of time, again."""
        end = min(end, self.api.effects.now())
        return changes_again(self._records, self.table, start, end, self.settings.zone)

    def _records(self, start: datetime, end: datetime) -> Iterator[Record]:
        """Every record of a window. Raises WindowLostError when their number is not the one announced."""
        # queryAll also gives what lies in the recycle bin or was merged away.
        path = f"/services/data/{self.source.api_version}/queryAll"
        options = {"Sforce-Query-Options": f"batchSize={self.source.page_size}"}
        page = self.api.get(path, {"q": soql(self.table, self.fields, start, end)}, options)
        announced, got = int(page["totalSize"]), 0
        while True:
            for record in page["records"]:
                got += 1
                yield self._record(record)
            if page["done"]:
                break
            page = self.api.get(str(page["nextRecordsUrl"]), headers=options)
        if got != announced:
            raise WindowLostError(f"{self.source.name}: {self.table.remote_name()}: {announced} records, {got} given")

    def _record(self, record: dict[str, object]) -> Record:
        changed = str(record[self.fields.cursor])
        row = {column: record.get(field) for column, field in self.fields.columns.items()}
        # The same record must give the same line whenever it is read, so it was synchronised when it changed.
        if any(column.name == "_fivetran_synced" for column in self.table.contract.columns):
            row["_fivetran_synced"] = changed
        return Record(str(record["Id"]), datetime.fromisoformat(changed), (row,))


def _literal(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
