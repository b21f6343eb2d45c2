"""HubSpot's login and CRM API as its documentation describes them, over lists of objects."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.remote.api_server import ApiServer, Reply, Request

CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "hs-client", "hs-client-s3cr3t", "hs-refresh-s3cr3t"
PRIVATE_TOKEN = "pat-eu1-private-s3cr3t"
SEARCH_LIMIT = 10_000
EXPIRED = {
    "status": "error",
    "category": "EXPIRED_AUTHENTICATION",
    "message": "The OAuth token used to make this call expired 1 minute(s) ago.",
}
TEN_SECONDLY = {
    "status": "error",
    "message": "You have reached your ten_secondly_rolling limit.",
    "errorType": "RATE_LIMIT",
    "policyName": "TEN_SECONDLY_ROLLING",
}
DAILY = {**TEN_SECONDLY, "message": "You have reached your daily limit.", "policyName": "DAILY"}


@dataclass
class Portal:
    """Its objects by kind: id and properties; history by object and property; associations by pair of kinds."""

    objects: dict[str, list[dict[str, Any]]]
    history: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    associations: dict[tuple[str, str], dict[str, list[int]]] = field(default_factory=dict)
    archived: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=lambda: [PRIVATE_TOKEN])
    expired: set[str] = field(default_factory=set)
    server: ApiServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = ApiServer(self.answer, lambda request: request.path == "/oauth/v1/token")

    def answer(self, request: Request) -> Reply:
        if request.path == "/oauth/v1/token":
            return self._log_in(request.form())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.expired:
            return Reply(401, EXPIRED)
        if token not in self.tokens:
            return Reply(401, {**EXPIRED, "category": "INVALID_AUTHENTICATION", "message": "Authentication invalid"})
        for pattern, handle in (
            (r"/crm/v3/properties/(\w+)", self._properties),
            (r"/crm/v3/objects/(\w+)/search", self._search),
            (r"/crm/v3/objects/(\w+)/batch/read", self._batch_read),
            (r"/crm/v4/associations/(\w+)/(\w+)/batch/read", self._associations),
            (r"/crm/v3/objects/(\w+)", self._archived),
            (r"(/crm/v3/(?:owners/|pipelines/deals))", self._list),
        ):
            if found := re.fullmatch(pattern, request.path):
                return handle(request, *found.groups())
        return Reply(404, {"status": "error", "message": f"no {request.path}", "category": "OBJECT_NOT_FOUND"})

    def _log_in(self, form: dict[str, str]) -> Reply:
        wanted = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if form != {**wanted, "refresh_token": REFRESH_TOKEN}:
            return Reply(400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"})
        self.tokens.append(f"hs-access-t0k3n-{len(self.tokens)}")
        return Reply(200, {"access_token": self.tokens[-1], "refresh_token": REFRESH_TOKEN, "expires_in": 1800})

    def _properties(self, _: Request, kind: str) -> Reply:
        if kind not in self.objects:
            return Reply(403, {"status": "error", "category": "MISSING_SCOPES", "message": f"{kind} needs a scope"})
        names = dict.fromkeys(name for item in self.objects[kind] for name in item["properties"])
        return Reply(200, {"results": [{"name": name, "type": "string"} for name in names]})

    def _search(self, request: Request, kind: str) -> Reply:
        asked = request.json()
        offset, limit = int(asked.get("after", 0)), int(asked["limit"])
        if limit > 200 or offset + limit > SEARCH_LIMIT:
            return Reply(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "paging too deep"})
        ((group,), (sort,)) = asked["filterGroups"], asked["sorts"]
        found = [item for item in self.objects[kind] if all(_passes(item, each) for each in group["filters"])]
        found.sort(key=lambda item: _number(item, sort["propertyName"]))
        page = found[offset : offset + limit]
        reply: dict[str, Any] = {"total": len(found), "results": [_shown(item, asked["properties"]) for item in page]}
        if offset + limit < len(found):
            reply["paging"] = {"next": {"after": str(offset + limit)}}
        return Reply(200, reply)

    def _batch_read(self, request: Request, kind: str) -> Reply:
        asked = request.json()
        if len(asked["inputs"]) > 50:
            return Reply(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "at most 50 with history"})
        wanted = {each["id"] for each in asked["inputs"]}
        results = [
            {
                "id": item["id"],
                "propertiesWithHistory": {
                    name: self.history.get(item["id"], {}).get(name, []) for name in asked["propertiesWithHistory"]
                },
            }
            for item in self.objects[kind]
            if item["id"] in wanted
        ]
        return Reply(200, {"status": "COMPLETE", "results": results})

    def _associations(self, request: Request, kind: str, other: str) -> Reply:
        known = self.associations.get((kind, other), {})
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}]
        results = [
            {
                "from": {"id": each["id"]},
                "to": [{"toObjectId": to, "associationTypes": types} for to in known[each["id"]]],
            }
            for each in request.json()["inputs"]
            if each["id"] in known
        ]
        return Reply(200, {"status": "COMPLETE", "results": results})

    def _archived(self, request: Request, kind: str) -> Reply:
        assert request.query["archived"] == "true"
        return self._paged(request, self.archived.get(kind, []))

    def _list(self, request: Request, path: str) -> Reply:
        is_archived = request.query.get("archived", "false") == "true"
        entries = [each for each in self.lists.get(path, []) if each.get("archived", False) == is_archived]
        return self._paged(request, entries)

    def _paged(self, request: Request, entries: list[dict[str, Any]]) -> Reply:
        offset, limit = int(request.query.get("after", 0)), min(int(request.query["limit"]), 2)
        reply: dict[str, Any] = {"results": entries[offset : offset + limit]}
        if offset + limit < len(entries):
            reply["paging"] = {"next": {"after": str(offset + limit), "link": "?after="}}
        return Reply(200, reply)


def _shown(item: dict[str, Any], properties: list[str]) -> dict[str, Any]:
    shown = {name: item["properties"].get(name) for name in properties}
    return {"id": item["id"], "properties": shown, "archived": False}


def _number(item: dict[str, Any], name: str) -> int:
    if name == "hs_object_id":
        return int(item["id"])
    return int(datetime.fromisoformat(item["properties"][name]).astimezone(UTC).timestamp() * 1000)


def _passes(item: dict[str, Any], condition: dict[str, str]) -> bool:
    value, bound = _number(item, condition["propertyName"]), int(condition["value"])
    return {"GTE": value >= bound, "GT": value > bound, "LT": value < bound}[condition["operator"]]
