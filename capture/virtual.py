"""Private displays: an Xvfb server of our own with a window manager, gone with its context."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from trueclick.geometry import Size, UsageError

from .clock import SystemClock
from .errors import CaptureError
from .processes import Program, uninterrupted
from .x11 import connect, window_manager_probe

_START_S = 10.0
_DEPTH = 24
_LARGEST = 32767
"""X11 counts pixels in signed 16-bit numbers."""

_INHERITED = (
    *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"),
    *("LD_LIBRARY_PATH", "PYENV_ROOT", "PYENV_VERSION", "PYTHONPATH", "VIRTUAL_ENV"),
    *("XDG_CONFIG_HOME", "XDG_DATA_DIRS", "XDG_DATA_HOME"),
)
"""What an application gets from our environment: no key, no token, no other display.

Not `XDG_RUNTIME_DIR`: toolkits find the user's own Wayland display and session bus in it.
"""

_ON_X11 = {"GDK_BACKEND": "x11", "QT_QPA_PLATFORM": "xcb"}


def application_environment(server: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variables for an application on the display `server`.

    Built from a list of harmless names rather than inherited, so that an API key in `environment`
    never reaches the application. The key to a display with access control is handed on to a
    program on that display alone.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in _INHERITED or name.startswith("LC_")
    }
    if environment.get("DISPLAY") == server and "XAUTHORITY" in environment:
        kept["XAUTHORITY"] = environment["XAUTHORITY"]
    return {"LANG": "C.UTF-8", **kept, **_ON_X11, "DISPLAY": server}


class VirtualDisplay:
    """An X server without hardware, with a window manager, that nobody else looks at.

    A context manager; the server chooses its own free number. Other users of the machine who
    can connect to local X servers can connect to this one too.

    Args:
        size: its one monitor in pixels.
        depth: bits a pixel; nothing else than 24 can be captured.
        window_manager: whether to start openbox in it.
        environment: where `PATH` and `HOME` come from; the process's own by default.

    Raises:
        CaptureError: on entering, if Xvfb or openbox is missing or does not start.
        UsageError: if the size is beyond what X11 can count, or the depth is not 24.
    """

    def __init__(
        self,
        size: Size[Any],
        *,
        depth: int = _DEPTH,
        window_manager: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if max(size.width, size.height) > _LARGEST:
            raise UsageError(f"a display is at most {_LARGEST} pixels wide and high, got {size}")
        if depth != _DEPTH:
            raise UsageError(f"a display of depth {depth} cannot be captured, only {_DEPTH}")
        self.size = size
        self.depth = depth
        self.window_manager = window_manager
        self._environment = os.environ if environment is None else environment
        self._stack = contextlib.ExitStack()
        self._name: str | None = None

    @property
    def name(self) -> str:
        """The display's name, such as `":99"`.

        Raises:
            UsageError: outside of the context.
        """
        if self._name is None:
            raise UsageError("a VirtualDisplay has a name only inside its `with` block")
        return self._name

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            server, name = self._start_server(stack)
            if self.window_manager:
                self._start_window_manager(stack, server, name)
            self._name, self._stack = name, stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._name = None
        self._stack.close()

    def _program(self, name: str, package: str) -> str:
        found = shutil.which(name, path=self._environment.get("PATH"))
        if found is None:
            raise CaptureError(f"{name} is not installed: apt-get install {package}")
        return found

    def _start_server(self, stack: contextlib.ExitStack) -> tuple[Program, str]:
        xvfb = self._program("Xvfb", "xvfb")
        read_end, write_end = os.pipe()
        stack.callback(os.close, read_end)
        try:
            command = [
                *(xvfb, "-displayfd", str(write_end)),
                *("-screen", "0", f"{self.size}x{self.depth}"),
                *("-nolisten", "tcp", "-noreset", "-dpi", "96"),
            ]
            environment = {"PATH": self._environment.get("PATH", os.defpath)}
            server = Program.start(stack, command, environment, pass_fds=[write_end])
        finally:
            os.close(write_end)
        # The server writes its number once it takes connections, and closes the pipe if it dies.
        answer = b""
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([read_end], [], [], _START_S)
            chunk = os.read(read_end, 64) if ready else b""
            if not chunk:
                server.end()
                raise CaptureError(
                    f"Xvfb did not start at {self.size}x{self.depth}: {server.last_words()}"
                )
            answer += chunk
        return server, f":{int(answer)}"

    def _start_window_manager(
        self, stack: contextlib.ExitStack, server: Program, name: str
    ) -> None:
        openbox = self._program("openbox", "openbox")
        # Openbox keeps a log and session files in its home; ours is thrown away afterwards.
        with uninterrupted():
            home = stack.enter_context(tempfile.TemporaryDirectory(prefix="trueclick-wm-"))
        environment = {
            **application_environment(name, self._environment),
            **dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), home),
        }
        config = Path(__file__).with_name("openbox.xml")
        command = [openbox, "--sm-disable", "--config-file", str(config)]
        manager = Program.start(stack, command, environment)
        clock = SystemClock()
        deadline = clock.now() + _START_S
        with connect(name) as connection, window_manager_probe(connection) as works:
            while not works():
                if clock.now() > deadline or manager.exit_status() is not None:
                    manager.end()
                    raise CaptureError(f"openbox did not start: {manager.last_words()}")
                if server.exit_status() is not None:
                    raise CaptureError(f"Xvfb ended at once: {server.last_words()}")
                clock.sleep(0.01)


def is_private(server: str) -> bool:
    """Whether an X server is a child of this process, as a `VirtualDisplay` is.

    Asked of the kernel: the process at the other end of the server's socket. Anything that cannot
    be found out counts as not private.
    """
    number = server.removeprefix(":").removesuffix(".0")
    if not (server.startswith(":") and number.isdecimal()):
        return False
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(f"/tmp/.X11-unix/X{number}")  # noqa: S108 - X11's own place
            raw = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid = struct.unpack("3i", raw)[0]
        # "pid (name) state ppid ...": the name may hold spaces and parentheses.
        ppid = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
    except (OSError, IndexError, AttributeError):
        return False
    return int(ppid) == os.getpid()
