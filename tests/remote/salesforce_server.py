"""Salesforce's login and query API as its documentation describes them, over a list of records."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.remote.api_server import ApiServer, Reply, Request

CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "3MVG9-client", "sf-client-s3cr3t", "5Aep861-refresh-s3cr3t"
SESSION_EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
LIMIT_EXCEEDED = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
LOCATOR_GONE = [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]
SOQL = re.compile(
    r"SELECT (?P<fields>.+) FROM (?P<object>\w+) WHERE (?P<cursor>\w+) >= (?P<start>\S+) AND \w+ < (?P<end>\S+) "
    r"ORDER BY \w+, Id"
)


@dataclass
class Organisation:
    """Its records, by object; a record that is deleted has IsDeleted."""

    objects: dict[str, list[dict[str, Any]]]
    page_size: int = 2
    tokens: list[str] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    server: ApiServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = ApiServer(self.answer, lambda request: request.path == "/services/oauth2/token")

    def expire_token(self) -> None:
        """What an administrator, or time, does to a session."""
        self.expired.update(self.tokens)

    def answer(self, request: Request) -> Reply:
        if request.path == "/services/oauth2/token":
            return self._log_in(request.form())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens or token in self.expired:
            return Reply(401, SESSION_EXPIRED)
        if found := re.fullmatch(r"/services/data/v62\.0/sobjects/(\w+)/describe", request.path):
            return self._describe(found[1])
        if request.path == "/services/data/v62.0/queryAll":
            return self._query(request.query["q"])
        locator, _, offset = request.path.rpartition("/")[2].rpartition("-")
        if locator not in self.results:
            return Reply(400, LOCATOR_GONE)
        return self._page(locator, int(offset))

    def _log_in(self, form: dict[str, str]) -> Reply:
        if (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return Reply(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != REFRESH_TOKEN:
            return Reply(400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
        token = f"00D-access-t0k3n-{len(self.tokens)}"
        self.tokens.append(token)
        return Reply(200, {"access_token": token, "instance_url": self.server.url, "token_type": "Bearer"})

    def _describe(self, name: str) -> Reply:
        if name not in self.objects:
            return Reply(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])
        fields = dict.fromkeys(name for record in self.objects[name] for name in record)
        return Reply(200, {"name": name, "fields": [{"name": field, "type": "string"} for field in fields]})

    def _query(self, soql: str) -> Reply:
        found = SOQL.fullmatch(soql)
        if found is None or found["object"] not in self.objects:
            return Reply(400, [{"errorCode": "MALFORMED_QUERY", "message": f"unexpected token: {soql}"}])
        start, end, cursor = _moment(found["start"]), _moment(found["end"]), found["cursor"]
        records = [each for each in self.objects[found["object"]] if start <= _moment(each[cursor]) < end]
        records.sort(key=lambda each: (_moment(each[cursor]), each["Id"]))
        fields = found["fields"].split(", ")
        locator = f"0r8{len(self.results):015d}"
        kind = {"type": found["object"], "url": "/services/data/v62.0/sobjects/x"}
        self.results[locator] = [{"attributes": kind, **{name: each.get(name) for name in fields}} for each in records]
        return self._page(locator, 0)

    def _page(self, locator: str, offset: int) -> Reply:
        records = self.results[locator]
        end = offset + self.page_size
        page: dict[str, Any] = {"totalSize": len(records), "done": end >= len(records), "records": records[offset:end]}
        if not page["done"]:
            # As documented, the next page of queryAll lies under query.
            page["nextRecordsUrl"] = f"/services/data/v62.0/query/{locator}-{end}"
        return Reply(200, page, {"Sforce-Limit-Info": "api-usage=25/15000"})


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
