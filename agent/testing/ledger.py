"""What went over the wire, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trueclick.geometry import ModelSpec

from ..usage import Usage
from .cache import CacheUse
from .content import Json
from .faults import Fault
from .problem import Problem

BATCH_SHARE = Decimal("0.5")
"""What a request costs in a batch, as a part of the list price; source: "Batch processing"."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and what became of it.

    Attributes:
        number: which one it is, counted from 1.
        body: as it travelled.
        betas: what its beta header names.
        bytes: the length of the body.
        images: how many it holds, those that a thread kept included.
        answer: the message, if it was answered, delivered or not.
        cache: what it made of the cache.
        output_tokens: of the answer.
        refusal: why it was refused by a rule.
        fault: what was injected.
        spec: the model, if it is known.
        batch: the id of the batch that it was a part of, at half the price.
        custom_id: what it was called there.
    """

    number: int
    body: Json
    betas: frozenset[str]
    bytes: int
    images: int = 0
    answer: Json | None = None
    cache: CacheUse | None = None
    output_tokens: int = 0
    refusal: Problem | None = None
    fault: Fault | None = None
    spec: ModelSpec | None = None
    batch: str | None = None
    custom_id: str | None = None

    @property
    def usage(self) -> Usage:
        """What the request used; nothing if it was not answered."""
        if self.cache is None:
            return Usage()
        written = self.cache.write_5m + self.cache.write_1h
        return Usage(self.cache.uncached, self.cache.read, written, self.output_tokens)

    @property
    def usd(self) -> Decimal | None:
        """What it cost at list price, or `None` if that is unknown."""
        if self.cache is None:
            return Decimal(0)
        if self.spec is None or self.spec.price is None:
            return None
        # An hour in the cache costs twice the input.
        return self._share * self.spec.price.usd(
            self.cache.uncached + 2 * self.cache.write_1h,
            self.output_tokens,
            cache_read_tokens=self.cache.read,
            cache_write_tokens=self.cache.write_5m,
        )

    @property
    def usd_without_cache(self) -> Decimal | None:
        """What it would have cost without a prompt cache, or `None` if that is unknown."""
        if self.cache is None:
            return Decimal(0)
        if self.spec is None or self.spec.price is None:
            return None
        return self._share * self.spec.price.usd(self.cache.total, self.output_tokens)

    @property
    def _share(self) -> Decimal:
        """Of the list price; the two discounts, of a batch and of the cache, are both given."""
        return BATCH_SHARE if self.batch else Decimal(1)
