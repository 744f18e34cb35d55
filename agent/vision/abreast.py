"""Pieces of work done side by side: all of them, or none once one has failed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_GLANCE_S = 0.05


class Together:
    """Tells pieces of work that they are given up, because another has failed or all are to end."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def go_on(self) -> None:
        """Return while the work is wanted; a piece calls it every now and then."""
        if self._over.is_set():
            raise _GivenUpError

    def sleep(self, seconds: float) -> None:
        """Wait, as long as the work is wanted."""
        self._over.wait(seconds)
        self.go_on()

    def give_up(self) -> None:
        """Let all pieces end."""
        self._over.set()


class _GivenUpError(Exception):
    """Ends a piece of work that nobody waits for any more."""


def abreast(
    work: Callable[[T, Together], R],
    items: Sequence[T],
    *,
    most: int,
    go_on: Callable[[], None] | None = None,
) -> list[R]:
    """What comes of each item, in their order. Whatever happens, nothing is left running.

    Args:
        work: makes a result of an item, on a thread of its own; keeps calling `Together.go_on`, or
            an error elsewhere has to wait for it.
        items: what there is to do.
        most: how many at once.
        go_on: called every now and then on the caller's thread; raises what ends it all.

    Raises:
        Exception: of those that pieces failed with the first in the items' order, or what `go_on`
            raises.
    """
    together = Together()
    done: list[Future[R]] = []
    with ThreadPoolExecutor(max(1, min(most, len(items))), "abreast") as pool:
        try:
            done = [pool.submit(work, item, together) for item in items]
            waiting = set(done)
            while waiting and not any(_failed(each) for each in done):
                if go_on is not None:
                    go_on()
                waiting = wait(waiting, _GLANCE_S, FIRST_EXCEPTION).not_done
        finally:
            together.give_up()
            pool.shutdown(wait=False, cancel_futures=True)  # what has begun, the block waits for
    for each in done:
        if (error := _failed(each)) is not None:
            raise error
    return [each.result() for each in done]


def _failed(piece: Future[R]) -> BaseException | None:
    """What a piece failed with by itself, if it did."""
    if not piece.done():
        return None
    try:
        error = piece.exception()
    except CancelledError:
        return None
    return None if isinstance(error, _GivenUpError) else error
