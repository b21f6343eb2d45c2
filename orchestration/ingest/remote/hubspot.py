"""HubSpot: the CRM's objects by when they last changed, archived ones included, through the CRM API.

Belongs here: its login, its answers, search and paging. Does not belong here: how an object becomes rows
(`hubspot_tables.py`), waiting and tokens in general (`api.py`), or what a file covers (`rows.py`).

A search gives at most 10,000 results, and its pages shift when a record changes while they are read. So each page asks
for what lies beyond the last id of the page before: no limit, and no record skipped.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from pydantic import AliasChoices, BaseModel, Field

from orchestration.ingest.remote.api import Access, Answer, Api, Json, Vendor
from orchestration.ingest.remote.declared import Hubspot, HubspotTable
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError, WindowLostError
from orchestration.ingest.remote.hubspot_tables import Listing, Plan, plan_of
from orchestration.ingest.remote.landing_file import Batch
from orchestration.ingest.remote.position import Position
from orchestration.ingest.remote.rows import Record, changes, changes_again, copy_batch, line_of
from orchestration.settings import Settings

LIST_LIMIT = "100"
# The API's own bounds for one batch request: ids, and ids when the history of properties is asked for.
BATCH_IDS, BATCH_IDS_WITH_HISTORY = 100, 50


@contextmanager
def open_reader(
    settings: Settings, source: Hubspot, table: HubspotTable, effects: Effects
) -> Generator["HubspotReader | HubspotLister"]:
    """Log in and match the properties with the feed. Raises SourceError and SourceUnavailableError."""
    vendor = Vendor(judge, lambda api: log_in(api, source), can_renew=source.token_env is None)
    with Api(source.name, vendor, source.max_wait_seconds, effects) as api:
        plan = plan_of(source, table, lambda name: _property_names(api, name), effects)
        if isinstance(plan, Listing):
            yield HubspotLister(source, table, api, plan)
        else:
            yield HubspotReader(settings, source, table, api, plan)


def log_in(api: Api, source: Hubspot) -> Access:
    """The private app's token, or one by the refresh token."""

    def secret(name: str) -> str:
        return api.effects.secret(str(getattr(source, name)), source.name, name)

    base = source.base_url.rstrip("/")
    if source.token_env:
        return Access(secret("token_env"), base)
    fields = {
        "grant_type": "refresh_token",
        "client_id": secret("client_id_env"),
        "client_secret": secret("client_secret_env"),
        "refresh_token": secret("refresh_token_env"),
    }
    answer = api.form(f"{base}/oauth/v1/token", fields)
    return Access(api.effects.keep_secret(str(answer["access_token"])), base)


class _Error(BaseModel):
    message: str = ""
    category: str = Field(default="", validation_alias=AliasChoices("category", "errorType"))
    policy: str = Field(default="", validation_alias="policyName")


def judge(response: httpx.Response) -> Answer:
    """What HubSpot means; its errors are an object with a message and a category."""
    if response.is_success:
        return Answer("fine")
    try:
        error = _Error.model_validate_json(response.content)
    except ValueError:
        error = _Error()
    text = " ".join(f"HTTP {response.status_code} {error.category} {error.policy}: {error.message}".split())
    if response.status_code == 401:
        return Answer("token", text)
    if error.policy == "DAILY":
        return Answer("spent", text)
    # 477: the portal is being moved; it says for how long.
    if response.status_code in (429, 477):
        return Answer("wait", text)
    if response.status_code >= 500 or response.status_code == 408:
        return Answer("again", text)
    if response.status_code == 403:
        return Answer("refused", f"{text}: give the app the scope that it lacks")
    return Answer("refused", f"{text}: correct the declaration")


def _property_names(api: Api, object_name: str) -> set[str]:
    return {str(each["name"]) for each in api.get(f"/crm/v3/properties/{object_name}")["results"]}


@dataclass(frozen=True)
class HubspotLister:
    """A small table without a time of change: listed whole."""

    source: Hubspot
    table: HubspotTable
    api: Api
    listing: Listing

    def batches(self, position: Position, as_of: datetime) -> Iterator[Batch]:
        """All of it, as one batch; it lands when it differs from the last."""
        yield copy_batch(self._rows, min(as_of, self.api.effects.now()))

    def between(self, start: datetime, end: datetime) -> Iterator[Batch]:
        """Not possible: the list does not say when an entry changed."""
        raise SourceError(
            f"{self.source.name}: {self.table.feed} is copied whole by every pull: pull it without a range of days"
        )

    def _rows(self) -> Iterator[dict[str, object]]:
        seen: set[bytes] = set()
        for params in self.listing.params:
            for entry in listed(self.api, self.listing.path, params):
                for row in self.listing.rows(entry):
                    # A team comes with each of its owners.
                    if line_of(row) not in seen:
                        seen.add(line_of(row))
                        yield row


