"""Spare key codes, borrowed for what the layout lacks and given back as they were."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Generator, Mapping, Sequence

from trueclick.capture.x11.connection import Connection

from .inbox import Inbox
from .layout import Layout, Stroke
from .ledger import Ledger
from .loans import Pair, longest_run, new_loans

_NOTHING: Pair = (0, 0)


class Spares:
    """The codes of a server that hold nothing, or what was put on them here.

    Args:
        connection: to the server.
        ledger: told of each code before it is changed.
        inbox: where the server tells of changes.
    """

    def __init__(self, connection: Connection, ledger: Ledger, inbox: Inbox) -> None:
        self._connection = connection
        self._ledger = ledger
        self._inbox = inbox
        self._loans: dict[int, Pair] = {}
        self._strokes: dict[int, Stroke] = {}
        self._free: tuple[int, ...] = ()
        self._shift: tuple[int, ...] = ()

    @property
    def codes(self) -> Collection[int]:
        """The codes that are borrowed."""
        return self._loans.keys()

    @property
    def count(self) -> int:
        """How many codes there are, borrowed or not."""
        return len(self._loans) + len(self._free)

    def take_stock(self, layout: Layout) -> None:
        """Look at the keyboard as it is now: what of ours somebody else has changed is theirs."""
        for code, pair in list(self._loans.items()):
            if not _holds(layout, code, pair):
                del self._loans[code]
                self._ledger.borrowed(code, used=False)
        self._free = layout.spare
        self._shift = () if layout.shift is None else (layout.shift,)
        self._find_strokes()

    def longest_run(self, wanted: Sequence[int | None]) -> int:
        """How many strokes can be made before codes must be mapped once more."""
        return longest_run(wanted, self._loans, self.count, paired=bool(self._shift))

    def needed(self, wanted: Sequence[int | None]) -> Mapping[int, Pair]:
        """What must be mapped before some strokes, no more than `longest_run` says."""
        return new_loans(wanted, self._loans, self._free, paired=bool(self._shift))

    def strokes(self, wanted: Sequence[int | None]) -> list[Stroke | None]:
        """How to make what was mapped; the codes are from now on those that were used last."""
        made = [None if keysym is None else self._strokes.get(keysym) for keysym in wanted]
        for code in {stroke.code: None for stroke in made if stroke is not None}:
            self._loans[code] = self._loans.pop(code)
        return made

    def lend(self, pairs: Mapping[int, Pair]) -> bool:
        """Map codes, unless the keyboard has changed since it was looked at: then `False`.

        Nobody else gets at the server in between, so no two clients take one code.
        """
        with self._alone():
            if self._inbox.remapped():
                return False
            for code, pair in pairs.items():
                self._ledger.borrowed(code, used=True)
                self._change(code, pair)
                self._loans.pop(code, None)
                self._loans[code] = pair
            self._connection.core.GetInputFocus().reply()
            self._inbox.remapped()  # by us
        self._free = tuple(code for code in self._free if code not in self._loans)
        self._find_strokes()
        return True

    def restore(self) -> None:
        """Empty the codes again; one that holds something else by now is left alone."""
        if not self._loans:
            return
        with self._alone():
            for code, pair in self._loans.items():
                if self._on(code) == pair:
                    self._change(code, _NOTHING)
            self._connection.core.GetInputFocus().reply()  # the server has done it
        for code in self._loans:
            self._ledger.borrowed(code, used=False)
        self._loans.clear()
        self._strokes.clear()

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """Inside of the block no other client is served: it lasts well under a millisecond."""
        self._connection.core.GrabServer()
        try:
            self._connection.core.GetInputFocus().reply()
            yield
        finally:
            self._connection.core.UngrabServer()
            self._connection.flush()

    def _on(self, code: int) -> Pair:
        first, second = self._connection.core.GetKeyboardMapping(code, 1).reply().keysyms[:2]
        return int(first), int(second)

    def _change(self, code: int, pair: Pair) -> None:
        self._connection.core.ChangeKeyboardMapping(1, code, len(pair), list(pair))

    def _find_strokes(self) -> None:
        """Those without Shift win, where a symbol is on both levels."""
        self._strokes = {pair[1]: Stroke(code, self._shift) for code, pair in self._loans.items()}
        self._strokes |= {pair[0]: Stroke(code) for code, pair in self._loans.items()}


def _holds(layout: Layout, code: int, pair: Pair) -> bool:
    row = layout.rows.get(code)
    return row is not None and bool(row.groups) and row.groups[0][1][:2] == pair
