"""Starts keepers, hands them attempts, and starts another one where one has died."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import Self

from trueclick.capture.signals import uninterrupted
from trueclick.capture.virtual.guard import Guard
from trueclick.geometry import UsageError

from .keeper import READY
from .places import Order, order_json
from .results import Attempt, attempt_from_json
from .values import NO_VALUES, Values

_ENDS_S = 20.0
"""In which a keeper ends an attempt in order, with all that it has started."""

_NO_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""A process that is forked off must not have had any."""


class Keepers:
    """Some keepers, each for one attempt at a time. Any thread may make attempts.

    A context manager: at its end all of them are ended, with what they are doing. If this process
    is killed, a guardian ends them and removes what they would have removed.

    Args:
        values: of the secrets that attempts may need.

    Raises:
        UsageError: on a system other than Linux, which alone tells what is needed here.
    """

    def __init__(self, values: Values = NO_VALUES) -> None:
        if not Path("/proc/self/statm").exists():
            raise UsageError("a suite runs on Linux alone, which tells what its tasks leave behind")
        self._values = values
        self._stack = contextlib.ExitStack()
        self._guard: Guard | None = None
        self._lock = threading.Lock()
        self._idle: list[Keeper] = []
        self._every: list[Keeper] = []
        self._closed = False

    def __enter__(self) -> Self:
        self._guard = Guard.start(self._stack)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End them all; attempts that are being made end with `stopped`."""
        with uninterrupted():
            with self._lock:
                self._closed = True
                every, idle = self._every, self._idle
                self._every, self._idle = [], []
            for keeper in every:
                keeper.ask_to_end()
            for keeper in every:
                keeper.end()
            for keeper in idle:
                keeper.forget()
            self._stack.close()

    def make_folder(self) -> Path:
        """A new folder, which is gone at the end, or when this process dies.

        Raises:
            OSError: if it cannot be made.
            UsageError: outside of the context.
        """
        if self._guard is None:
            raise UsageError("keepers make a folder only inside their `with` block")
        return self._guard.make_folder()

    def made(self, order: Order) -> Attempt:
        """How an attempt ended: `lost` if its keeper died, `stopped` if all keepers are ended."""
        with self._one() as keeper:
            attempt = None if keeper is None else keeper.made(order)
            if self._closed:
                return attempt if attempt is not None else Attempt("stopped")
            if attempt is None:
                return Attempt("lost", ("the process that watched over it has died",))
            return attempt

    @contextlib.contextmanager
    def _one(self) -> Generator[Keeper | None]:
        """A keeper that nobody else has meanwhile, or `None` at the end."""
        with self._lock:
            if self._closed or self._guard is None:
                keeper = None
            else:
                while self._idle and not self._idle[-1].alive:
                    self._drop(self._idle.pop())  # it had been idle for too long
                keeper = self._idle.pop() if self._idle else self._new()
        yield keeper
        if keeper is None:
            return
        with self._lock:
            if keeper.alive and not self._closed:
                self._idle.append(keeper)
                return
        self._drop(keeper)

    def _new(self) -> Keeper:
        keeper = Keeper(self._values)
        self._every.append(keeper)
        return keeper

    def _drop(self, keeper: Keeper) -> None:
        with contextlib.suppress(ValueError):  # ended with all the others
            self._every.remove(keeper)
        keeper.end()
        keeper.forget()


class Keeper:
    """A keeper that runs, with a guard of its own: an attempt must not outlive its keeper either.

    Args:
        values: of the secrets that its attempts may need.

    Raises:
        OSError: if it cannot be started.
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self._guard = Guard()
        try:
            folder = self._guard.make_folder()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "trueclick.agent.suite.keeper", str(folder)],
                # Every program of the user can read the environment that a process began with.
                env={
                    **values.left_out_of(os.environ),
                    **_NO_THREADS,
                    **self._guard.environment,
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
        except BaseException:
            self._guard.close()
            raise
        self._guard.program(self._process.pid)
        self._ready = False
        self._failed = False

    @property
    def alive(self) -> bool:
        """Whether it can make another attempt."""
        # One that dies closes its pipes before it has ended, and so before there is a status.
        return not self._failed and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def made(self, order: Order) -> Attempt | None:
        """How an attempt ended, or `None` if the keeper died over it."""
        told, answers = self._process.stdin, self._process.stdout
        assert told is not None  # noqa: S101 - asked for above
        assert answers is not None  # noqa: S101
        try:
            told.write(order_json(order) + b"\n" + self._values.line(order.task) + b"\n")
            if not self._ready:
                self._ready = answers.readline() == READY
            line = answers.readline()
            if line.endswith(b"\n"):
                return attempt_from_json(line)
        except (OSError, ValueError):  # it is gone, or our end has been closed
            pass
        self._failed = True
        return None

    def ask_to_end(self) -> None:
        """Let it end its attempt and then itself."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end(self) -> None:
        """End it, by force if need be."""
        self.ask_to_end()
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._guard.close()  # of a keeper that was killed, its attempt

    def forget(self) -> None:
        """Close what its answers came by, once nobody waits for one any more."""
        if self._process.stdout is not None:
            self._process.stdout.close()
