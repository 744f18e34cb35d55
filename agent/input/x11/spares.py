"""Spare key codes, borrowed for what the layout lacks and given back as they were."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Generator, Mapping, Sequence

from trueclick.capture.x11.connection import Connection

from ..keysyms import typed
from .inbox import Inbox
from .layout import KeyRow, Layout, Stroke
from .ledger import Ledger
from .loans import Symbols, longest_run, new_loans
from .xkb import Xkb


class Spares:
    """The codes of a server that hold nothing, or what was put on them here.

    Args:
        connection: to the server.
        xkb: changes the keys.
        ledger: told of each code before it is changed.
        inbox: where the server tells of changes.
    """

    def __init__(self, connection: Connection, xkb: Xkb, ledger: Ledger, inbox: Inbox) -> None:
        self._connection = connection
        self._xkb = xkb
        self._ledger = ledger
        self._inbox = inbox
        self._layout = Layout({}, {})
        self._loans: dict[int, Symbols] = {}
        self._before: dict[int, KeyRow] = {}
        self._strokes: dict[int, Stroke] = {}
        self._free: tuple[int, ...] = ()
        self._alike = False

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
        for code, symbols in list(self._loans.items()):
            row = layout.rows.get(code)
            if row is None or not row.groups or row.groups[0][1][: len(symbols)] != symbols:
                del self._loans[code]
                self._ledger.borrowed(code, used=False)
        self._layout = layout
        self._alike = self._xkb.alike(layout)
        self._free = layout.spare
        self._find_strokes()

    def longest_run(self, wanted: Sequence[int | None]) -> int:
        """How many strokes can be made before codes must be mapped once more."""
        return longest_run(wanted, self._loans, self.count, len(self._layout.levels))

    def needed(self, wanted: Sequence[int | None]) -> Mapping[int, Symbols]:
        """What must be mapped before some strokes, no more than `longest_run` says."""
        return new_loans(wanted, self._loans, self._free, len(self._layout.levels))

    def strokes(self, wanted: Sequence[int | None]) -> list[Stroke | None]:
        """How to make what was mapped; the codes are from now on those that were used last."""
        made = [None if keysym is None else self._strokes.get(keysym) for keysym in wanted]
        for code in {stroke.code: None for stroke in made if stroke is not None}:
            self._loans[code] = self._loans.pop(code)
        return made

    def lend(self, loans: Mapping[int, Symbols]) -> bool:
        """Map codes, unless the keyboard has changed since it was looked at: then `False`.

        Nobody else gets at the server in between, so no two clients take one code.
        """
        with self._alone():
            if self._inbox.remapped():
                self._inbox.note_remapped()
                return False
            for code in loans:
                self._ledger.borrowed(code, used=True)
                self._before.setdefault(code, self._layout.rows[code])
            self._change({code: self._layout.row(on) for code, on in loans.items()})
        for code, symbols in loans.items():
            self._loans.pop(code, None)
            self._loans[code] = symbols
        self._free = tuple(code for code in self._free if code not in self._loans)
        self._find_strokes()
        return True

    def restore(self) -> None:
        """Empty the codes again; one that holds something else by now is left alone."""
        if not self._loans:
            return
        with self._alone():
            if self._inbox.remapped():
                self.take_stock(self._xkb.layout())
            self._change({code: self._before[code] for code in self._loans})
        for code in self._loans:
            self._ledger.borrowed(code, used=False)
        self._loans.clear()
        self._before.clear()
        self._strokes.clear()

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """Inside of the block no other client is served: it lasts about a millisecond."""
        self._connection.core.GrabServer()
        try:
            self._connection.core.GetInputFocus().reply()
            yield
        finally:
            self._connection.core.UngrabServer()
            self._connection.flush()

    def _change(self, rows: Mapping[int, KeyRow]) -> None:
        """Change keys in one request, so that programs are told once.

        It says again what is on the keys in between. Where keyboards differ that would make them
        alike, so there is one request for each run of neighbours.
        """
        old = [self._layout.rows[code] for code in rows]
        actions = any(typed(s) is None for row in (*old, *rows.values()) for s in row.symbols)
        self._layout = self._layout.changed(rows)
        for first, last in _stretches(rows, whole=self._alike):
            stretch = [self._layout.rows[code] for code in range(first, last + 1)]
            self._xkb.change(stretch, first, actions=actions)
        self._connection.core.GetInputFocus().reply()
        self._inbox.remapped()  # by us

    def _find_strokes(self) -> None:
        levels = self._layout.levels
        self._strokes = {
            keysym: Stroke(code, held)
            for code, symbols in self._loans.items()
            for keysym, held in zip(symbols, levels, strict=False)
        }


def _stretches(codes: Collection[int], *, whole: bool) -> list[tuple[int, int]]:
    """The first and the last of all codes, or of each run of neighbours among them."""
    order = sorted(codes)
    if whole and order:
        return [(order[0], order[-1])]
    starts = [code for code in order if code - 1 not in codes]
    ends = [code for code in order if code + 1 not in codes]
    return list(zip(starts, ends, strict=True))
