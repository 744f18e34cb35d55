"""A batch is created once: what came of a request whose answer nobody wrote down is found out.

Before the request the intent is on the disk: the keys of the requests, a tag that is in the ids of
all of them, and which batch of the workspace was the newest then. If nobody lived to write down
the answer, or none came, the list of the workspace is read back to that one, which depends on no
clock of ours. Among the batches since then those with as many requests are *suspects*. A list tells
nothing else of a batch; but once it has ended each of its results names its request, so that the
first one tells whose it is. Until then nothing is sent again: that a suspect is somebody else's
costs time, never money. Where there is none the API is given some time to create it still.

What cannot be found out is left to the user (`UnsureError`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from anthropic.types.beta.messages import BetaMessageBatch

from trueclick.geometry import Size

from ..conversation.retries import NETWORK_ERRORS, error_text
from .book import Book
from .calling import Calls, came_of, gave_up
from .errors import UnsureError
from .events import Noted, Sent, Uploading, Watcher
from .packing import Body
from .question import tag_and_key
from .state import Sending, Sizes

_LOOK_EVERY_S = 2.0


def submit(body: Body, beside: Sizes, book: Book, calls: Calls, watch: Watcher) -> None:
    """Create a batch; one of which nobody knows whether it was created is left in doubt.

    Args:
        body: finished.
        beside: sizes of the pictures that are shown in every request.
        book: what is known.
        calls: to the API.
        watch: told of it.

    Raises:
        BatchError: if the API refuses it, or it cannot be written down.
    """
    newest = calls.newest()
    book.write(
        {
            "kind": "sending",
            "tag": body.tag,
            "base_url": calls.base_url,
            "account": calls.account(book.state.run or ""),
            "newest": newest and [newest.id, newest.created_at.isoformat()],
            "beside": [_numbers(size) for size in beside],
            "requests": [[key, *map(_numbers, body.sizes[key])] for key in body.keys],
        }
    )
    watch(Uploading(len(body.keys), body.length))
    failures = 0
    while True:
        body.file.seek(0)
        try:
            batch = calls.create(body.file, sorted(body.betas))
        except NETWORK_ERRORS as error:
            failures += 1
            if came_of(error) == "in doubt":
                watch(
                    Noted(
                        f"a batch of {len(body.keys)} may have been created or not: "
                        f"{error_text(error)}; looking for it"
                    )
                )
                return
            if not calls.wait_after(error, failures):
                book.write({"kind": "unsent", "tag": body.tag})
                raise gave_up(error) from error
        else:
            _write_sent(book, body.tag, batch)
            watch(Sent(batch.id, len(body.keys), body.length))
            return


def settle(
    sending: Sending,
    book: Book,
    calls: Calls,
    watch: Watcher,
    *,
    patience_s: float,
    now: Callable[[], float],
) -> None:
    """Find out what became of a batch that is in doubt, as far as that is known by now.

    Afterwards it is sent, or unsent, or still in doubt because of a suspect that goes on.

    Args:
        sending: the batch.
        book: what is known.
        calls: to the API.
        watch: told of it.
        patience_s: how long the API is given to create it.
        now: the time, in seconds.

    Raises:
        UnsureError: if it cannot be found out.
    """
    until = now() + patience_s
    while True:
        suspects = _suspects(sending, book, calls)
        for suspect in suspects:
            if suspect.processing_status == "ended" and _is_ours(suspect, sending, calls):
                _write_sent(book, sending.tag, suspect)
                watch(Noted(f"the batch {suspect.id} is ours: going on with it"))
                return
            if suspect.processing_status == "ended":
                book.write({"kind": "not ours", "tag": sending.tag, "id": suspect.id})
        if any(suspect.processing_status != "ended" for suspect in suspects):
            return
        if not suspects:
            left = until - now()
            if left <= 0:
                break
            calls.sleep(min(left, _LOOK_EVERY_S))
    book.write({"kind": "unsent", "tag": sending.tag})
    watch(Noted(f"a batch of {len(sending.keys)} was not created after all"))


def _suspects(sending: Sending, book: Book, calls: Calls) -> Sequence[BetaMessageBatch]:
    """Batches that may be the one in doubt.

    Raises:
        UnsureError: if it cannot be looked for.
    """
    count = len(sending.keys)
    if sending.base_url != calls.base_url:
        raise UnsureError(
            f"a batch of {count} may have been sent to {sending.base_url}, and this is "
            f"{calls.base_url}: go on there, or {_REMEDY}"
        )
    if sending.newest is not None and calls.batch(sending.newest.id) is None:
        raise UnsureError(
            f"a batch of {count} may have been created after {sending.newest.id}, which is not in "
            "this workspace: use the key of the same workspace; if that batch was deleted, "
            f"{_REMEDY}"
        )
    if sending.newest is None and _other_key(sending, book, calls):
        raise UnsureError(
            f"a batch of {count} may have been created with another key, and nothing tells whether "
            f"this one is of the same workspace: use that key, or {_REMEDY}"
        )
    ours = book.state.ids
    return [
        batch
        for batch in calls.since(sending.newest)
        if requests_in(batch) == count and batch.id not in ours | sending.not_ours
    ]


def _other_key(sending: Sending, book: Book, calls: Calls) -> bool:
    """Whether a batch was sent with a key that is not known to be of this workspace."""
    account = calls.account(book.state.run or "")
    if None in {account, sending.account} or account == sending.account:
        return False
    return not any(calls.batch(batch_id) for batch_id in book.state.ids)


_REMEDY = (
    "look at https://platform.claude.com/workspaces/default/batches for it: if it is not there, "
    "--resend sends its pictures again"
)


def _is_ours(suspect: BetaMessageBatch, sending: Sending, calls: Calls) -> bool:
    """Whether a batch that has ended is the one in doubt, by the id of one of its requests.

    Raises:
        UnsureError: if its results are no longer there.
    """
    if suspect.results_url is None:
        raise UnsureError(
            f"the batch {suspect.id} may be ours, and its results are no longer available: "
            "--resend sends its pictures again"
        )
    with contextlib.closing(calls.results(suspect.id)) as lines:
        first = next(lines, None)
    found = tag_and_key(getattr(first, "custom_id", None))
    return found is not None and found[0] == sending.tag


def requests_in(batch: BetaMessageBatch) -> int:
    """How many requests a batch has: the counts always add up to that."""
    counts = batch.request_counts
    ended = counts.succeeded + counts.errored + counts.canceled + counts.expired
    return counts.processing + ended


def _write_sent(book: Book, tag: str, batch: BetaMessageBatch) -> None:
    at = batch.created_at.isoformat()
    book.write({"kind": "sent", "tag": tag, "id": batch.id, "at": at})


def _numbers(sizes: tuple[Size[Any], Size[Any]] | None) -> list[int] | None:
    if sizes is None:
        return None
    original, sent = sizes
    return [original.width, original.height, sent.width, sent.height]
