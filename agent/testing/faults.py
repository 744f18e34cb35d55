"""What can go wrong between a client and the API, to be injected by a test.

Each fault either swallows the request, as if it had never come, or (`answered=True`) answers it
first and then keeps the answer from the client: tokens are counted, the cache is written, a thread
is used up. Faults of a stream always do the latter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import httpx2

ERROR_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The API's type of error for each status; source: "Errors" of the Claude documentation."""


@dataclass(frozen=True, slots=True)
class HttpError:
    """An error with a status.

    Attributes:
        status: of the response; 502 and 503 come from a proxy and hold no JSON.
        message: what it says.
        headers: further ones, such as `retry-after` in seconds.
        answered: whether the request was answered first.
    """

    status: int
    message: str = "injected by the test"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    answered: bool = False


@dataclass(frozen=True, slots=True)
class NetworkError:
    """The network fails before there is a response.

    Attributes:
        kind: `unreachable` and `connect_timeout`: there is no connection; `read_timeout`: there
            is no answer in time; `cut`: the connection is closed without one.
        answered: whether the request was answered first.
    """

    kind: Literal["unreachable", "connect_timeout", "read_timeout", "cut"]
    answered: bool = False

    def error(self, request: httpx2.Request) -> httpx2.TransportError:
        """What the HTTP client raises."""
        return _NETWORK[self.kind](f"injected by the test: {self.kind}", request=request)


_NETWORK: Mapping[str, type[httpx2.TransportError]] = {
    "unreachable": httpx2.ConnectError,
    "connect_timeout": httpx2.ConnectTimeout,
    "read_timeout": httpx2.ReadTimeout,
    "cut": httpx2.RemoteProtocolError,
}


@dataclass(frozen=True, slots=True)
class StreamFault:
    """A stream breaks off; a request that asks for none fails before its response.

    Attributes:
        after_events: how many events arrive in whole; the first is `message_start`, the second a
            `ping`.
        after_bytes: how many bytes arrive, instead.
        how: `cut`: the connection is closed; `silence`: nothing more comes until the client's
            read timeout; `end`: the stream ends as if it were complete; `error`: an event says
            that the API is overloaded.
    """

    after_events: int = 3
    after_bytes: int | None = None
    how: Literal["cut", "silence", "end", "error"] = "cut"

    def error(self, request: httpx2.Request) -> httpx2.TransportError:
        """What the HTTP client raises where the connection breaks."""
        kind = httpx2.ReadTimeout if self.how == "silence" else httpx2.RemoteProtocolError
        return kind("injected by the test: the stream broke off", request=request)


@dataclass(frozen=True, slots=True)
class Expiry:
    """What a script says of a batched request that does not come to the model within its day."""


Fault: TypeAlias = HttpError | NetworkError | StreamFault


def rate_limited(retry_after_s: float | None = 1) -> HttpError:
    """Too many requests; without a time to wait it is a spending limit, which does not pass."""
    headers = {} if retry_after_s is None else {"retry-after": f"{retry_after_s:g}"}
    return HttpError(429, "This request would exceed your rate limit", headers)


def overloaded() -> HttpError:
    """The API has too much to do."""
    return HttpError(529, "Overloaded")
