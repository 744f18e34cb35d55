"""Reading one line from a terminal: typed after it was asked for, by whoever sits there."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TextIO

_LOOK_S = 0.1
"""How often to look whether there is still something to wait for."""

_MOST = 65536


def typed_line(
    stream: TextIO,
    prompt: Callable[[], None],
    check: Callable[[], None],
    *,
    timeout_s: float | None = None,
) -> bytes | None:
    """The next line that is typed, or `None` if the terminal ends or nobody answers in time.

    What was typed before the call is dropped. The terminal edits lines meanwhile and shows what
    is typed, whatever was set before.

    Args:
        stream: a terminal.
        prompt: shows that the answer can be typed, now that nothing typed before counts.
        check: called every now and then; what it raises ends the waiting.
        timeout_s: how long to wait; for ever by default.
    """
    if sys.platform == "win32":
        return _typed_on_windows(stream, prompt)
    import termios  # noqa: PLC0415 - absent on Windows

    try:
        return _typed(stream.fileno(), prompt, check, timeout_s)
    except termios.error:  # the terminal was hung up before anything was asked
        return None


def _typed(
    number: int, prompt: Callable[[], None], check: Callable[[], None], timeout_s: float | None
) -> bytes | None:
    """The same of a terminal's file alone: what a stream has read ahead was typed before."""
    until = None if timeout_s is None else time.monotonic() + timeout_s
    with _editing_lines(number):
        prompt()
        while until is None or time.monotonic() < until:
            check()
            if not select.select([number], [], [], _LOOK_S)[0]:
                continue
            try:
                line = os.read(number, _MOST)
            except OSError:  # the terminal was hung up
                return None
            return line or None
    return None


@contextmanager
def _editing_lines(number: int) -> Generator[None]:
    """Inside of the block a terminal hands over whole lines, of what is typed from now on."""
    import termios  # noqa: PLC0415 - absent on Windows

    before = termios.tcgetattr(number)
    wanted = termios.tcgetattr(number)
    wanted[0] |= termios.ICRNL
    wanted[3] |= termios.ICANON | termios.ECHO | termios.ISIG
    termios.tcsetattr(number, termios.TCSAFLUSH, wanted)
    try:
        yield
    finally:
        # A terminal that is gone needs no care, and must not hide what ended the question.
        with suppress(termios.error):
            termios.tcsetattr(number, termios.TCSADRAIN, before)


def _typed_on_windows(stream: TextIO, prompt: Callable[[], None]) -> bytes | None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - absent elsewhere

        while msvcrt.kbhit():
            msvcrt.getwch()
    prompt()
    return stream.readline().encode(errors="replace") or None
