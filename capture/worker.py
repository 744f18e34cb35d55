"""One thread that does a display's work, and a bound on how long anybody waits for it.

Calls into a window system block inside of a library where neither a timeout nor Ctrl-C reaches
them. So each open display has a thread of its own that makes all of them, one after another: a
display may be used from any thread, and one that hangs costs its caller a bounded time and one
sleeping thread, never the process. Whoever is patient is asked meanwhile whether to go on waiting.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

from trueclick.geometry import UsageError

from .errors import CaptureError

T = TypeVar("T")

_Job: TypeAlias = tuple[Callable[[], Any], "Future[Any]"]

_GLANCE_S = 0.05
"""How often whoever waits is asked whether to go on waiting."""

PATIENCE_S = 1.8
"""The longest wait for an answer, if no other is asked for: an error comes within 2 s then."""


def go_on() -> None:
    """Never end a wait."""


class Worker:
    """A thread that makes calls for others until it is stopped.

    Args:
        of: what it works for, as error messages call it: `"the display :99"`.
        patience_s: seconds after which a call that has not come back is given up.
        while_waiting: called 20 times a second by whoever waits for a call; what it raises ends
            the wait. The call may still be made.
    """

    def __init__(
        self,
        of: str,
        patience_s: float = PATIENCE_S,
        while_waiting: Callable[[], None] = go_on,
    ) -> None:
        self._of = of
        self._patience_s = patience_s
        self._while_waiting = while_waiting
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._given_up = False
        self._late: Future[Any] | None = None
        self._stopped = False
        self._owner = os.getpid()
        # A daemon: a call that never comes back must not keep the interpreter from ending.
        threading.Thread(target=_work, args=(self._jobs,), name=of, daemon=True).start()

    def call(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises, made on the worker's thread after earlier calls.

        Raises:
            CaptureError: if it does not come back in time, and for every later call at once.
            UsageError: if the worker was stopped, or this is a forked child, which has no thread.
        """
        self._check()
        if self._given_up:
            raise self._no_answer(self._patience_s)
        done = self._put(work)
        if not _comes(done, self._patience_s, self._while_waiting):
            self._given_up = True
            raise self._no_answer(self._patience_s)
        return done.result()

    def tidy(self, work: Callable[[], T]) -> T:
        """As `call`, for what undoes something: it is made in any case, waited for or not.

        The wait is short even where calls are patient: whoever ends does not wait for long, and
        nothing ends the wait. It is not waited for where earlier tidying has not come back yet.

        Raises:
            CaptureError: if it does not come back in time; later calls are made all the same.
            UsageError: as for `call`.
        """
        self._check()
        hangs = self.hangs
        done = self._put(work)
        patience_s = min(self._patience_s, PATIENCE_S)
        if hangs or not self._tidied(done, patience_s):
            raise self._no_answer(self._patience_s if self._given_up else patience_s)
        return done.result()

    @property
    def hangs(self) -> bool:
        """Whether somebody was told that there is no answer, and there is none yet."""
        return self._given_up or (self._late is not None and not self._late.done())

    def stop(self) -> None:
        """Let the thread end after the calls made so far; does not wait."""
        self._stopped = True
        self._jobs.put(None)

    def post(self, work: Callable[[], object]) -> None:
        """Have `work` done some time; what comes of it is nobody's affair."""
        self._jobs.put((work, Future()))

    def _check(self) -> None:
        if os.getpid() != self._owner:
            raise UsageError(f"{self._of} was opened by another process: open it here anew")
        if self._stopped:
            raise UsageError(f"{self._of} was closed here")

    def _put(self, work: Callable[[], T]) -> Future[T]:
        done: Future[T] = Future()
        self._jobs.put((work, done))
        return done

    def _tidied(self, done: Future[Any], patience_s: float) -> bool:
        try:
            return _comes(done, patience_s, go_on)
        finally:  # also if a signal's handler raises
            self._late = done

    def _no_answer(self, waited_s: float) -> CaptureError:
        return CaptureError(
            f"{self._of} has not answered for {waited_s:.1f} s: is its server stopped or "
            "overloaded?"
        )


def _comes(done: Future[Any], patience_s: float, while_waiting: Callable[[], None]) -> bool:
    """Whether a call comes back in time."""
    deadline = time.monotonic() + patience_s
    while True:
        left_s = deadline - time.monotonic()
        # At the end once more, shortly: it may have been this process that was stopped (Ctrl-Z).
        with contextlib.suppress(TimeoutError):
            done.exception(min(left_s, _GLANCE_S) if left_s > 0 else _GLANCE_S)
            return True
        if left_s <= 0:
            return False
        while_waiting()


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        work, done = job
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
            done.set_exception(error)
        del job, work, done  # a picture must not live on until the next call
