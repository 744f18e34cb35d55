"""Holding back signals where one would leave something behind."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Generator

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM")
    if hasattr(signal, name)
)


@contextlib.contextmanager
def uninterrupted() -> Generator[None]:
    """Hold back the process's own signal handlers until the end of the block.

    Between the start of a program and the moment when somebody is sure to end it, a Ctrl-C would
    leave it behind. Python runs handlers in the main thread alone; elsewhere nothing is held back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    # Each step of the way back is taken even if a handler raises in an earlier one.
    with contextlib.ExitStack() as back:
        back.callback(lambda: [back.callback(signal.raise_signal, number) for number in caught])
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                back.callback(signal.signal, number, handler)
                signal.signal(number, lambda number, _: caught.append(number))
        yield
