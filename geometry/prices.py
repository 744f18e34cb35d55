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
    """

    input_usd: Decimal
    output_usd: Decimal
    up_to: int | None = None
    above: Price | None = None

    def usd(self, input_tokens: int, output_tokens: int = 0, *, prompt_tokens: int = 0) -> Decimal:
        """What so many tokens cost, without any discount for what is cached.

        Args:
            input_tokens: tokens sent.
            output_tokens: tokens answered.
            prompt_tokens: the length of the whole prompt that they are part of, where it is
                longer than `input_tokens`.

        Raises:
            UsageError: if a number is negative or not an `int`.
        """
        numbers = {
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "prompt_tokens": prompt_tokens,
        }
        require_integers("a price", **numbers)
        for name, number in numbers.items():
            if number < 0:
                raise UsageError(f"a price needs {name} >= 0, got {number}")
        if self.above and self.up_to and max(prompt_tokens, input_tokens) > self.up_to:
            return self.above.usd(input_tokens, output_tokens, prompt_tokens=prompt_tokens)
        return (self.input_usd * input_tokens + self.output_usd * output_tokens) / _MILLION
