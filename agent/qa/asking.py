"""How a test asks a model, in which words that is told, and what it uses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from trueclick.geometry import find_model
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from ..budget import Budget
from ..escape import printable
from ..events import Answered, Event, Faulted, Retried
from ..usage import Usage

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.tools.computer import BetaComputerConfirmCallable

_LONGEST = 80
"""Characters of a task or a claim that a sentence repeats."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How a model is asked.

    Attributes:
        model: its id.
        platform: where it is called.
        client: gives the client, given why it is asked; raises what says that it may not be.
        effort: how much it thinks.
        budget: what each task may use.
        confirm: asked before each call; needed where the display is not private.
        on_event: told of everything that it does.
    """

    model: str
    platform: PlatformName
    client: Callable[[str], Anthropic]
    effort: Effort | None
    budget: Budget
    confirm: BetaComputerConfirmCallable | None
    on_event: Callable[[Event], None]


class Spent:
    """Counts what is asked of a model while it is told on.

    Attributes:
        usage: all tokens, those of lost answers too.
        usd: what they cost, or `None` if the price is unknown.
    """

    def __init__(self, model: str, on_event: Callable[[Event], None]) -> None:
        self._began = time.monotonic()
        self._turns = 0
        self._price = find_model(model).price
        self._on_event = on_event
        self.usage = Usage()
        self.usd: Decimal | None = Decimal(0)

    def __call__(self, event: Event) -> None:
        """Count an event, and tell it on."""
        self._turns += isinstance(event, Answered)
        if isinstance(event, Answered | Retried | Faulted):
            self.usage += event.usage
            cost = event.usage.usd(self._price)
            self.usd = None if self.usd is None or cost is None else self.usd + cost
        self._on_event(event)

    def left(self, budget: Budget) -> Budget | None:
        """What of a budget has not been used, or `None` if that is nothing of one of its limits."""
        turns = None if budget.turns is None else budget.turns - self._turns
        tokens = None if budget.tokens is None else budget.tokens - self.usage.total
        usd = None if budget.usd is None else Decimal(budget.usd) - (self.usd or 0)
        seconds = budget.seconds
        if seconds is not None and self._turns:
            seconds -= time.monotonic() - self._began
        if any(limit is not None and limit <= 0 for limit in (turns, tokens, usd, seconds)):
            return None
        return Budget(turns, seconds, tokens, usd)


def lines_of(words: str) -> tuple[str, ...]:
    """What a task says, line by line: how a test's file is indented has no meaning."""
    return tuple(line.strip() for line in words.splitlines() if line.strip())


def quoted(words: str) -> str:
    """A task or a claim in one line of a sentence, cut where it is long; it steers no terminal."""
    text = printable("; ".join(lines_of(words)))
    return f"“{text if len(text) <= _LONGEST else f'{text[: _LONGEST - 1]}…'}”"
