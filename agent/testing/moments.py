"""Moments of a clock as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from trueclick.capture import Clock


class Calendar:
    """Tells the date of a moment of a clock that counts seconds from any beginning.

    Args:
        clock: the clock; now is now.
    """

    def __init__(self, clock: Clock) -> None:
        self._began, self._start = clock.now(), datetime.now(UTC)

    def text(self, moment: float | None) -> str | None:
        """A moment in the form of RFC 3339, as the API writes it."""
        if moment is None:
            return None
        date = self._start + timedelta(seconds=moment - self._began)
        return date.isoformat(timespec="microseconds").replace("+00:00", "Z")
