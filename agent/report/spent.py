"""What the requests of a turn used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..trace import Turn
from ..usage import Usage


@dataclass(frozen=True, slots=True)
class Spent:
    """What a turn used, the requests for summaries after it included.

    Attributes:
        usage: tokens.
        usd: what they cost at list price, or `None` if a price is unknown.
        seconds: from each request to the end of its answer.
    """

    usage: Usage
    usd: Decimal | None
    seconds: float


def spent_in(turn: Turn) -> Spent:
    """What a turn used."""
    usd: Decimal | None = Decimal(0)
    for answer in turn.answered:
        usd = None if usd is None or answer.usd is None else usd + answer.usd
    return Spent(
        sum((answer.usage for answer in turn.answered), Usage()),
        usd,
        sum(answer.seconds for answer in turn.answered),
    )
