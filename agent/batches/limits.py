"""What the API takes in a batch, and what we make of it.

Sources, read on 2026-11-22: "Batch processing", "Create a Message Batch" and "Files API" of the
Claude documentation; `anthropic` 2.11.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trueclick.geometry import UsageError

MOST_REQUESTS = 100_000
"""Requests that the API takes in a batch."""

MOST_BYTES = 256_000_000
"""Of a batch; the documentation says 256 MB, and the smaller megabyte is taken."""

SHARE = Decimal("0.5")
"""What a request costs in a batch, as a part of its price."""

RESULTS_DAYS = 29
"""For how long the API keeps results."""

FILE_LIFE_S = 30 * 24 * 3600
"""After which an uploaded picture is gone by itself: results are not there for longer."""


@dataclass(frozen=True, slots=True)
class Split:
    """How large a batch we send.

    Well below what the API takes: a batch travels in one request, which a slow line has to carry
    within minutes, and what is lost on the way is sent again as a whole.

    Attributes:
        requests: in one batch, at most.
        bytes: of one batch, at most.

    Raises:
        UsageError: if the API takes no such batch.
    """

    requests: int = 10_000
    bytes: int = 100_000_000

    def __post_init__(self) -> None:
        for name, given, most in (
            ("requests", self.requests, MOST_REQUESTS),
            ("bytes", self.bytes, MOST_BYTES),
        ):
            if not 1 <= given <= most:
                raise UsageError(f"a batch of {given} {name}: the API takes 1 to {most}")
