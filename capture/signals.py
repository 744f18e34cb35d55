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
    handlers = [(number, signal.getsignal(number)) for number in _SIGNALS]
    ours = [(number, handler) for number, handler in handlers if callable(handler)]
    try:
        for number, _ in ours:
            signal.signal(number, lambda number, _: caught.append(number))
        yield
    finally:
        for number, handler in ours:
            signal.signal(number, handler)
        for arrived in caught:
            signal.raise_signal(arrived)
