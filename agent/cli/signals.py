"""A signal ends the command in order: what was started is ended, a second signal changes nothing.

A signal raises `Stopped` wherever the program happens to be. That may be a callback out of
compiled code, which can lose it: pydantic makes an ordinary error of it, an object's finaliser
prints and drops it. So it is raised again, soon after, until it is seen on its way up.

Another thread that finds a reason to stop raises it in the main thread by a signal as well:
whatever the program waits for there is interrupted.
"""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
from collections.abc import Generator
from types import FrameType

from typing_extensions import override

_AGAIN_S = 0.05

_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_SENT_BY = {
    "SIGINT": "Ctrl-C (SIGINT)",
    "SIGTERM": "a request to end (SIGTERM)",
    "SIGHUP": "a hang-up (SIGHUP): the terminal was closed",
}

_ALARM = getattr(signal, "SIGALRM", None)
"""What raises it again; Windows has none."""


class Stopped(BaseException):
    """A signal asked the program to end; passes by every `except Exception`.

    Attributes:
        number: the signal's.
        stop: what else is known of it.
    """

    def __init__(self, number: int, stop: Stop) -> None:
        super().__init__(number)
        self.number = number
        self.stop = stop

    @override
    def __str__(self) -> str:
        """What came of it, in one line."""
        words = "stopped" if self.stop.reason is None else f"stopped: {self.stop.reason}"
        if self.stop.reason is None and self.number != signal.SIGINT:  # Ctrl-C is no news
            words = f"stopped {self.stop.why}"
        return "; ".join(filter(None, [words, self.stop.afterwards]))


@contextlib.contextmanager
def ending_in_order() -> Generator[Stop]:
    """Inside of the block the first signal to end raises `Stopped`; further ones do nothing."""
    stop = Stop()
    handled = (*_ENDING, *([] if _ALARM is None else [_ALARM]))
    before = [(number, signal.getsignal(number)) for number in handled]
    for number in _ENDING:
        signal.signal(number, stop.asked)
    try:
        yield stop
        stop.insist()  # swallowed, and the block was over before it could be raised again
    except Exception as error:
        stop.insist(error)
        raise
    finally:
        if _ALARM is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before:
            signal.signal(number, handler)


class Stop:
    """The one stop of a program.

    Attributes:
        reason: why, if it was no signal from outside.
        afterwards: what the program has seen to on its way out.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self.afterwards: str | None = None
        self._number: int | None = None

    @property
    def why(self) -> str:
        """Why, in words."""
        if self.reason is not None or self._number is None:
            return self.reason or "interrupted"
        name = signal.Signals(self._number).name
        return f"by {_SENT_BY.get(name, name)}"

    def request(self, reason: str) -> None:
        """Stop the program as Ctrl-C does; any thread may call this."""
        self.reason = self.reason or reason
        if sys.platform == "win32":
            _thread.interrupt_main()
        else:  # what the main thread waits for in the system is interrupted too
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def asked(self, number: int, frame: FrameType | None) -> None:
        """Stop for the first time: the handler of the signals that ask for it."""
        del frame
        self._number = number
        for later in _ENDING:
            signal.signal(later, signal.SIG_IGN)
        if _ALARM is not None:
            signal.signal(_ALARM, self._again)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S, _AGAIN_S)
        raise Stopped(number, self)

    def insist(self, instead: Exception | None = None) -> None:
        """Stop now, if it was asked for, whatever came of it."""
        if self._number is not None:
            raise Stopped(self._number, self) from instead

    def _again(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if not _on_its_way():
            self.insist()


def _on_its_way() -> bool:
    """Whether `Stopped` is being handled: what runs then is the tidying up."""
    handled = sys.exception()
    while handled is not None:
        if isinstance(handled, Stopped):
            return True
        handled = handled.__context__
    return False
