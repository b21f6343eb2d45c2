"""Asking a JSON API politely until it answers: waits for rate limits, goes through outages, renews its token.

Belongs here: what holds for every API. Does not belong here: which answer means what (`Vendor`, one per API), paging.

A wait follows the Retry-After header (seconds or a date), else grows with jitter; it is told, and in all bounded: past
the bound the pull stops, and the next one goes on from the last window landed.
"""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Literal

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError, SourceUnavailableError, WindowLostError

TIMEOUT_SECONDS = 60
ATTEMPTS = 6
LONGEST_BACKOFF_SECONDS = 60
OUTAGES = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524})

# fine: use it; wait: a rate limit; spent: a limit that waiting does not lift; again: an outage; token: log in anew;
# lost: read the window from its beginning; refused: the user must mend something.
Meaning = Literal["fine", "wait", "spent", "again", "token", "lost", "refused"]
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What an API's answer means; `text`: in its words and what to mend, without knowing any secret."""

    meaning: Meaning
    text: str = ""


@dataclass(frozen=True)
class Access:
    """A token, and the address that it is good for."""

    token: str = field(repr=False)
    base_url: str


@dataclass(frozen=True)
class Vendor:
    """What tells one API from another. `log_in` gets a token, or None when the token is given and cannot be renewed;
    it is called with the function that sends a request.
    """

    judge: Callable[[httpx.Response], Answer]
    log_in: Callable[["Api"], Access]
    can_renew: bool


class _TryAgainError(Exception):
    """This answer may be better next time. `after`: seconds, when the API said so."""

    def __init__(self, reason: str, after: float | None, is_limit: bool) -> None:
        super().__init__(reason)
        self.after = after
        self.is_limit = is_limit


class _TokenExpiredError(Exception):
    """The token is no longer good."""


class Api:
    """One API of one source, while it is pulled."""

    def __init__(self, source: str, vendor: Vendor, max_wait_seconds: float, effects: Effects) -> None:
        self.source = source
        self.effects = effects
        self._vendor = vendor
        self._max_wait = max_wait_seconds
        self._access: Access | None = None
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, verify=_trusted())

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Json:
        """The JSON answer to a GET. Numbers stay text, as they were written."""
        return self._with_token("GET", path, params=params, headers=headers)

    def post(self, path: str, body: Json) -> Json:
        """The JSON answer to a POST of JSON."""
        return self._with_token("POST", path, json=body)

    def form(self, url: str, fields: Mapping[str, str]) -> Json:
        """The JSON answer to a form sent without a token: how one logs in."""
        return self._patiently("POST", url, data=fields)

    def _with_token(self, method: str, path: str, headers: Mapping[str, str] | None = None, **content: Any) -> Json:
        is_fresh = self._access is None
        for is_last in (False, True):
            access = self._access = self._access or self._vendor.log_in(self)
            if not access.token.isascii():
                raise SourceError(
                    f"{self.source}: the token has a letter that no token has: give the variable that holds it the "
                    "token as it was shown"
                )
            bearer = {"Authorization": f"Bearer {access.token}", **(headers or {})}
            try:
                return self._patiently(method, self._address(access, path), headers=bearer, **content)
            except _TokenExpiredError as expired:
                if is_last or is_fresh or not self._vendor.can_renew:
                    remedy = "give the variables that hold its credentials working ones"
                    raise SourceError(f"{self.source}: the login is not accepted ({expired}): {remedy}") from None
                self.effects.say(f"{self.source}: the token has expired; renewing it")
                self._access = None
        raise AssertionError("the second round returns or raises")

    def _address(self, access: Access, path: str) -> str:
        base, url = httpx.URL(access.base_url), httpx.URL(access.base_url).join(path)
        # The token goes to no other host, whatever an answer names as its next page.
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
            raise SourceError(f"{self.source}: the next page lies on another host, {url.host}: not followed")
        return str(url)

    def _patiently(self, method: str, url: str, **content: Any) -> Json:
        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            wait=_seconds_to_wait,
            stop=self._is_enough,
            sleep=self.effects.sleep,
            before_sleep=self._tell,
            reraise=True,
        )
        try:
            return retrying(self._once, method, url, **content)
        except _TryAgainError as failure:
            what = "its rate limit stands" if failure.is_limit else "it does not answer"
            raise SourceUnavailableError(
                f"{self.source}: {what} ({failure}): pull again later, it goes on from the last window landed"
            ) from None

    def _once(self, method: str, url: str, **content: Any) -> Json:
        try:
            response = self._client.request(method, url, **content)
        except httpx.UnsupportedProtocol:
            raise SourceError(f"{self.source}: {url} is not an address; correct it in the declaration") from None
        except httpx.HTTPError as error:
            reason = self.effects.masked(f"{type(error).__name__}: {error}")
            raise _TryAgainError(reason, None, False) from None
        answer = self._vendor.judge(response)
        text = self.effects.masked(answer.text or f"HTTP {response.status_code}")
        if answer.meaning == "wait":
            raise _TryAgainError(text, _retry_after(response, self.effects.now()), True)
        if answer.meaning == "spent":
            raise SourceUnavailableError(f"{self.source}: {text}: pull again tomorrow, it goes on from here")
        if answer.meaning == "again" or response.status_code in OUTAGES:
            raise _TryAgainError(text, _retry_after(response, self.effects.now()), False)
        if answer.meaning == "token":
            raise _TokenExpiredError(text)
        if answer.meaning == "lost":
            raise WindowLostError(f"{self.source}: {text}")
        if answer.meaning == "refused":
            raise SourceError(f"{self.source}: {text} ({response.request.url.path})")
        return self._json(response)

    def _json(self, response: httpx.Response) -> Json:
        try:
            content: Json = json.loads(response.content, parse_float=str, parse_int=str)
        except ValueError:
            raise _TryAgainError("the answer is not JSON", None, False) from None
        return content

    def _is_enough(self, state: RetryCallState) -> bool:
        failure = _failure(state)
        waited = state.idle_for + state.upcoming_sleep
        return waited > self._max_wait or (not failure.is_limit and state.attempt_number >= ATTEMPTS)

    def _tell(self, state: RetryCallState) -> None:
        self.effects.say(f"{self.source}: {_failure(state)}; waiting {state.upcoming_sleep:.0f} s")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; reading them costs more than a request."""
    return httpx.create_ssl_context()


_backoff = wait_random_exponential(multiplier=1, max=LONGEST_BACKOFF_SECONDS)


def _seconds_to_wait(state: RetryCallState) -> float:
    after = _failure(state).after
    return _backoff(state) if after is None else after


def _failure(state: RetryCallState) -> _TryAgainError:
    failure = state.outcome and state.outcome.exception()
    assert isinstance(failure, _TryAgainError)
    return failure


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that the answer asks to wait: a number, or a date to come."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
