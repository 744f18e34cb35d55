"""Waiting for the disk, beside whoever writes: that takes from a millisecond to a second."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

_LATER_S = 0.05
"""The thread looks for work by itself: to wake it would cost whoever asks a millisecond, on a
machine that has more to do than processors."""


class Syncing:
    """Lets what was written reach the disk, on a thread of its own.

    What is asked for once is done before the next time begins, so that whoever asks after each
    turn knows of every turn but the last that it is on the disk.

    Args:
        sync: returns once all that was written by now is on the disk.
    """

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._wanted = False
        self._idle = threading.Event()
        self._idle.set()
        self._hurry = threading.Event()
        self._error: Exception | None = None
        self._over = False
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Let what was written reach the disk soon; wait for what was asked for before.

        Raises:
            OSError: if that did not reach it.
        """
        self.wait()
        self._idle.clear()
        self._wanted = True
        if self._thread is not None:
            return
        # A daemon: what hangs in the disk must not keep the program as well.
        thread = threading.Thread(target=self._work, name="trace", daemon=True)
        try:
            thread.start()
            self._thread = thread
        except RuntimeError:  # there is no room for it
            self._do()
            self.wait()

    def wait(self) -> None:
        """Return once all that was asked for is done.

        Raises:
            OSError: if it could not be.
        """
        if not self._idle.is_set():
            self._hurry.set()
            self._idle.wait()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def close(self) -> None:
        """Let the thread end; what failed is not told any more."""
        thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(Exception):
                self.wait()
            self._over = True
            self._hurry.set()
            thread.join()

    def _work(self) -> None:
        while not self._over:
            self._hurry.wait(_LATER_S)
            self._hurry.clear()
            if self._wanted:
                self._do()

    def _do(self) -> None:
        self._wanted = False
        try:
            self._sync()
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            self._error = error
        finally:
            self._idle.set()
