"""Spare key codes, borrowed for what the layout lacks and given back as they were."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass

from trueclick.capture.x11.connection import Connection
from trueclick.geometry import Refusal

from ..keysyms import typed
from .inbox import Inbox
from .layout import KeyRow, Layout, Stroke
from .ledger import Ledger
from .loans import Symbols, longest_run, new_keys, new_loans, on_a_key, places
from .xkb import Xkb


@dataclass(frozen=True, slots=True)
class Fit:
    """How strokes can be made of which some need a spare code.

    Attributes:
        wanted: for each stroke its key symbol, or `None` if the layout has it.
        loans: what must be mapped first.
        together: whether the keys are down together.
        replaces: whether that takes the place of what a program may have to look up yet.
    """

    wanted: Sequence[int | None]
    loans: Mapping[int, Symbols]
    together: bool
    replaces: bool


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

    def fit(self, wanted: Sequence[int | None]) -> Fit:
        """What to map for strokes that are made one after the other: as many as there is room for.

        Args:
            wanted: for each stroke its key symbol, or `None` if the layout has it.
        """
        levels = len(self._layout.levels)
        fitting = wanted[: longest_run(wanted, self._loans, self.count, levels)]
        return self._fit(fitting, new_loans(fitting, self._loans, self._free, levels))

    def fit_together(self, wanted: Sequence[int | None]) -> Fit:
        """The same for keys that are down together: all of them, each on a code of its own.

        Raises:
            Refusal: if there are not so many codes.
        """
        levels = len(self._layout.levels)
        loans = new_keys(wanted, self._loans, self._free, levels)
        if loans is None:
            lacking = len({keysym for keysym in wanted if keysym is not None})
            raise Refusal(
                f"the keyboard lacks {lacking} of these keys and has room for {self.count} more"
            )
        return self._fit(wanted, loans, together=True)

    def lend(self, fit: Fit) -> list[Stroke | None] | None:
        """Map codes; how to make each stroke, or `None` where the layout has it.

        `None` for all of them if the keyboard has changed since it was looked at. The codes are
        from now on those that were used last.
        """
        if fit.loans and not self._map(fit.loans):
            return None
        made = self._keys(fit.wanted) if fit.together else self._strokes_of(fit.wanted)
        for code in {stroke.code: None for stroke in made if stroke is not None}:
            self._loans[code] = self._loans.pop(code)
        return made

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

    def _fit(
        self, wanted: Sequence[int | None], loans: Mapping[int, Symbols], *, together: bool = False
    ) -> Fit:
        return Fit(wanted, loans, together, not loans.keys().isdisjoint(self._loans))

    def _map(self, loans: Mapping[int, Symbols]) -> bool:
        """Put something onto codes, unless the keyboard has changed: then `False`.

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
        return True

    def _strokes_of(self, wanted: Sequence[int | None]) -> list[Stroke | None]:
        levels = self._layout.levels
        strokes = {
            keysym: Stroke(code, levels[self._loans[code].index(keysym)])
            for keysym, code in places(self._loans, len(levels)).items()
        }
        return [None if keysym is None else strokes[keysym] for keysym in wanted]

    def _keys(self, wanted: Sequence[int | None]) -> list[Stroke | None]:
        levels = len(self._layout.levels)
        codes = {symbols: code for code, symbols in self._loans.items()}
        return [None if k is None else Stroke(codes[on_a_key(k, levels)]) for k in wanted]

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


def _stretches(codes: Collection[int], *, whole: bool) -> list[tuple[int, int]]:
    """The first and the last of all codes, or of each run of neighbours among them."""
    order = sorted(codes)
    if whole and order:
        return [(order[0], order[-1])]
    starts = [code for code in order if code - 1 not in codes]
    ends = [code for code in order if code + 1 not in codes]
    return list(zip(starts, ends, strict=True))
