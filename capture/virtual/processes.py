"""Starting and ending the programs that a display consists of or that run on it.

Every program gets a session of its own, so that Ctrl-C in the terminal reaches us alone and we end
the rest in order, and is ended with its whole process group and with what has left that. A guard
does the same if we are killed. Arguments are a list; no shell.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self

from ..signals import uninterrupted
from .guard import Guard

_KEPT_LINES = 20
_LONGEST_LINE = 2000
_POLL_S = 0.002


class Program:
    """A running program whose last words are kept.

    Args:
        command: the program and its arguments.
        environment: all of its environment variables.
        cwd: the folder in which it starts, ours by default.
        pass_fds: file descriptors that it inherits.
        guard: what ends it if we are killed; one of its own by default.

    Raises:
        OSError: if it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        cwd: Path | None = None,
        pass_fds: Sequence[int] = (),
        guard: Guard | None = None,
    ) -> None:
        self.command = tuple(command)
        self._owner = os.getpid()
        self._own_guard = Guard() if guard is None else None
        guard = guard or self._own_guard
        assert guard is not None  # noqa: S101 - one or the other
        try:
            self._process = subprocess.Popen(
                self.command,
                env={**environment, **guard.environment},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                pass_fds=tuple(pass_fds),
            )
        except BaseException:
            self._close_guard()
            raise
        guard.program(self._process.pid)
        self._words: deque[str] = deque(maxlen=_KEPT_LINES)
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stderr,), name="stderr", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @classmethod
    def start(
        cls,
        stack: contextlib.ExitStack,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        cwd: Path | None = None,
        pass_fds: Sequence[int] = (),
        guard: Guard | None = None,
    ) -> Self:
        """Start a program that ends with `stack`, whatever signal arrives meanwhile.

        Raises:
            OSError: if it cannot be started.
        """
        with uninterrupted():
            program = cls(command, environment, cwd=cwd, pass_fds=pass_fds, guard=guard)
            stack.callback(program.end)
        return program

    def exit_status(self) -> int | None:
        """Its exit status, negative for a signal, or `None` while it runs.

        Only looked at: until `end` the process keeps its number, which is also its group's, so that
        a signal cannot reach another program.
        """
        if self._process.returncode is not None:
            return self._process.returncode
        try:
            state = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # somebody else in this process waited for every child
            return self._process.poll()
        if state is None:
            return None
        return state.si_status if state.si_code == os.CLD_EXITED else -state.si_status

    def wait(self, timeout_s: float) -> int | None:
        """Its exit status as soon as it has one, at the latest after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while (status := self.exit_status()) is None and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return status

    def last_words(self, lines: int = 5) -> str:
        """The last lines that it wrote to stderr, once it has ended."""
        self._reader.join(timeout=1)
        return "\n".join(list(self._words)[-lines:])

    def end(self, grace_s: float = 2.0) -> None:
        """End it and all that it started: a request first, after `grace_s` by force.

        In a forked child, which did not start it, nothing.
        """
        if os.getpid() != self._owner:
            return
        try:
            if self.exit_status() is None:
                self._signal(signal.SIGTERM)
                self.wait(grace_s)
        finally:
            # Also when a signal of ours ended the wait, and for children that outlived it.
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._close_guard()
        self._reader.join(timeout=1)

    def _close_guard(self) -> None:
        if self._own_guard is not None:
            self._own_guard.close()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is not None:
            return  # its number may be another program's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                self._words.append(line.decode("utf-8", "replace").rstrip())
