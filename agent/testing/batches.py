"""The Message Batches API: many requests at once, judged some time later, at half the price.

Held to the documentation ("Batch processing", "Create a Message Batch" and its siblings, and
`anthropic` 2.11.0, read on 2026-11-22):

- A batch has 1 to 100,000 requests and at most 256 MB. Each has a `custom_id` of 1 to 64 letters,
  digits, `-` and `_`, which none other in the batch has, and `params`.
- Nothing tells one creation from its repetition: a request that is sent twice makes two batches.
- `params` are judged later, each by itself, by the rules for any request; one that is refused
  fails alone. Nothing can be streamed.
- While a batch goes on its counts say `processing` of all. It may be canceled: what has come to
  the model by then is answered all the same. After 24 hours what has not come to it expires. An
  answer is paid for, nothing else is.
- The results come in any order, once the batch has ended, until 29 days after it was created. A
  batch that has ended may be deleted. A list begins with the newest.

The documentation does not say, and the model guesses: that too many requests, a bad or repeated
`custom_id` and an unknown field refuse the batch with a 400; that results that are not there yet
are a 404, and those that are no more a 404 as well; that to cancel a batch that has ended, or to
delete one that goes on, is a 400; that no request finds what another one wrote into the prompt
cache. 256 MB are read as 256 * 1000 * 1000 bytes, the smaller one.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from trueclick.capture import Clock

from .content import Json
from .files import NUMBER
from .moments import Calendar
from .problem import Problem

MOST_REQUESTS = 100_000
"""In a batch."""

MOST_BYTES = 256_000_000
"""Of a request that creates one."""

LIFETIME_S = 24 * 3600
"""After which what has not come to the model expires."""

RESULTS_S = 29 * 24 * 3600
"""For how long results are there, from the batch's creation."""

PAGE, LARGEST_PAGE = 20, 1000
"""Batches in a page of a list, if nothing is said, and at most."""

_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")

Judge: TypeAlias = Callable[["Batch", str, Json], Json]
"""What becomes of a request with this `custom_id`, as the API writes a result."""


@dataclass(eq=False, slots=True)
class Batch:
    """A batch.

    Attributes:
        id: given out by the API.
        requests: the `params` of each, by `custom_id`; none once they were judged.
        betas: of the request that created it.
        created: when, in seconds of the clock.
        seconds: how long it takes if nothing comes in between.
        count: of its requests.
        canceled: when that was asked for.
        results: what became of each, in the order in which they are given out, once it has ended.
        deleted: whether it is gone.
    """

    id: str
    requests: dict[str, Json] = field(repr=False)
    betas: frozenset[str]
    created: float
    seconds: float
    count: int
    canceled: float | None = None
    results: list[Json] | None = field(default=None, repr=False)
    deleted: bool = False

    @property
    def ends(self) -> float:
        """When it has ended: a cancellation waits for nothing here."""
        whole = self.created + min(self.seconds, LIFETIME_S)
        return whole if self.canceled is None else min(whole, self.canceled)

    def share_done(self) -> float:
        """How much of it had come to the model when it ended, from 0 to 1."""
        if self.ends >= self.created + self.seconds:
            return 1.0
        return (self.ends - self.created) / self.seconds


