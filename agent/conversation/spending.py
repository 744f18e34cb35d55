"""What a run has used, and what it may still use: looked at before each request."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from decimal import Decimal

from trueclick.geometry import Price, UsageError

from ..budget import Budget
from ..usage import Usage

LEAST_ANSWER = 1024
"""Tokens below which an answer, which may have to think first, is not worth asking for."""


class Spending:
    """The account of one run.

    Args:
        budget: what it may use.
        price: of its tokens, or `None` if that is unknown.
        now: seconds on a clock that never goes back.

    Attributes:
        usage: what it has used.
        usd: what that cost, or `None` if the price is unknown.
        turns: answers it got.

    Raises:
        UsageError: if there is a budget in USD and no price.
    """

    def __init__(
        self, budget: Budget, price: Price | None, now: Callable[[], float] = time.monotonic
    ) -> None:
        if budget.usd is not None and price is None:
            raise UsageError("a budget in USD needs a model whose price is known")
        self._budget = budget
        self._price = price
        self._now = now
        self._start = now()
        self.usage = Usage()
        self.usd = None if price is None else Decimal(0)
        self.turns = 0

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._now() - self._start

    @property
    def seconds_left(self) -> float:
        """Before the budget of time is used up."""
        limit = self._budget.seconds
        return math.inf if limit is None else limit - self.seconds

    def brought_along(self, usage: Usage, usd: Decimal | None, turns: int, seconds: float) -> None:
        """Count what an earlier part of the run used."""
        self.usage += usage
        if self.usd is not None:
            self.usd = None if usd is None else self.usd + usd
        self.turns += turns
        self._start -= seconds

    def add(self, usage: Usage) -> Decimal | None:
        """Count a request; what it cost."""
        cost = usage.usd(self._price)
        self.usage += usage
        if self.usd is not None and cost is not None:
            self.usd += cost
        return cost

    def spent(self) -> str | None:
        """Which limit is reached already, in words, or `None`."""
        budget = self._budget
        if budget.turns is not None and self.turns >= budget.turns:
            return f"not done after {self.turns} turn{'' if self.turns == 1 else 's'}"
        if budget.seconds is not None and self.seconds >= budget.seconds:
            return f"not done after {self.seconds:.0f} s"
        return None

    def answer_tokens(self, request: Usage, wanted: int) -> int | str:
        """How long the answer to a request may be, in tokens, or which limit is in its way.

        Args:
            request: its input, as it is estimated.
            wanted: the answer's length if nothing limits it.
        """
        left = wanted
        if self._budget.tokens is not None:
            left = min(left, self._budget.tokens - self.usage.total - request.input)
            if left < min(LEAST_ANSWER, wanted):
                return (
                    f"the next request would go over the budget of {self._budget.tokens:,} tokens: "
                    f"{self.usage.total:,} are used, and it takes about {request.input:,} and an "
                    "answer"
                )
        if self._budget.usd is not None and self._price is not None and self.usd is not None:
            limit = Decimal(str(self._budget.usd))
            cost = request.usd(self._price) or Decimal(0)
            by_token = self._output_usd(request)
            if by_token:
                left = min(left, int((limit - self.usd - cost) / by_token))
            if left < min(LEAST_ANSWER, wanted):
                return (
                    f"the next request would go over the budget of {limit} USD: {self.usd:.4f} are "
                    f"used, and it takes about {cost:.4f} and an answer"
                )
        return left

    def _output_usd(self, request: Usage) -> Decimal:
        """What a token of the answer costs, at the price of so long a prompt."""
        if self._price is None:
            return Decimal(0)
        return self._price.usd(0, 1_000_000, prompt_tokens=request.input) / 1_000_000
