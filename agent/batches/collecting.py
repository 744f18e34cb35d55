"""The results of a batch that has ended, each matched by its id and written down."""

from __future__ import annotations

from typing import Any

from anthropic.types.beta.messages import BetaMessageBatchIndividualResponse

from trueclick.geometry import Box, Image, Picture, TrueclickError

from ..usage import Usage
from ..vision.checking import Verdict, verdict_of
from ..vision.errors import JudgementError
from ..vision.images import Prepared
from .book import Book
from .calling import Calls
from .events import Noted, Retried, Watcher
from .journal import Record
from .question import tag_and_key
from .state import Sending, Sizes

_AT_ONCE = 200
"""Results that are written together."""

_LOOKS, _AGAIN_S = 3, 5.0
"""How often results are read before those that did not come are given up: what comes through a
proxy may end early and look whole."""

_FOR_GOOD = frozenset({"invalid_request_error"})
"""Errors that the same request would most likely meet again."""


def collect(sending: Sending, book: Book, calls: Calls, watch: Watcher) -> None:
    """Write down what became of each request of a batch that has ended.

    It may be broken off and begun again: what was written is not written twice.

    Raises:
        BatchError: if the results cannot be had, or not written.
    """
    if sending.id is None:
        return
    left, strange = set(sending.keys), 0
    records: list[Record] = []
    for attempt in range(_LOOKS):
        strange = 0
        for line in calls.results(sending.id):
            found = tag_and_key(getattr(line, "custom_id", None))
            if found is None or found[0] != sending.tag or found[1] not in sending.sizes:
                strange += 1
                continue
            key = found[1]
            if key in left and not book.state.knows(key):
                records.append(_record(line, key, sending))
            left.discard(key)
            if len(records) >= _AT_ONCE:
                book.write(*records, safe=False)
                records.clear()
        if not left or attempt == _LOOKS - 1:
            break
        watch(Retried(f"{len(left)} results of {sending.id} did not come", _AGAIN_S))
        calls.sleep(_AGAIN_S)
    records += [lost(key, "the batch has no result of it") for key in sending.keys if key in left]
    book.write(*records, {"kind": "over", "tag": sending.tag})
    if strange:
        watch(Noted(f"the batch {sending.id} has {strange} results of other requests: ignored"))


def lost(key: str, why: str) -> Record:
    """The line that tells that there is no result."""
    return _failure(key, "lost", why, again=True)


def _record(line: BetaMessageBatchIndividualResponse, key: str, sending: Sending) -> Record:
    """The line that tells what became of a request."""
    result = line.result
    try:
        match result.type:
            case "succeeded":
                return _verdict(key, verdict_of(result.message, _images(sending.sizes[key])))
            case "errored":
                error = result.error.error
                again = error.type not in _FOR_GOOD
                return _failure(key, "errored", f"{error.type}: {error.message}", again=again)
            case "canceled":
                return _failure(key, "canceled", "the batch was canceled before", again=True)
            case "expired":
                why = "the API did not come to it within a day"
                return _failure(key, "expired", why, again=True)
    except JudgementError as error:
        return _failure(key, "no verdict", str(error), again=True, usage=error.usage)
    except (AttributeError, TypeError, ValueError, LookupError, TrueclickError):
        pass  # the SDK takes whatever the API sends, and checks none of it
    return _failure(key, "no verdict", "the result has a form that is not known", again=True)


def _images(sizes: Sizes) -> list[Prepared]:
    """What maps a verdict's places back; of each picture its sizes are enough for that."""
    return [Prepared("", None if each is None else _picture(each), {}, None) for each in sizes]


def _picture(sizes: tuple[Any, Any]) -> Picture[Image]:
    original, sent = sizes
    return Picture[Image].of(Box[Image](0, 0, original.width, original.height), sent)


def _verdict(key: str, verdict: Verdict) -> Record:
    return {
        "kind": "verdict",
        "key": key,
        "holds": verdict.holds,
        "reason": verdict.reason,
        "evidence": [
            [place.image, place.box.x0, place.box.y0, place.box.x1, place.box.y1, place.what]
            for place in verdict.evidence
        ],
        "unplaced": list(verdict.unplaced),
        "usage": _numbers(verdict.usage),
        "usd": None if verdict.usd is None else str(verdict.usd),
    }


def _failure(key: str, what: str, why: str, *, again: bool, usage: Usage | None = None) -> Record:
    return {
        "kind": "failure",
        "key": key,
        "what": what,
        "why": why,
        "again": again,
        "usage": _numbers(Usage() if usage is None else usage),
    }


def _numbers(usage: Usage) -> list[int]:
    return [usage.uncached, usage.cache_read, usage.cache_write, usage.output]
