"""Tells when the application under test has ended in the middle of a run."""

from __future__ import annotations

from collections.abc import Callable

from ..escape import printable
from ..launch import Application
from ..wording import ending


class ApplicationWatch:
    """Looks at the application whenever it is called, and tells once that it has ended.

    Args:
        application: shows its window by now. If it has ended already, it was a launcher, whose
            end says nothing.
        tell: is told the status, and in further lines what was written to stderr last.
    """

    def __init__(self, application: Application, tell: Callable[[str], None]) -> None:
        self._application = application
        self._tell = tell
        self._over = application.exit_status is not None

    def __call__(self) -> None:
        """Look."""
        status = self._application.exit_status
        if self._over or status is None:
            return
        self._over = True
        wrote = [printable(line) for line in self._application.last_words().splitlines()]
        first = f"the application {ending(status)}{'; it wrote last:' if wrote else ''}"
        self._tell("\n".join([first, *(f"  {line}" for line in wrote)]))
