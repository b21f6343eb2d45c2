"""Post one chat message to a webhook (Slack, or Teams through its workflow), and say what came of it.

Belongs here: one request, which answer is final. Does not belong here: retries (`sender.py`), what is posted.

A webhook's URL is a secret: it is read from the environment when it is used, and stands in no log, error or store.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from orchestration.serving.inert import one_line
from orchestration.serving.outbox.policy import Delivered, Failed, NotConfigured, Outcome, Refused

TIMEOUT_SECONDS = 10.0
LONGEST_ANSWER = 2_000
LONGEST_ASKED_WAIT = timedelta(hours=12)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# The webhook was removed, or the message itself is wrong: trying again cannot help.
_FINAL = frozenset({400, 404, 405, 410, 413, 415, 422})


def post(payload: bytes, variable: str, key: str, timeout: float = TIMEOUT_SECONDS) -> Outcome:
    """Post the JSON `payload` to the URL in the environment variable `variable`; at most `timeout` s between bytes."""
    url = os.environ.get(variable, "").strip()
    problem = _url_problem(url, variable)
    if problem:
        return NotConfigured(problem)
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key}
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=False) as client,
            client.stream("POST", url, content=payload, headers=headers) as answer,
        ):
            said = _beginning(answer, timeout)
            return _judged(answer, said.replace(url, f"${variable}"))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        text = str(error).replace(url, f"${variable}") or "no answer"
        return Failed(one_line(f"{type(error).__name__}: {text}", 300), is_down=True)


def _url_problem(url: str, variable: str) -> str | None:
    if not url:
        return f"{variable} is not set: it must hold the webhook's URL."
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return None
    return f"{variable} does not hold an https:// address."


def _beginning(answer: httpx.Response, timeout: float) -> str:
    """The first part of the answer's body, whatever length it has and however slowly it drips."""
    ends = time.monotonic() + timeout
    said = b""
    for piece in answer.iter_bytes():
        said += piece
        if len(said) > LONGEST_ANSWER or time.monotonic() > ends:
            break
    return said[:LONGEST_ANSWER].decode(errors="replace")


def _judged(answer: httpx.Response, said: str) -> Outcome:
    code = answer.status_code
    if 200 <= code < 300:
        return Delivered()
    reason = one_line(f"HTTP {code}: {said}", 300)
    if code in _FINAL:
        return Refused(reason)
    return Failed(reason, retry_after=_asked_wait(answer), is_down=True)


def _asked_wait(answer: httpx.Response) -> timedelta | None:
    """What `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3), within reason."""
    value = answer.headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isdigit():
        return min(timedelta(seconds=min(int(value), 10**6)), LONGEST_ASKED_WAIT)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    sent_at = parsedate_to_datetime(answer.headers["Date"]) if "Date" in answer.headers else datetime.now(UTC)
    return min(max(at - sent_at, timedelta(0)), LONGEST_ASKED_WAIT)
