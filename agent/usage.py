"""What a run used of the API: tokens by kind, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trueclick.geometry import Price


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the API counted them. The three kinds of input are disjoint.

    Attributes:
        uncached: input that was neither read from the prompt cache nor written to it.
        cache_read: input that was read from the cache.
        cache_write: input that was written to it, for five minutes.
        output: the answer, thinking included.
    """

    uncached: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.uncached + other.uncached,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.output + other.output,
        )

    @property
    def input(self) -> int:
        """All input."""
        return self.uncached + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input + self.output

    @property
    def cached_share(self) -> float:
        """How much of the input was read from the cache, from 0 to 1."""
        return self.cache_read / self.input if self.input else 0.0

    def usd(self, price: Price | None) -> Decimal | None:
        """What one request with this usage costs at a price, or `None` if that is unknown."""
        if price is None:
            return None
        return price.usd(
            self.uncached,
            self.output,
            cache_read_tokens=self.cache_read,
            cache_write_tokens=self.cache_write,
        )
