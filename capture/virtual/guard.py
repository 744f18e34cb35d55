"""What this process starts does not outlive it, even if it is killed with SIGKILL.

Beside what is started runs a small process, the guardian, that is told of each program and folder
and waits for our death. It is a program of its own in a session of its own: nothing that ends us
ends it, and it ends with the `Guard`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..signals import uninterrupted
from . import guardian

_VARIABLE = "TRUECLICK_GUARD"


class Guard:
    """Ends programs, and removes folders and sockets, when it is closed or when this process dies.

    Where the kernel does not show processes (`/proc`), or Python is inside of another program that
    cannot be started as Python, there is no guardian, and what is started may outlive a SIGKILL.

    Attributes:
        environment: variables that each guarded program must get: by them it is found, even if it
            is started in the moment in which we die, and so are those that it starts.

    Raises:
        OSError: if the guardian cannot be started.
    """

    def __init__(self) -> None:
        mark = secrets.token_hex(16)
        self._owner = os.getpid()
        self.environment = {_VARIABLE: mark}
        self._folders: list[Path] = []
        self._displays: list[int] = []
        self._mark = f"{_VARIABLE}={mark}"
        self._process: subprocess.Popen[bytes] | None = None
        if not sys.executable or getattr(sys, "frozen", False) or not Path("/proc/self").exists():
            return
        # Of our environment only what Python itself may need: no mark of another guard above all.
        environment = {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, str(os.getpid()), self._mark],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )

    @classmethod
    def start(cls, stack: contextlib.ExitStack) -> Guard:
        """A guard that is closed with `stack`, whatever signal arrives meanwhile.

        Raises:
            OSError: if the guardian cannot be started.
        """
        with uninterrupted():
            guard = cls()
            stack.callback(guard.close)
        return guard

    def program(self, pid: int) -> None:
        """Guard the leader of a session, and everything in it."""
        self._tell(f"program {pid}")

    def make_folder(self) -> Path:
        """A new folder that this user alone can look into.

        Raises:
            OSError: if it cannot be made.
        """
        with uninterrupted():
            # Inside as well: looking for the place, Python writes a file there and removes it.
            path = Path(tempfile.gettempdir()) / f"trueclick-{secrets.token_hex(8)}"
            self._folders.append(path)
            self._tell(f"folder {path}")
            path.mkdir(mode=0o700)
        return path

    def display(self, number: int) -> None:
        """Guard the socket of an X server that is one of the programs."""
        self._displays.append(number)
        self._tell(f"display {number}")

    def close(self) -> None:
        """End what still runs, remove what is still there, and then end the guardian.

        In a forked child, which inherits all this and owns none of it, nothing.
        """
        if os.getpid() != self._owner:
            return
        with uninterrupted():
            if self._process is not None:
                guardian.end_all(self._mark, {}, grace_s=0)
            for folder in self._folders:
                shutil.rmtree(folder, ignore_errors=True)
            for number in self._displays:
                guardian.remove_socket(number)
            if self._process is not None:
                self._process.kill()
                self._process.communicate()

    def _tell(self, record: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):  # somebody ended the guardian
            self._process.stdin.write(os.fsencode(record) + b"\0")
