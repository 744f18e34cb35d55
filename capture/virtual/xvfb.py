"""The two programs that a virtual display consists of: the X server Xvfb and openbox."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..clock import SystemClock
from ..errors import CaptureError
from ..x11.connection import Connection
from ..x11.windows import WindowManager
from .guard import Guard
from .processes import Program

_START_S = 10.0
_POLL_S = 0.005
_WORDS = 3
"""Lines of a server's last words; those before them are addresses."""


def installed(program: str, package: str, path: str | None) -> str:
    """Where a program is that is looked for on `path`.

    Raises:
        CaptureError: if it is not there.
    """
    found = shutil.which(program, path=path)
    if found is None:
        raise CaptureError(f"{program} is not installed: apt-get install {package}")
    return found


@dataclass(frozen=True, slots=True)
class Server:
    """A running X server.

    Attributes:
        name: such as `":99"`.
        program: its process.
    """

    name: str
    program: Program

    def crash(self, patience_s: float = 0.0) -> str | None:
        """What is to be said if it no longer runs, or ends within `patience_s`."""
        status = self.program.wait(patience_s)
        if status is None:
            return None
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return (
            f"the virtual display {self.name} went away: Xvfb ended with {how}; it wrote: "
            f"{_last_words(self.program)}"
        )


def start_server(
    stack: contextlib.ExitStack,
    guard: Guard,
    xvfb: str,
    screen: str,
    authority: Path,
    environment: Mapping[str, str],
) -> Server:
    """Start Xvfb with a number of its own choice; it ends with `stack`.

    Args:
        stack: with which it ends.
        guard: which ends it if we are killed.
        xvfb: the program.
        screen: width, height and depth, such as `"1920x1080x24"`.
        authority: the file with the cookie that it asks its clients for.
        environment: all of its environment variables.

    Raises:
        CaptureError: if it does not start.
        OSError: if it cannot be started.
    """
    read_end, write_end = os.pipe()
    stack.callback(os.close, read_end)
    try:
        command = [
            *(xvfb, "-displayfd", str(write_end), "-screen", "0", screen, "-auth", str(authority)),
            *("-nolisten", "tcp", "-noreset", "-dpi", "96"),
        ]
        server = Program.start(stack, command, environment, pass_fds=[write_end], guard=guard)
    finally:
        os.close(write_end)
    # The server writes its number once it takes connections, and closes the pipe if it dies.
    answer = b""
    while not answer.endswith(b"\n"):
        ready, _, _ = select.select([read_end], [], [], _START_S)
        chunk = os.read(read_end, 64) if ready else b""
        if not chunk:
            server.end()
            raise CaptureError(f"Xvfb did not start at {screen}: {_last_words(server)}")
        answer += chunk
    number = int(answer)
    guard.display(number)
    return Server(f":{number}", server)


def start_window_manager(
    stack: contextlib.ExitStack,
    guard: Guard,
    openbox: str,
    environment: Mapping[str, str],
    connection: Connection,
) -> None:
    """Start openbox and wait until it does its work; it ends with `stack`.

    Args:
        stack: with which it ends.
        guard: which ends it if we are killed.
        openbox: the program.
        environment: all of its environment variables but its home.
        connection: to the display that it is to manage.

    Raises:
        CaptureError: if it does not start.
        OSError: if it cannot be started.
    """
    # Openbox keeps a log and session files in its home; ours is thrown away afterwards.
    home = str(guard.make_folder())
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), home)
    config = Path(__file__).with_name("openbox.xml")
    command = [openbox, "--sm-disable", "--config-file", str(config)]
    # It reads the whole file of composed characters anew whenever a key is mapped.
    alone = {**environment, **homes, "XCOMPOSEFILE": os.devnull}
    manager = Program.start(stack, command, alone, guard=guard)
    clock = SystemClock()
    deadline = clock.now() + _START_S
    window_manager = WindowManager(connection)
    while not window_manager.works():
        if clock.now() > deadline or manager.exit_status() is not None:
            manager.end()
            raise CaptureError(f"openbox did not start: {manager.last_words()}")
        clock.sleep(_POLL_S)


def _last_words(server: Program) -> str:
    """What an X server wrote last, without its complaints of numbers that were taken."""
    lines = server.last_words(lines=20).splitlines()
    plain = (line.replace("(EE)", "").strip() for line in lines)
    telling = [line for line in plain if line and not line.startswith("_XSERVTrans")]
    words = " ".join(telling[-_WORDS:]) or "nothing"
    if "socket to listen on" in words:
        words += " (is /tmp full, or /tmp/.X11-unix not for this user to write to?)"
    return words
