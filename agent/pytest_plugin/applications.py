"""The programs that a test starts: each with its window, and all of them ended after the test."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from trueclick.agent.launch import Application, application
from trueclick.capture import VirtualDisplay
from trueclick.geometry import TrueclickError, UsageError


class Applications:
    """Starts programs on a test's display: what the fixture `app` gives. Call it with a command."""

    def __init__(self, display: VirtualDisplay) -> None:
        self._display = display
        self._running: list[tuple[str, Application, contextlib.ExitStack]] = []

    def __call__(
        self,
        command: str | Sequence[str],
        *,
        cwd: Path | str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Application:
        """Start a program and return it once its window is there.

        It gets harmless variables of the environment alone, such as `PATH` and `HOME`: no key of
        yours reaches it. With its children it is ended after the test.

        Args:
            command: the program and its arguments; a text is split as a shell would, but no shell
                reads it.
            cwd: the folder in which it starts, pytest's own by default.
            env: variables of the environment beside the harmless ones.

        Raises:
            ApplicationError: if it cannot be started, ends, or shows no window within 30 seconds;
                the message has the last lines that it wrote to stderr.
            CaptureError: if the display is gone.
            UsageError: if the command is empty or cannot be split, or there is no such folder.
        """
        __tracebackhide__ = True
        words = _words(command)
        stack = contextlib.ExitStack()
        try:
            started = stack.enter_context(application(words, self._display.name, cwd=cwd, env=env))
        except TrueclickError as error:
            raise error.with_traceback(None) from None  # it ends at the test's own line
        self._running.append((words[0], started, stack))
        return started

    def end(self, started: Application) -> None:
        """End one of the programs before the test is over.

        Raises:
            UsageError: if it was not started here, or has been ended before.
        """
        for entry in self._running:
            if entry[1] is started:
                self._running.remove(entry)
                entry[2].close()
                return
        raise UsageError("this program was not started by this `app`, or was ended before")

    def end_all(self) -> None:
        """End every program that still runs, the last one first."""
        with contextlib.ExitStack() as stack:
            for _, _, each in self._running:
                stack.push(each)
            self._running.clear()

    @property
    def tested(self) -> Application:
        """The program that the test is about: the first of those that it has started by then."""
        return _Tested(self._running)

    def last_words(self) -> list[tuple[str, int | None, str]]:
        """Each program's name, its exit status if it has ended, and what it wrote last."""
        return [(name, each.exit_status, each.last_words()) for name, each, _ in self._running]


class _Tested(Application):
    """Stands for a program that a test may start later."""

    def __init__(self, running: Sequence[tuple[str, Application, object]]) -> None:
        self._running = running

    @property
    def exit_status(self) -> int | None:
        return self._running[0][1].exit_status if self._running else None

    def last_words(self) -> str:
        return self._running[0][1].last_words() if self._running else ""


def _words(command: str | Sequence[str]) -> list[str]:
    try:
        words = shlex.split(command) if isinstance(command, str) else list(map(str, command))
    except ValueError as error:
        raise UsageError(f"the command {command!r} cannot be read: {error}") from None
    if not words or not words[0]:
        raise UsageError("the application's command is empty")
    return words
