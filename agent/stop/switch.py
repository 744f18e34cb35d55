"""A switch that is tripped once and stays so, and a clock that does not sleep through it."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeAlias

from trueclick.capture import Clock
from trueclick.geometry import UsageError

from ..errors import StopRequested

Source: TypeAlias = Callable[[], str | None]
"""Answers why to stop, or `None`; asked often, by any thread."""

_GLANCE_S = 0.05
"""How often the switch is looked at in a long sleep."""


class StopSwitch:
    """Halts the run that was given it: `request` from any thread, or a file that appears.

    The first request counts, and it cannot be taken back: a new run takes a new switch. No lock
    is held, so a signal handler may request a stop as well:

        signal.signal(signal.SIGTERM, lambda *_: stop.request("SIGTERM"))

    Args:
        file: stop as soon as something is there, whatever it is (`touch FILE`). A folder that may
            not be looked into counts as a stop, for nobody could tell.
        on_request: told the reason, once, on the thread that found it.

    Raises:
        UsageError: if the file's folder is missing.
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | None = None,
        *,
        on_request: Callable[[str], None] | None = None,
    ) -> None:
        self._reason: str | None = None
        self._requests = itertools.count()
        self._on_request = on_request
        self._sources: list[Source] = [] if file is None else [_file_source(file)]

    def request(self, reason: str) -> None:
        """Trip the switch.

        Args:
            reason: for whoever reads how the run ended; nothing that was read off the screen.
        """
        if next(self._requests) == 0:  # one step of the interpreter: the first of several threads
            self._reason = reason
            if self._on_request is not None:
                self._on_request(reason)

    @property
    def requested(self) -> str | None:
        """Why the run must stop, or `None` if it may go on."""
        for source in () if self._reason is not None else tuple(self._sources):
            reason = source()
            if reason is not None:
                self.request(reason)
        return self._reason

    def check(self) -> None:
        """Return if the run may go on.

        Raises:
            StopRequested: if it may not; the message says why.
        """
        reason = self.requested
        if reason is not None:
            raise StopRequested(reason)

    @contextlib.contextmanager
    def asking(self, source: Source) -> Generator[None]:
        """Inside of the block one more is asked whether to stop, before each action too."""
        self._sources.append(source)
        try:
            yield
        finally:
            self._sources.remove(source)


class StopClock:
    """A clock whose sleep ends with `StopRequested`, within 50 ms, once the switch is tripped.

    It raises once: whatever tidies up afterwards gets the pauses that it asks for.

    Args:
        clock: what sleeps.
        stop: the switch.
    """

    def __init__(self, clock: Clock, stop: StopSwitch) -> None:
        self._clock = clock
        self._stop = stop
        self._tidying = False

    def now(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`.

        Raises:
            StopRequested: if the switch is tripped by then.
        """
        end = self._clock.now() + seconds
        while not self._tidying:
            if self._stop.requested is not None:
                self._tidying = True
                self._stop.check()
            left = end - self._clock.now()
            if left <= 0:
                return
            self._clock.sleep(min(left, _GLANCE_S))
        self._clock.sleep(max(0.0, end - self._clock.now()))

    def tidy(self) -> None:
        """Sleep in peace from now on: what is done from here on undoes what was done."""
        self._tidying = True


def _file_source(file: str | os.PathLike[str]) -> Source:
    path = Path(os.path.abspath(file))  # noqa: PTH100 - `resolve` would follow what is there
    if "\0" in str(path) or not path.parent.is_dir():
        raise UsageError(f"the stop file {os.fspath(file)!r} is in no folder that there is")

    def look() -> str | None:
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return f"the stop file {path} cannot be looked for: {error.strerror}"
        return f"the stop file {path} is there"

    return look
