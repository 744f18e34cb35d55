"""`trueclick` on a real terminal that it is controlled by, and the person in front of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Generator, Mapping, Sequence

PATIENCE_S = 60
"""Enough for a loaded machine; a hang is longer."""

_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")

ECHO_AND_LINES = termios.ECHO | termios.ICANON


class Terminal:
    """A program on a terminal of its own.

    Attributes:
        process: the program.
        raw: all that it has shown, with what steers the terminal.
    """

    def __init__(self, process: subprocess.Popen[bytes], ours: int) -> None:
        self.process = process
        self.raw = ""
        self._ours = ours

    @property
    def shown(self) -> str:
        """All that it has shown, without what steers the terminal."""
        return _STEERING.sub("", self.raw)

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._ours, text.encode())

    def until(self, text: str, *, after: int = 0) -> None:
        """Wait until it has shown a text, after the first so many characters."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.shown[after:]:
            assert time.monotonic() < deadline, f"no {text!r} in {self.shown}"
            assert self._read(), f"ended without {text!r}: {self.shown}"

    def status(self, pressing: str = "") -> int:
        """Read to the end; the exit status.

        Args:
            pressing: what is typed again every few seconds, as a person does. A Ctrl-C that comes
                in the moment in which readline begins to wait is noticed with the next key.
        """
        deadline = time.monotonic() + PATIENCE_S
        again = time.monotonic() + 5
        while self._read():
            assert time.monotonic() < deadline, f"it does not end: {self.shown}"
            if time.monotonic() > again:
                again += 5
                self.type(pressing)
        return self.process.wait(PATIENCE_S)

    def takes_lines_and_echoes(self) -> bool:
        """Whether the terminal is as a shell leaves it."""
        return bool(termios.tcgetattr(self._ours)[3] & ECHO_AND_LINES == ECHO_AND_LINES)

    def hang_up(self) -> None:
        """Close the terminal, as somebody does who closes its window."""
        os.close(self._ours)
        self._ours = -1

    @property
    def open(self) -> bool:
        """Whether it was not hung up."""
        return self._ours >= 0

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 0.2)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # nobody has the other end any more
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)


@contextlib.contextmanager
def on_terminal(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    size: tuple[int, int] = (100, 40),
) -> Generator[Terminal]:
    """A program on a terminal of so many columns and rows; killed at the end of the block."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    # These would be believed rather than the terminal.
    inherited = {name: os.environ[name] for name in os.environ if name not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm-256color", **(environment or {})},
        preexec_fn=lambda: os.login_tty(theirs),  # noqa: PLW1509 - its terminal controls it
    )
    terminal = Terminal(process, ours)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        if terminal.open:
            os.close(ours)
        os.close(theirs)
