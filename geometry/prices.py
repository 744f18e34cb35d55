"""What tokens cost, in USD: decimals, exact to the last digit.

Prices are list prices of the Claude API; a platform or a contract may ask for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .errors import UsageError
from .shapes import require_integers

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """A model's price.

    Attributes:
        input_usd: of a million input tokens, images included.
        output_usd: of a million output tokens.
        up_to: the longest prompt, in tokens, that this price holds for; `None`: any.
        above: the price of a longer prompt, all of it.
        cache_read: what input costs that is read from the prompt cache, as a part of `input_usd`.
        cache_write: what input costs that is written to it, for five minutes, likewise.
    """

    input_usd: Decimal
    output_usd: Decimal
    up_to: int | None = None
    above: Price | None = None
    cache_read: Decimal = Decimal("0.1")
    cache_write: Decimal = Decimal("1.25")

    def usd(
        self,
        input_tokens: int,
        output_tokens: int = 0,
        *,
        cache_read_tokens: int = 0,
        cache_write_tokens: int = 0,
        prompt_tokens: int = 0,
    ) -> Decimal:
        """What so many tokens of one request cost.

        Args:
            input_tokens: tokens sent, beside those of the cache.
            output_tokens: tokens answered.
            cache_read_tokens: tokens sent that were read from the prompt cache.
            cache_write_tokens: tokens sent that were written to it.
            prompt_tokens: the length of the whole prompt that they are part of, where it is
                longer than all of them together.

        Raises:
            UsageError: if a number is negative or not an `int`.
        """
        numbers = {
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "cache_read_tokens": cache_read_tokens,
            "cache_write_tokens": cache_write_tokens,
            "prompt_tokens": prompt_tokens,
        }
        require_integers("a price", **numbers)
        for name, number in numbers.items():
            if number < 0:
                raise UsageError(f"a price needs {name} >= 0, got {number}")
        prompt = max(prompt_tokens, input_tokens + cache_read_tokens + cache_write_tokens)
        if self.above and self.up_to and prompt > self.up_to:
            return self.above.usd(
                input_tokens,
                output_tokens,
                cache_read_tokens=cache_read_tokens,
                cache_write_tokens=cache_write_tokens,
                prompt_tokens=prompt,
            )
        weighed = (
            input_tokens
            + self.cache_read * cache_read_tokens
            + self.cache_write * cache_write_tokens
        )
        return (self.input_usd * weighed + self.output_usd * output_tokens) / _MILLION
