"""A local HTTP server on a real socket, for the APIs that the tests stand in for; it can be told to misbehave.

A fault is asked for by the number of the request (from 1, logins not counted) at which it happens.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """One request as the server read it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Reply:
    """What the server answers; `cut`: send only so many bytes of the body, then drop the connection."""

    status: int
    content: Any
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass
class ApiServer:
    """A running server. `faults`: what it answers, instead of the right thing, to the request of that number."""

    answer: Callable[[Request], Reply]
    is_login: Callable[[Request], bool]
    faults: dict[int, Callable[[Reply], Reply]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def reply(self, request: Request) -> Reply:
        if self.is_login(request):
            return self.answer(request)
        self.requests.append(request)
        fault = self.faults.pop(len(self.requests), None)
        return fault(self.answer(request)) if fault else self.answer(request)


@contextmanager
def serving(api: ApiServer) -> Iterator[ApiServer]:
    """Serve on a free port of this machine until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(api: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: Any) -> None:
            """The tests look at `requests` instead."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = api.reply(Request(self.command, parts.path, query, dict(self.headers), body))
            content = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(content)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content if reply.cut is None else content[: reply.cut])
            if reply.cut is not None:
                self.close_connection = True

    return Handler