@dataclass(frozen=True)
class HubspotReader:
    """A table of one kind of object: the objects themselves, or what belongs to each."""

    settings: Settings
    source: Hubspot
    table: HubspotTable
    api: Api
    plan: Plan
    _archived: list[Json] = field(default_factory=list[Json], repr=False)

    def batches(self, position: Position, as_of: datetime) -> Iterator[Batch]:
        """What changed since the position, in windows."""
        return changes(self._records, self.table, position, as_of, self.api.effects.now(), self.settings.zone)

    def between(self, start: datetime, end: datetime) -> Iterator[Batch]:
        """What changed in a stretch of time, again."""
        end = min(end, self.api.effects.now())
        return changes_again(self._records, self.table, start, end, self.settings.zone)

    def _records(self, start: datetime, end: datetime) -> Iterator[Record]:
        pages = self._found(start, end)
        for page in pages:
            for item, belonging in self._with_belonging(page):
                changed = datetime.fromisoformat(str(item["properties"][self.plan.changed]))
                yield Record(str(item["id"]), changed, tuple(self.plan.rows(item, belonging)))
        if self.plan.with_archived:
            yield from self._archived_records(start, end)

    def _found(self, start: datetime, end: datetime) -> Iterator[list[Json]]:
        """Every object that changed in the window, in pages. Raises WindowLostError when fewer came than there are."""
        last, got, announced = "0", 0, None
        while True:
            page = self.api.post(f"/crm/v3/objects/{self.plan.object}/search", self._search(start, end, last))
            announced = int(page["total"]) if announced is None else announced
            results: list[Json] = page["results"]
            if not results:
                break
            if int(results[0]["id"]) <= int(last):
                raise SourceError(
                    f"{self.source.name}: the search gives id {results[0]['id']} after {last}: no progress"
                )
            got += len(results)
            last = str(results[-1]["id"])
            yield results
        # Records that changed meanwhile have left the window for a later one; any other must have come.
        if got < announced and got < int(
            self.api.post(f"/crm/v3/objects/{self.plan.object}/search", self._search(start, end, "0"))["total"]
        ):
            raise WindowLostError(f"{self.source.name}: {self.plan.object}: {announced} records, {got} given")

    def _search(self, start: datetime, end: datetime, last: str) -> Json:
        filters = [
            {"propertyName": self.plan.changed, "operator": "GTE", "value": _milliseconds(start)},
            {"propertyName": self.plan.changed, "operator": "LT", "value": _milliseconds(end)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": last},
        ]
        return {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": [*self.plan.properties, self.plan.changed],
            "limit": self.source.page_size,
        }

    def _with_belonging(self, page: list[Json]) -> Iterator[tuple[Json, list[Json]]]:
        """Each object with what belongs to it: nothing, the history of properties, or associated objects."""
        if self.plan.history:
            yield from self._with_history(page)
        elif self.plan.to_object:
            yield from self._with_associated(page, self.plan.to_object)
        else:
            yield from ((item, []) for item in page)

    def _with_history(self, page: list[Json]) -> Iterator[tuple[Json, list[Json]]]:
        for items in _chunks(page, BATCH_IDS_WITH_HISTORY):
            body = {"inputs": _inputs(items), "properties": [], "propertiesWithHistory": list(self.plan.history)}
            answer = self.api.post(f"/crm/v3/objects/{self.plan.object}/batch/read", body)
            found = {str(each["id"]): each["propertiesWithHistory"] for each in answer["results"]}
            for item in items:
                history: Json = found.get(str(item["id"]), {})
                yield item, [{"name": name, **change} for name, changes_ in history.items() for change in changes_]

    def _with_associated(self, page: list[Json], other: str) -> Iterator[tuple[Json, list[Json]]]:
        for items in _chunks(page, BATCH_IDS):
            path = f"/crm/v4/associations/{self.plan.object}/{other}/batch/read"
            answer = self.api.post(path, {"inputs": _inputs(items)})
            found = {str(each["from"]["id"]): each for each in answer["results"]}
            for item in items:
                entry: Json = found.get(str(item["id"]), {"to": []})
                associated: list[Json] = list(entry["to"])
                if after := _after(entry):
                    one = f"/crm/v4/objects/{self.plan.object}/{item['id']}/associations/{other}"
                    associated += listed(self.api, one, {"after": after})
                yield item, associated

    def _archived_records(self, start: datetime, end: datetime) -> Iterator[Record]:
        """Objects that were deleted in the window: search does not give them, the list of archived ones does."""
        if not self._archived:
            params = {"archived": "true", "properties": ",".join([*self.plan.properties, self.plan.changed])}
            self._archived.extend(listed(self.api, f"/crm/v3/objects/{self.plan.object}", params))
        for item in self._archived:
            archived = datetime.fromisoformat(str(item["archivedAt"]))
            if start <= archived < end:
                yield Record(str(item["id"]), archived, tuple(self.plan.rows(item, [])))


def listed(api: Api, path: str, params: dict[str, str]) -> Iterator[Json]:
    """Every entry of a list, page by page."""
    after = params.get("after")
    while True:
        page = api.get(path, {"limit": LIST_LIMIT, **params, **({"after": after} if after else {})})
        yield from page["results"]
        after = _after(page)
        if not after:
            return


def _after(page: Json) -> str | None:
    following: Json = page.get("paging") or {}
    return str(following["next"]["after"]) if following.get("next") else None


def _inputs(items: list[Json]) -> list[Json]:
    return [{"id": str(item["id"])} for item in items]


def _chunks(items: list[Json], size: int) -> Iterator[list[Json]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.astimezone(UTC).timestamp() * 1000))
