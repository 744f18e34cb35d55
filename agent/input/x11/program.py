"""Whether the programs that keys were sent to have read them.

A program looks up what a key means when it reads the stroke, not when it was made: before a key is
mapped anew, it must have caught up. So it is asked something, and its answer comes after all that
it was sent before. One that takes part in `_NET_WM_PING` (Extended Window Manager Hints), as GTK,
Qt and Chromium do, is asked for that. Any other is asked for a selection that nobody owns: Tk
refuses it, which is an answer. Those that say nothing, such as `xterm`, are given time.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from trueclick.capture import Clock
from trueclick.capture.x11.connection import Connection, atom, library, root_window

from .inbox import Inbox

_NOWHERE, _POINTER_ROOT = range(2)
"""The focus is on no window, or on the one under the pointer."""

_DEEPEST = 64
"""Windows inside of windows; real ones are some five."""

_MOST_ATOMS = 64

_SILENT_S = 0.3
_SILENT_STROKE_S = 0.002
_SILENT_MOST_S = 3.0
"""What a program gets that may never answer, and more for each stroke; `xterm` needs a fifth."""

_UNKNOWN_S = 0.1
"""How long the first answer of a program is hoped for that need not give one."""

_ANSWERING_S = 3.0
"""And a further one of a program that has given one."""


@dataclass(slots=True)
class _Reader:
    """A window that keys were sent to, and that may not have read them.

    Attributes:
        pings: whether it is sure to answer.
        busy_until: when it should have read what was sent, at a slow program's pace.
        time_until: when it has had its time to look up borrowed codes, if it should not answer.
        hope_until: until when it is worth while to wait for its answer.
        question: the number of the question that waits for an answer, if any.
    """

    pings: bool
    busy_until: float = 0.0
    time_until: float = 0.0
    hope_until: float = 0.0
    question: int | None = None


class Programs:
    """The programs that get the keys."""

    def __init__(self, connection: Connection, inbox: Inbox, clock: Clock) -> None:
        self._core = connection.core
        self._inbox = inbox
        self._clock = clock
        self._root = root_window(connection)
        self._xproto = library("xcffib.xproto")
        self._protocols = atom(connection, "WM_PROTOCOLS")
        self._ping = atom(connection, "_NET_WM_PING")
        self._nothing = atom(connection, "_TRUECLICK_NOTHING")
        self._window = connection.generate_id()
        kind = self._xproto.WindowClass.InputOnly
        self._core.CreateWindow(0, self._window, self._root, 0, 0, 1, 1, 0, kind, 0, 0, [])
        # Of their own: window managers and other clients number their questions, too.
        self._number = secrets.randbits(30)
        self._readers: dict[int, _Reader] = {}
        self._answering = set[int]()
        self._silent = set[int]()
        self._listening: int | None = None

    def sent(self, strokes: int, *, borrowed: bool) -> None:
        """Note that strokes were sent to the window in front, and whether of borrowed codes."""
        focus = int(self._core.GetInputFocus().reply().focus)
        if focus == _NOWHERE:
            return  # the server throws keys away
        window, pings = self._to_ask(self._pointed() if focus == _POINTER_ROOT else focus)
        reader = self._readers.setdefault(window, _Reader(pings))
        reader.question = None
        now = self._clock.now()
        reader.busy_until = max(now, reader.busy_until) + _SILENT_STROKE_S * strokes
        unknown_s = 0.0 if window in self._silent else _UNKNOWN_S
        reader.hope_until = now + (_ANSWERING_S if window in self._answering else unknown_s)
        if borrowed:
            reader.time_until = min(reader.busy_until + _SILENT_S, now + _SILENT_MOST_S)

    def unanswered(self) -> bool:
        """Whether one that answers has not read all; asks, and does not wait."""
        self._look()
        now = self._clock.now()
        return any(reader.pings or now < reader.hope_until for reader in self._readers.values())

    def behind(self) -> bool:
        """Whether one may look up a borrowed code yet; asks, and does not wait."""
        self._look()
        return bool(self._readers)

    def _look(self) -> None:
        """Ask who was not asked, and forget who has answered, had its time or is gone."""
        now, answers = self._clock.now(), self._inbox.answers()
        for window, reader in list(self._readers.items()):
            if reader.question in answers:
                self._answering.add(window)
                self._silent.discard(window)
                del self._readers[window]
            elif reader.question is None:
                if not self._ask(window):
                    del self._readers[window]
            elif not reader.pings and now >= max(reader.time_until, reader.hope_until):
                self._answering.discard(window)
                self._silent.add(window)
                del self._readers[window]
        self._listen(on=any(reader.pings for reader in self._readers.values()))

    def _ask(self, window: int) -> bool:
        """Send a question to a window that is still there."""
        reader = self._readers[window]
        self._listen(on=reader.pings or self._listening is not None)
        self._number = (self._number + 1) & 0x7FFFFFFF
        # No event mask: to the program that made the window.
        event = self._pinged(window) if reader.pings else self._asked_for_nothing(window)
        try:
            self._core.SendEvent(False, window, 0, event, is_checked=True).check()
        except self._xproto.WindowError:
            return False
        reader.question = self._number
        return True

    def _pinged(self, window: int) -> bytes:
        numbers = [self._ping, self._number, window, 0, 0]
        data = self._xproto.ClientMessageData.synthetic(numbers, "IIIII")
        event = self._xproto.ClientMessageEvent.synthetic(32, window, self._protocols, data)
        return bytes(event.pack())

    def _asked_for_nothing(self, window: int) -> bytes:
        event = self._xproto.SelectionRequestEvent.synthetic(
            self._number, window, self._window, self._nothing, self._nothing, self._nothing
        )
        return bytes(event.pack())

    def _listen(self, *, on: bool) -> None:
        """Have answers sent to us: they go to whoever watches the root window's children.

        No longer than there are questions: every other event there is would wait to be read.
        """
        if on == (self._listening is not None):
            return
        if on:
            attributes = self._core.GetWindowAttributes(self._root).reply()
            self._listening = int(attributes.your_event_mask)
            mask = self._listening | self._xproto.EventMask.SubstructureNotify
        else:
            mask, self._listening = self._listening, None
        self._core.ChangeWindowAttributes(self._root, self._xproto.CW.EventMask, [mask])

    def _to_ask(self, window: int) -> tuple[int, bool]:
        """The window around `window`, or itself, that answers questions, and whether there is one.

        Toolkits give the focus to a window inside of the one that they tell the world of.
        """
        at = window
        for _ in range(_DEEPEST):
            if at in {0, self._root}:
                break
            try:
                if self._ping in self._numbers(at, self._protocols):
                    return at, True
                at = int(self._core.QueryTree(at).reply().parent)
            except self._xproto.WindowError:
                break
        return window, False

    def _numbers(self, window: int, name: int) -> list[int]:
        kind = self._xproto.Atom.ATOM
        answer: Any = self._core.GetProperty(False, window, name, kind, 0, _MOST_ATOMS).reply()
        return [int(number) for number in answer.value.to_atoms()] if answer.value_len else []

    def _pointed(self) -> int:
        """The innermost window under the pointer."""
        window = self._root
        for _ in range(_DEEPEST):
            try:
                child = int(self._core.QueryPointer(window).reply().child)
            except self._xproto.WindowError:
                break
            if not child:
                break
            window = child
        return window
