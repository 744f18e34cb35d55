"""What questions to a model have used, whether or not an answer came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

from trueclick.geometry import UnknownModelError, find_model

from ..usage import Usage


class Spent:
    """Counts what is paid for, from any thread.

    Args:
        model: who is asked.
        then: told of each addition as well.

    Attributes:
        usage: all of it by now.
        usd: what that cost at list price, or `None` if that is unknown.
    """

    def __init__(self, model: str, then: Callable[[Usage], None] | None = None) -> None:
        self.usage = Usage()
        self.usd: Decimal | None = usd_of(Usage(), model)
        self._model = model
        self._then = then
        self._lock = threading.Lock()

    def add(self, usage: Usage) -> None:
        """Count what one request has used."""
        cost = usd_of(usage, self._model)
        with self._lock:
            self.usage += usage
            self.usd = None if self.usd is None or cost is None else self.usd + cost
            if self._then is not None:
                self._then(usage)


def usd_of(usage: Usage, model: str) -> Decimal | None:
    """What a request costs at list price, or `None` if the price is unknown."""
    try:
        spec = find_model(model)
    except UnknownModelError:
        return None
    return usage.usd(spec.price)
