"""The screen just before a call, for the trace: painted, scaled and packed beside the run.

No action waits for it. A picture is taken by the call that needs it anyway; all that is made of it
is made by one thread of its own, from a small queue: what does not fit is left out, rather than
that the run waits or its memory fills. Measured beside a page full of text: an action takes 2 to 3
ms more of some 57, and the end of a turn waits 10 to 35 ms for what is still in work.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

from trueclick.capture import EncodedImage
from trueclick.geometry import Box, Model

from .events import Event, Faulted, Glimpsed

MOST_WAITING = 4
"""Pictures of a display that wait to be packed; one more is in work."""

PATIENCE_S = 5.0
"""For which the last pictures of a turn are waited for: packing one takes some 30 ms."""

_NICE = 10
"""Packing takes both of two processors; what the run does meanwhile comes first."""

Packed: TypeAlias = tuple[EncodedImage, tuple[Box[Model], ...]]
"""A picture, and what is painted over in it that no screenshot has told of yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """The screen at one moment.

    Attributes:
        still: whether it had come to rest.
        packed: makes the picture of it; takes its time, and may be called on any thread.
    """

    still: bool
    packed: Callable[[], Packed]


class Glimpses:
    """Packs glimpses in the order in which they are taken. A context manager: then all is over.

    Attributes:
        call: the id of the call that the next glimpse belongs to.
    """

    def __init__(self) -> None:
        self.call = ""
        self._queue: queue.Queue[_Taken | None] = queue.Queue(MOST_WAITING)
        self._taken: deque[_Taken] = deque()
        self._thread: threading.Thread | None = None
        self._failed = False

    def take(self, glimpse: Glimpse) -> None:
        """Pack a glimpse some time soon; return at once."""
        taken = _Taken(self.call, glimpse)
        try:
            if self._thread is None:
                # A daemon: a picture that is never finished must not keep the program.
                thread = threading.Thread(target=self._work, name="glimpses", daemon=True)
                thread.start()
                self._thread = thread
            self._queue.put_nowait(taken)
        except (queue.Full, RuntimeError):  # too many pictures, or threads
            return
        self._taken.append(taken)

    def ready(self, wait_s: float = 0.0) -> Iterator[Event]:
        """What is to be told of glimpses by now, in order; of what went wrong only once.

        Args:
            wait_s: for all that were taken so far; those that take longer are left out.
        """
        until = time.monotonic() + wait_s
        while self._taken:
            if not self._taken[0].done.wait(max(until - time.monotonic(), 0.0)):
                if wait_s:
                    self._taken.clear()
                    yield from self._fault("packing it took too long")
                return
            taken = self._taken.popleft()
            if taken.told is not None:
                yield taken.told
            else:
                yield from self._fault(taken.error)

    def close(self) -> None:
        """Let the thread end, and wait for that, but not for ever."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            while True:
                self._queue.get_nowait()
        except queue.Empty:
            self._queue.put(None)
        thread.join(PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _work(self) -> None:
        if sys.platform == "linux":  # where a thread, and what it starts, has a place of its own
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (taken := self._queue.get()) is not None:
            taken.pack()

    def _fault(self, why: str) -> Iterator[Faulted]:
        if not self._failed:
            self._failed = True
            yield Faulted("program", f"a picture of the screen before a call was lost: {why}")


class _Taken:
    """A glimpse on its way.

    Attributes:
        done: whether it is packed, or that failed.
        told: what is told of it then, or `None` if it failed.
        error: why it failed.
    """

    def __init__(self, call: str, glimpse: Glimpse) -> None:
        self.done = threading.Event()
        self.told: Glimpsed | None = None
        self.error = ""
        self._call = call
        self._glimpse: Glimpse | None = glimpse

    def pack(self) -> None:
        """Make the picture, and let go of the display's memory that it was in."""
        glimpse, self._glimpse = self._glimpse, None
        try:
            if glimpse is not None:
                picture, hidden = glimpse.packed()
                self.told = Glimpsed(self._call, picture, glimpse.still, hidden)
        except Exception as error:  # noqa: BLE001 - told, in a word: it may hold anything
            self.error = type(error).__name__
        finally:
            self.done.set()
