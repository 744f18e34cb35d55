"""Real programs that tell what gestures they received: in the title of their window."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from trueclick.capture import application_environment
from trueclick.capture.virtual.processes import Program
from trueclick.capture.x11.connection import atom, connect
from trueclick.capture.x11.windows import program_windows
from trueclick.geometry import Size

from ..browser import BROWSER, chromium
from ..programs import TK_PYTHON

SIZE = Size[Any](1280, 720)
PATIENCE_S = 20.0

_FOLDER = Path(__file__).parent
_PAGE = _FOLDER / "pages" / "gestures.html"


class Told:
    """What a program tells, as a JSON object, in the title of the one window on a display."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._name = atom(connection, "_NET_WM_NAME")

    def now(self) -> dict[str, Any]:
        """What it tells now; nothing before its window is there."""
        for window in program_windows(self._connection):
            answer = self._connection.core.GetProperty(False, window, self._name, 0, 0, 65536)
            title = bytes(answer.reply().value.buf()).decode()
            with contextlib.suppress(ValueError):
                found: dict[str, Any] = json.loads(title)
                return found
        return {}

    def until(
        self, ready: Callable[[dict[str, Any]], object], patience_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """What it tells once that is as it should be, or when patience ends."""
        deadline = time.monotonic() + patience_s
        while True:
            told = self.now()
            if ready(told) or time.monotonic() > deadline:
                return told
            time.sleep(0.01)


@contextlib.contextmanager
def telling(server: str, command: list[str]) -> Generator[Told]:
    """A program on a display, its window there and told of."""
    with contextlib.ExitStack() as stack:
        Program.start(stack, command, application_environment(server, os.environ))
        told = Told(stack.enter_context(connect(server)))
        assert told.until(bool), "no window"
        yield told


@contextlib.contextmanager
def browser(server: str) -> Generator[Told]:
    """Chromium with a page that takes all gestures; it fills a display of `SIZE`."""
    if BROWSER is None:
        pytest.skip("Chromium is not installed")
    with tempfile.TemporaryDirectory() as profile:
        command = chromium(_PAGE.as_uri(), Path(profile), SIZE.width, SIZE.height)
        command.append("--kiosk")  # no frame of its own: the page's pixels are the display's
        with telling(server, command) as told:
            yield told


@contextlib.contextmanager
def tk(server: str) -> Generator[Told]:
    """A Tk window with a canvas to draw on and a text to scroll."""
    with telling(server, [TK_PYTHON, str(_FOLDER / "gestures_tk.py")]) as told:
        yield told


@contextlib.contextmanager
def gtk(server: str) -> Generator[Told]:
    """A GTK window with something to click, something to drag, and something to scroll."""
    python = "/usr/bin/python3"
    code = "import gi; gi.require_version('Gtk', '3.0')"
    if not Path(python).exists() or subprocess.run([python, "-c", code], check=False).returncode:
        pytest.skip("GTK 3 is not installed")
    with telling(server, [python, str(_FOLDER / "gestures_gtk.py")]) as told:
        yield told
