"""The terminal's input while a run goes on: one owner, who lends it to whoever asks a question.

What is typed is read by a thread, without the terminal's echo, so that the status line can show it
and is not torn apart by it. Ctrl-C and Ctrl-Z stay the terminal's. In the background nothing is
read and nothing is changed: another program has the terminal then. Whatever ends the run, the
terminal is as it was; only after `kill -9` it may not echo until the shell or `stty sane` mends it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any, Self

from trueclick.capture.signals import uninterrupted

from .line_editor import LineEditor

if sys.platform != "win32":
    import termios

_ERRORS: tuple[type[Exception], ...] = (
    (OSError,) if sys.platform == "win32" else (OSError, termios.error)
)

_PERIOD_S = 0.1
"""How long it takes to notice that the terminal has come to the foreground again."""

_END_S = 2.0
"""How long a thread is waited for that tells of a line: a terminal may be halted by Ctrl-S."""

_LFLAG = 3
"""Where `tcgetattr` has the local modes."""


def nothing(text: str) -> None:
    """Show nothing of what is typed."""
    del text


class Keyboard:
    """Reads lines from a terminal inside of its `with` block, but not while it is lent.

    Args:
        terminal: its file descriptor.
        on_line: told of each line, by the reading thread.
        on_text: told of what is typed so far, each time that it changes. Without it the terminal's
            own echo stays on.
    """

    def __init__(
        self,
        terminal: int,
        on_line: Callable[[str], None],
        on_text: Callable[[str], None] | None = None,
    ) -> None:
        self._terminal = terminal
        self._on_line = on_line
        self._on_text = on_text
        self._editor = LineEditor()
        self._state = threading.Condition()
        self._borrowed = 0
        self._reading = False
        self._over = False
        self._before: list[Any] | None = None
        self._woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._work, name="keyboard", daemon=True)

    def __enter__(self) -> Self:
        with uninterrupted(), contextlib.suppress(*_ERRORS):
            if in_foreground(self._terminal):
                self._take_over()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        with uninterrupted():
            with self._state:
                self._over = True
                os.write(self._wake, b"x")
                self._state.notify_all()
            self._thread.join(_END_S)
            self._restore()
            if not self._thread.is_alive():
                os.close(self._woken)
                os.close(self._wake)

    @contextlib.contextmanager
    def lent(self) -> Generator[None]:
        """Inside of the block the terminal is as it was, and nothing is read from it here."""
        with self._state:
            self._borrowed += 1
            os.write(self._wake, b"x")
            try:
                self._state.wait_for(lambda: not self._reading)
                self._restore()
            except BaseException:
                self._borrowed -= 1
                raise
        try:
            yield
        finally:
            with self._state:
                self._borrowed -= 1
                self._state.notify_all()

    def _work(self) -> None:
        if sys.platform != "win32":
            # Should we get into the background meanwhile: an error for us, not a stop for all.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN, signal.SIGTTOU})
        while True:
            with self._state:
                self._state.wait_for(lambda: self._over or not self._borrowed)
                if self._over:
                    return
                self._reading = True
            try:
                lines, gone = self._read()
            finally:
                with self._state:
                    self._reading = False
                    self._state.notify_all()
            for line in lines:
                self._on_line(line)
            if gone:
                return

    def _read(self) -> tuple[list[str], bool]:
        """The lines that were ended since, and whether the terminal is gone."""
        if not in_foreground(self._terminal):
            select.select([self._woken], [], [], _PERIOD_S)
            self._awake()
            return [], False
        try:
            self._take_over()
            ready, _, _ = select.select([self._terminal, self._woken], [], [], _PERIOD_S)
            if self._woken in ready:
                self._awake()
            # What came together with a question's asking is no part of a line.
            elif self._terminal in ready:
                data = os.read(self._terminal, 1024)
                lines = self._editor.fed(data)
                if self._on_text is not None:
                    self._on_text(self._editor.text)
                return lines, not data
        except _ERRORS:
            # In the background by now, or gone: then there is nothing to be in the foreground of.
            return [], in_foreground(self._terminal)
        return [], False

    def _awake(self) -> None:
        """Forget that somebody wanted this thread's attention: it looks anyway."""
        if select.select([self._woken], [], [], 0)[0]:
            os.read(self._woken, 1024)

    def _take_over(self) -> None:
        """Switch off the echo, also again after a shell has switched it on."""
        if self._on_text is None or sys.platform == "win32":
            return
        modes = termios.tcgetattr(self._terminal)
        wanted = modes[_LFLAG] & ~(termios.ECHO | termios.ICANON)
        if modes[_LFLAG] != wanted:
            self._before = termios.tcgetattr(self._terminal)
            modes[_LFLAG] = wanted
            termios.tcsetattr(self._terminal, termios.TCSANOW, modes)

    def _restore(self) -> None:
        """Make the terminal as it was; what was typed for us, no later reader gets."""
        if self._before is None or sys.platform == "win32" or not in_foreground(self._terminal):
            return
        with contextlib.suppress(*_ERRORS):
            termios.tcsetattr(self._terminal, termios.TCSAFLUSH, self._before)
        self._before = None


def forget_typed_ahead(terminal: int) -> None:
    """Drop what waits on a terminal: an earlier Enter answers no later question."""
    if sys.platform != "win32":
        with contextlib.suppress(*_ERRORS):
            termios.tcflush(terminal, termios.TCIFLUSH)


def in_foreground(terminal: int) -> bool:
    """Whether this process may read from a terminal without being stopped for it."""
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True  # not the terminal that controls us: nobody is stopped for reading that
