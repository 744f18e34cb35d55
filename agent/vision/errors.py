"""What a question about pictures can end with, beside an answer."""

from __future__ import annotations

from decimal import Decimal

from trueclick.geometry import TrueclickError

from ..usage import Usage


class JudgementError(TrueclickError):
    """A model gave no answer that can be used: it refused, was cut off, failed or wrote none.

    Attributes:
        usage: what was paid for all the same.
        usd: what that cost at list price, or `None` if that is unknown.
    """

    def __init__(
        self, message: str, usage: Usage | None = None, usd: Decimal | None = None
    ) -> None:
        super().__init__(message)
        self.usage = Usage() if usage is None else usage
        self.usd = usd
