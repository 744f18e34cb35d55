"""How much a run may use, looked at before each request."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trueclick.geometry import UsageError


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a run may use; `None`: no limit.

    Before each request its cost is estimated, its images included, and the answer is kept short
    enough for what is left. What an earlier part of a resumed run used counts.

    Attributes:
        turns: answers of the model's, each of which may bring a batch of actions.
        seconds: from the start.
        tokens: input and output together.
        usd: at list price.

    Raises:
        UsageError: if a limit is not above 0, or not finite.
    """

    turns: int | None = 100
    seconds: float | None = None
    tokens: int | None = None
    usd: Decimal | float | None = None

    def __post_init__(self) -> None:
        limits: dict[str, Any] = {
            "turns": self.turns,
            "seconds": self.seconds,
            "tokens": self.tokens,
            "usd": self.usd,
        }
        for name, limit in limits.items():
            if limit is not None and not 0 < limit < math.inf:
                raise UsageError(f"a budget of {name} must be above 0 and finite, got {limit}")
