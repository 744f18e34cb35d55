"""Private displays: an Xvfb server of our own with a window manager, gone with its context."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trueclick.geometry import Box, Screen, Size, UsageError

from ..errors import CaptureError
from ..x11.connection import connect
from ..x11.monitors import set_monitors
from .authority import admit_this_user, listener, new_cookie, write_authority
from .guard import Guard
from .xvfb import Server, installed, start_server, start_window_manager

_DYING_S = 0.2
"""From a server's last word to the end of its process."""

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
    """An X server without hardware, with a window manager, for this user alone.

    A context manager; the server chooses its own free number. Every program of this user can
    connect with the display's name, no other user can (see `authority`), nobody over the network.
    All of it is gone at the end of the block, and within seconds if this process is killed. A
    server that crashed is told by whatever asks for `name` next, and at the end of the block.

    Args:
        size: of the whole screen, in pixels.
        monitors: where its monitors lie on it, the primary one first; one that covers it by
            default.
        depth: bits a pixel; nothing else than 24 can be captured.
        window_manager: whether to start openbox in it.
        environment: where `PATH` and `HOME` come from; the process's own by default.

    Raises:
        CaptureError: on entering, if Xvfb or openbox is missing or does not start; on leaving, if
            the server has crashed.
        UsageError: if the size is beyond what X11 can count, a monitor is not inside of it, or the
            depth is not 24.
    """

    def __init__(
        self,
        size: Size[Any],
        *,
        monitors: Sequence[Box[Screen]] | None = None,
        depth: int = _DEPTH,
        window_manager: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if max(size.width, size.height) > _LARGEST:
            raise UsageError(f"a display is at most {_LARGEST} pixels wide and high, got {size}")
        if depth != _DEPTH:
            raise UsageError(f"a display of depth {depth} cannot be captured, only {_DEPTH}")
        if monitors is not None:
            _check_monitors(monitors, size)
        self.size = size
        self.monitors = None if monitors is None else tuple(monitors)
        self.depth = depth
        self.window_manager = window_manager
        self._environment = os.environ if environment is None else environment
        self._running: _Running | None = None

    @property
    def name(self) -> str:
        """The display's name, such as `":99"`.

        Raises:
            CaptureError: if the server has crashed.
            UsageError: outside of the context.
        """
        server = self._inside().server
        if (crash := server.crash()) is not None:
            raise CaptureError(crash)
        return server.name

    @property
    def authority(self) -> Path:
        """The file with the server's cookie, for `XAUTHORITY`; programs of this user need it not.

        Raises:
            UsageError: outside of the context.
        """
        return self._inside().authority

    def __enter__(self) -> Self:
        if self._running is not None:
            raise UsageError("this VirtualDisplay is running already: make another one")
        with contextlib.ExitStack() as stack:
            try:
                running = self._start(stack)
            except OSError as error:
                raise CaptureError(f"the virtual display cannot be started: {error}") from error
            # From here on it is ended by `__exit__`.
            running.stack, self._running = stack.pop_all(), running
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        running = self._inside()
        if os.getpid() != running.owner:  # a forked child leaves its parent's display alone
            return
        lost = isinstance(error, CaptureError)
        try:
            # Clients see a crash before the server's process has ended.
            crash = running.server.crash(_DYING_S if lost else 0)
        finally:
            self._running = None
            running.stack.close()
        if crash is None:
            return
        if error is None or lost:
            raise CaptureError(crash) from error
        error.add_note(crash)

    def _inside(self) -> _Running:
        if self._running is None:
            raise UsageError("a VirtualDisplay has a name only inside its `with` block")
        return self._running

    def _start(self, stack: contextlib.ExitStack) -> _Running:
        path = self._environment.get("PATH")
        xvfb = installed("Xvfb", "xvfb", path)
        openbox = installed("openbox", "openbox", path) if self.window_manager else None
        guard = Guard.start(stack)
        authority, cookie = guard.make_folder() / "authority", new_cookie()
        write_authority(authority, cookie)
        screen, environment = f"{self.size}x{self.depth}", {"PATH": path or os.defpath}
        server = start_server(stack, guard, xvfb, screen, authority, environment)
        admit_this_user(server.name, cookie)
        if self.monitors is not None or openbox is not None:
            with connect(server.name) as connection:
                if self.monitors is not None:
                    set_monitors(connection, self.monitors)  # before openbox, which reads them
                if openbox is not None:
                    environment = application_environment(server.name, self._environment)
                    start_window_manager(stack, guard, openbox, environment, connection)
        return _Running(server, authority)


@dataclass(slots=True)
class _Running:
    """What there is of a display while it runs."""

    server: Server
    authority: Path
    owner: int = field(default_factory=os.getpid)
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


def _check_monitors(monitors: Sequence[Box[Screen]], size: Size[Any]) -> None:
    if not monitors:
        raise UsageError("a display needs a monitor: leave `monitors` out for one that covers it")
    for box in monitors:
        if min(box.x0, box.y0) < 0 or box.x1 > size.width or box.y1 > size.height:
            raise UsageError(f"the monitor {box} is not inside the display of {size}")


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
            pid, _ = listener(probe)
        # "pid (name) state ppid ...": the name may hold spaces and parentheses.
        ppid = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
    except (OSError, IndexError, AttributeError):
        return False
    return int(ppid) == os.getpid()
