"""Which failed requests are made again, and after how long.

The SDK's own retries are switched off: they are silent, cannot be stopped, sleep as long as a
server tells them to, and do not cover an answer that breaks off on its way.
"""

from __future__ import annotations

import random

import anthropic
import httpx2

from trueclick.geometry import TrueclickError

MOST_ATTEMPTS = 8
"""Requests for one answer before the run ends: about two minutes of a server that is down."""

MOST_SILENCES = 3
"""Requests for one answer to which nothing came at all; each took its time already."""

LONGEST_WAIT_S = 120.0
"""A server that asks for more patience than this is not waited for."""

_FIRST_WAIT_S = 1.0
_LONGEST_BACKOFF_S = 30.0
_LONGEST = 500
_AGAIN = frozenset({408, 409, 425, 429})
_AGAIN_IN_STREAM = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})


class CutShortError(TrueclickError):
    """An answer broke off on its way, or what arrived could not be read."""


class SilenceError(CutShortError):
    """Nothing came for a long time."""


NETWORK_ERRORS = (anthropic.APIError, httpx2.TransportError, httpx2.StreamError, CutShortError)
"""What a request can end with. A stream that breaks raises the HTTP client's own errors."""


def wait_before_retry(error: Exception, attempt: int, most: int = MOST_ATTEMPTS) -> float | None:
    """How many seconds to wait before the request is made again, or `None` if it is not.

    Args:
        error: what it ended with, one of `NETWORK_ERRORS`.
        attempt: which failure in a row this is, counted from 1.
        most: attempts that are made at all.
    """
    if isinstance(error, _SILENCES):
        most = min(most, MOST_SILENCES)
    if attempt >= most or not _may_pass(error):
        return None
    asked = _asked_for(error)
    if asked is not None:
        return asked if asked <= LONGEST_WAIT_S else None
    backoff: float = min(_FIRST_WAIT_S * 2 ** (attempt - 1), _LONGEST_BACKOFF_S)
    # Many clients that fail together must not come back together.
    return backoff * random.uniform(0.75, 1.0)  # noqa: S311 - nothing secret about it


_SILENCES = (SilenceError, anthropic.APITimeoutError, httpx2.ReadTimeout)
_NOT_OURS_TO_SEND = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)


def _may_pass(error: Exception) -> bool:
    """Whether the same request may well succeed."""
    if not isinstance(error, anthropic.APIStatusError):
        return not (
            isinstance(error, anthropic.APIResponseValidationError)
            or isinstance(error.__cause__ or error, _NOT_OURS_TO_SEND)
        )
    said = error.response.headers.get("x-should-retry")
    if said in {"true", "false"}:
        return said == "true"
    if error.response.is_success:  # the error came inside of a stream that had begun
        return error.type in _AGAIN_IN_STREAM
    return error.status_code in _AGAIN or error.status_code >= 500


def _asked_for(error: Exception) -> float | None:
    """The wait that the server asks for, in seconds."""
    if not isinstance(error, anthropic.APIStatusError):
        return None
    headers = error.response.headers
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None  # a date, or none: our own backoff will do


def error_text(error: Exception) -> str:
    """What the API or the network said, in one line."""
    if isinstance(error, anthropic.APIStatusError):
        match error.body:
            case {"error": {"message": str(message)}}:
                pass
            case _:  # a proxy's page
                message = error.response.reason_phrase or "no reason given"
        in_stream = error.response.is_success
        status = "in mid-answer" if in_stream else str(error.status_code)
        return " ".join(f"the API request failed ({status}): {message}".split())[:_LONGEST]
    if isinstance(error, anthropic.APIError):
        cause = f" ({error.__cause__})" if str(error.__cause__ or "") else ""
        return " ".join(f"the API request failed: {error.message}{cause}".split())
    if isinstance(error, CutShortError):
        return str(error)
    return f"the connection broke off: {type(error).__name__}"
