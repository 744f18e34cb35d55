"""Private displays: an Xvfb server of our own with a window manager, gone with its context."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trueclick.geometry import Box, Screen, Size, UsageError

from .authority import admit_this_user, new_cookie, write_authority
from .clock import SystemClock
from .errors import CaptureError
from .guard import Guard
from .monitors import set_monitors
from .processes import Program
from .x11 import Connection, connect, window_manager_probe

_DYING_S = 0.2
"""From a server's last word to the end of its process."""

_POLL_S = 0.005
_WORDS = 3
"""Lines of a server's last words; those before them are addresses."""

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
        running = self._inside()
        if (crash := running.crash(0)) is not None:
            raise CaptureError(crash)
        return running.name

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
        running, self._running = self._inside(), None
        lost = isinstance(error, CaptureError)
        # Clients see a crash before the server's process has ended.
        crash = running.crash(_DYING_S if lost else 0)
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

    def _program(self, name: str, package: str) -> str:
        found = shutil.which(name, path=self._environment.get("PATH"))
        if found is None:
            raise CaptureError(f"{name} is not installed: apt-get install {package}")
        return found

    def _start(self, stack: contextlib.ExitStack) -> _Running:
        xvfb = self._program("Xvfb", "xvfb")
        openbox = self._program("openbox", "openbox") if self.window_manager else None
        guard = Guard.start(stack)
        folder = guard.make_folder()
        cookie = new_cookie()
        authority = folder / "authority"
        write_authority(authority, cookie)
        server, number = self._start_server(stack, guard, xvfb, authority)
        admit_this_user(number, cookie)
        running = _Running(f":{number}", authority, server)
        if self.monitors is None and openbox is None:
            return running
        with connect(running.name) as connection:
            if self.monitors is not None:
                set_monitors(connection, self.monitors)  # before openbox, which reads them
            if openbox is not None:
                manager = self._start_window_manager(stack, guard, openbox, running.name, folder)
                _wait_for_window_manager(connection, manager, running)
        return running

    def _start_server(
        self, stack: contextlib.ExitStack, guard: Guard, xvfb: str, authority: Path
    ) -> tuple[Program, int]:
        read_end, write_end = os.pipe()
        stack.callback(os.close, read_end)
        try:
            command = [
                *(xvfb, "-displayfd", str(write_end), "-auth", str(authority)),
                *("-screen", "0", f"{self.size}x{self.depth}"),
                *("-nolisten", "tcp", "-noreset", "-dpi", "96"),
            ]
            environment = {"PATH": self._environment.get("PATH", os.defpath)}
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
                raise CaptureError(
                    f"Xvfb did not start at {self.size}x{self.depth}: {_last_words(server)}"
                )
            answer += chunk
        number = int(answer)
        guard.display(number)
        return server, number

    def _start_window_manager(
        self, stack: contextlib.ExitStack, guard: Guard, openbox: str, name: str, folder: Path
    ) -> Program:
        # Openbox keeps a log and session files in its home; ours is thrown away afterwards.
        home = folder / "openbox"
        home.mkdir(mode=0o700)
        environment = {
            **application_environment(name, self._environment),
            **dict.fromkeys(
                ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(home)
            ),
        }
        config = Path(__file__).with_name("openbox.xml")
        command = [openbox, "--sm-disable", "--config-file", str(config)]
        return Program.start(stack, command, environment, guard=guard)


@dataclass(slots=True)
class _Running:
    """What there is of a display while it runs."""

    name: str
    authority: Path
    server: Program
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def crash(self, patience_s: float) -> str | None:
        """What is to be said if the server is no longer there, or goes within `patience_s`."""
        status = self.server.wait(patience_s)
        if status is None:
            return None
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return (
            f"the virtual display {self.name} went away: Xvfb ended with {how}; it wrote: "
            f"{_last_words(self.server)}"
        )


def _last_words(server: Program) -> str:
    """What an X server wrote last, without its complaints of numbers that were taken."""
    lines = server.last_words(lines=20).splitlines()
    plain = (line.replace("(EE)", "").strip() for line in lines)
    telling = [line for line in plain if line and not line.startswith("_XSERVTrans")]
    words = " ".join(telling[-_WORDS:]) or "nothing"
    if "socket to listen on" in words:
        words += " (is /tmp full, or /tmp/.X11-unix not for this user to write to?)"
    return words


def _wait_for_window_manager(connection: Connection, manager: Program, running: _Running) -> None:
    clock = SystemClock()
    deadline = clock.now() + _START_S
    with window_manager_probe(connection) as works:
        while not works():
            if clock.now() > deadline or manager.exit_status() is not None:
                manager.end()
                raise CaptureError(f"openbox did not start: {manager.last_words()}")
            if (crash := running.crash(0)) is not None:
                raise CaptureError(crash)
            clock.sleep(_POLL_S)


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
            raw = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid = struct.unpack("3i", raw)[0]
        # "pid (name) state ppid ...": the name may hold spaces and parentheses.
        ppid = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
    except (OSError, IndexError, AttributeError):
        return False
    return int(ppid) == os.getpid()