class Batches:
    """All of a workspace.

    Args:
        judge: judges a request.
        clock: by which they go on.
        seconds: how long one takes, or what gives it for the number of its requests.
        seed: of the order in which requests come to the model, and of that of the results.
    """

    def __init__(
        self,
        judge: Judge,
        clock: Clock,
        *,
        seconds: float | Callable[[int], float] = 0.0,
        seed: int = 0,
    ) -> None:
        self._judge = judge
        self._clock = clock
        self._calendar = Calendar(clock)
        self._seconds = seconds
        self._random = random.Random(seed)  # noqa: S311 - nothing secret about it
        self._batches: dict[str, Batch] = {}

    @property
    def all(self) -> tuple[Batch, ...]:
        """Every batch that was ever created, the oldest first; those that are over are judged."""
        for batch in self._batches.values():
            self._go_on(batch)
        return tuple(self._batches.values())

    def create(self, given: object, betas: frozenset[str], origin: str) -> Json | Problem:
        """Take a batch.

        Args:
            given: the parsed body of the request.
            betas: what its header names.
            origin: of the addresses of results, such as `https://api.anthropic.com`.
        """
        requests = _requests(given)
        if isinstance(requests, Problem):
            return requests
        seconds = self._seconds
        batch = Batch(
            id=f"msgbatch_{uuid.uuid4().hex[:24]}",
            requests=requests,
            betas=betas,
            created=self._clock.now(),
            seconds=seconds(len(requests)) if callable(seconds) else seconds,
            count=len(requests),
        )
        self._batches[batch.id] = batch
        return self._told(batch, origin, fresh=True)

    def about(self, batch_id: str, origin: str) -> Json | Problem:
        """How a batch is."""
        batch = self._found(batch_id)
        return batch if isinstance(batch, Problem) else self._told(batch, origin)

    def list(self, query: Mapping[str, Sequence[str]], origin: str) -> Json | Problem:
        """A page of the batches, the newest first.

        Args:
            query: of the address: `limit`, `after_id`, `before_id`.
            origin: of the addresses of results.
        """
        limit = query.get("limit", [str(PAGE)])[0]
        if not NUMBER.fullmatch(limit) or not 1 <= int(limit) <= LARGEST_PAGE:
            return Problem(f"limit: Input should be between 1 and {LARGEST_PAGE}")
        listed = [batch for batch in reversed(self.all) if not batch.deleted]
        ids = [batch.id for batch in listed]
        start, end = 0, len(listed)
        for name in ("after_id", "before_id"):
            if name in query and query[name][0] not in ids:
                return Problem(f"{name}: no such batch")
        if "after_id" in query:
            start = ids.index(query["after_id"][0]) + 1
        if "before_id" in query:
            end = ids.index(query["before_id"][0])
            start = max(start, end - int(limit))
        page = listed[start : min(end, start + int(limit))]
        more = start > 0 if "before_id" in query else start + len(page) < end
        return {
            "data": [self._told(batch, origin) for batch in page],
            "has_more": more,
            "first_id": page[0].id if page else None,
            "last_id": page[-1].id if page else None,
        }

    def cancel(self, batch_id: str, origin: str) -> Json | Problem:
        """Let nothing more of a batch come to the model."""
        batch = self._found(batch_id)
        if isinstance(batch, Problem):
            return batch
        if batch.results is not None:
            return Problem(f"Batch {batch_id} has ended already", excused=True)
        batch.canceled = self._clock.now() if batch.canceled is None else batch.canceled
        return self._told(batch, origin, fresh=True)

    def delete(self, batch_id: str) -> Json | Problem:
        """Let go of a batch that has ended, and of its results."""
        batch = self._found(batch_id)
        if isinstance(batch, Problem):
            return batch
        if batch.results is None:
            return Problem(f"Batch {batch_id} is still processing: cancel it first")
        batch.deleted = True
        return {"id": batch_id, "type": "message_batch_deleted"}

    def results(self, batch_id: str) -> Sequence[Json] | Problem:
        """What became of each request, in any order."""
        batch = self._found(batch_id)
        if isinstance(batch, Problem):
            return batch
        if batch.results is None:
            return Problem(f"Batch {batch_id} has no results yet", 404, "not_found_error")
        if self._clock.now() >= batch.created + RESULTS_S:
            told = f"Batch {batch_id}: its results are no longer available"
            return Problem(told, 404, "not_found_error", excused=True)
        return batch.results

    def _found(self, batch_id: str) -> Batch | Problem:
        batch = self._batches.get(batch_id)
        if batch is None or batch.deleted:
            told = f"Batch not found: {batch_id}"
            return Problem(told, 404, "not_found_error", excused=batch is not None)
        self._go_on(batch)
        return batch

    def _go_on(self, batch: Batch) -> None:
        """Judge a batch whose time is over."""
        if batch.results is not None or self._clock.now() < batch.ends:
            return
        order = list(batch.requests)
        self._random.shuffle(order)
        done = int(batch.share_done() * len(order))
        unreached = "canceled" if batch.canceled == batch.ends else "expired"
        found: list[Json] = []
        for place, custom_id in enumerate(order):
            params = batch.requests.pop(custom_id)  # each picture is let go of as it was judged
            result = self._judge(batch, custom_id, params) if place < done else {"type": unreached}
            found.append({"custom_id": custom_id, "result": result})
        self._random.shuffle(found)
        batch.results = found

    def _told(self, batch: Batch, origin: str, *, fresh: bool = False) -> Json:
        """A batch as the API writes it; `fresh` as it is at the very moment of a change."""
        results = None if fresh else batch.results
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        if results is None:
            counts["processing"] = batch.count
            status = "in_progress" if batch.canceled is None else "canceling"
        else:
            status = "ended"
            for line in results:
                counts[line["result"]["type"]] += 1
        archives = batch.created + RESULTS_S
        archived = self._clock.now() >= archives
        there = results is not None and not archived
        text = self._calendar.text
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": counts,
            "created_at": text(batch.created),
            "expires_at": text(batch.created + LIFETIME_S),
            "ended_at": text(batch.ends) if results is not None else None,
            "cancel_initiated_at": text(batch.canceled),
            "archived_at": text(archives) if archived else None,
            "results_url": f"{origin}/v1/messages/batches/{batch.id}/results" if there else None,
        }


def _requests(given: object) -> dict[str, Json] | Problem:
    """The requests of a batch by their `custom_id`, if they have the form of some."""
    body = cast("Json", given) if isinstance(given, dict) else {}
    requests = body.get("requests")
    if not isinstance(requests, list):
        return Problem("requests: Field required")
    if extra := set(body) - {"requests"}:
        return Problem(f"{min(extra)}: Extra inputs are not permitted")
    listed = cast("list[object]", requests)
    if not 1 <= len(listed) <= MOST_REQUESTS:
        return Problem(f"requests: Input should have 1 to {MOST_REQUESTS} items, not {len(listed)}")
    found: dict[str, Json] = {}
    for index, item in enumerate(listed):
        request = cast("Json", item) if isinstance(item, dict) else {}
        custom_id, params = request.get("custom_id"), request.get("params")
        if not isinstance(custom_id, str) or not _CUSTOM_ID.fullmatch(custom_id):
            pattern = f"^{_CUSTOM_ID.pattern}$"
            return Problem(f"requests.{index}.custom_id: String should match pattern '{pattern}'")
        if not isinstance(params, dict):
            return Problem(f"requests.{index}.params: Field required")
        if extra := set(request) - {"custom_id", "params"}:
            return Problem(f"requests.{index}.{min(extra)}: Extra inputs are not permitted")
        if custom_id in found:
            return Problem(f"requests.{index}.custom_id: '{custom_id}' is not unique")
        found[custom_id] = cast("Json", params)
    return found
