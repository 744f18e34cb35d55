"""One thread that does a display's work, and a bound on how long anybody waits for it.

Calls into a window system block inside of a library where neither a timeout nor Ctrl-C reaches
them. So each open display has a thread of its own that makes all of them, one after another: a
display may be used from any thread, and one that hangs costs its caller a bounded time and one
sleeping thread, never the process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

from trueclick.geometry import UsageError

from .errors import CaptureError

T = TypeVar("T")

_Job: TypeAlias = tuple[Callable[[], Any], "Future[Any]"]

_SECOND_CHANCE_S = 0.05

PATIENCE_S = 1.8
"""The longest wait for an answer; with what is done around it an error comes within 2 s."""


class Worker:
    """A thread that makes calls for others until it is stopped.

    Args:
        of: what it works for, as error messages call it: `"the display :99"`.
        patience_s: seconds after which a call that has not come back is given up.
    """

    def __init__(self, of: str, patience_s: float = PATIENCE_S) -> None:
        self._of = of
        self._patience_s = patience_s
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._given_up = False
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
        if os.getpid() != self._owner:
            raise UsageError(f"{self._of} was opened by another process: open it here anew")
        if self._stopped:
            raise UsageError(f"{self._of} was closed here")
        if self._given_up:
            raise self._no_answer()
        done: Future[T] = Future()
        self._jobs.put((work, done))
        try:
            return done.result(self._patience_s)
        except TimeoutError:
            # Once more, shortly: this process may have been the one that was stopped (Ctrl-Z).
            try:
                return done.result(_SECOND_CHANCE_S)
            except TimeoutError:
                if done.done():
                    return done.result()
            self._given_up = True
            raise self._no_answer() from None

    @property
    def given_up(self) -> bool:
        """Whether a call has not come back in time; it may still do so."""
        return self._given_up

    def stop(self) -> None:
        """Let the thread end after the calls made so far; does not wait."""
        self._stopped = True
        self._jobs.put(None)

    def post(self, work: Callable[[], object]) -> None:
        """Have `work` done some time; what comes of it is nobody's affair."""
        self._jobs.put((work, Future()))

    def _no_answer(self) -> CaptureError:
        return CaptureError(
            f"{self._of} has not answered for {self._patience_s:.1f} s: is its server stopped or "
            "overloaded?"
        )


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        work, done = job
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
            done.set_exception(error)
        del job, work, done  # a picture must not live on until the next call
