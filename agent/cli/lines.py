"""Whole lines for a program that reads them: a signal between two bytes cuts none in two."""

from __future__ import annotations

import json
import select
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from trueclick.capture.signals import uninterrupted

_AT_ONCE = 512
"""Bytes that a pipe takes without making the writer wait, once it takes any (POSIX's least)."""


class JsonLines:
    """Writes JSON objects to a stream, one a line, as plain ASCII.

    Where it must wait for the reader, a signal ends the wait; what was begun is written first by
    whatever comes next.

    Args:
        stream: standard output by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._left = b""
        self._waits = _can_be_waited_for(self._stream)

    def __call__(self, value: Mapping[str, Any]) -> None:
        """Write one object.

        Raises:
            OSError: if the stream takes no more.
        """
        line = f"{json.dumps(value, default=str)}\n"
        if not self._waits:
            self._stream.write(line)
            self._stream.flush()
            return
        with uninterrupted():
            self._left += line.encode("ascii")
        self.finish()

    def finish(self) -> None:
        """Write what a signal has kept from being written.

        Raises:
            OSError: if the stream takes no more.
        """
        while self._left:
            select.select([], [self._stream], [])
            with uninterrupted():
                part = self._left[:_AT_ONCE]
                self._stream.buffer.write(part)
                self._stream.buffer.flush()
                self._left = self._left[len(part) :]


def _can_be_waited_for(stream: TextIO) -> bool:
    """Whether a stream is a file of the system's, and the system tells when it takes more."""
    try:
        stream.fileno()
    except (OSError, ValueError):
        return False
    return sys.platform != "win32"  # where only sockets can be waited for
