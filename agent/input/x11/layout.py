"""What a keyboard layout has, as a value: which strokes make which key symbol.

It follows the X Keyboard Extension's protocol: a key has up to four groups (languages) of key
symbols, a group has levels, and the key's type tells which modifiers reach which level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from struct import pack

from ..keysyms import canonical, typed

SHIFT, LOCK, CONTROL = 1, 2, 4
"""The modifiers whose bits the X11 protocol fixes."""

_HELD = (
    *(0xFFE1, 0xFFE2),  # Shift
    *(0xFE03, 0xFE11, 0xFF7E),  # ISO_Level3_Shift, ISO_Level5_Shift, Mode_switch
    *(0xFFE3, 0xFFE4),  # Control
    *(0xFFE9, 0xFFEA, 0xFFE7, 0xFFE8),  # Alt, Meta
    *(0xFFEB, 0xFFEC, 0xFFED, 0xFFEE),  # Super, Hyper
)
"""The key symbols of modifier keys, those to be preferred first."""

_CHOOSES_LEVEL = frozenset({0xFFE1, 0xFFE2, 0xFE03, 0xFE11, 0xFF7E})
"""Those that programs take for a choice of the character rather than for a command."""

_NUM_LOCK = 0xFF7F
_ALT_GR = 0xFE03

LOCKS = frozenset(
    {0xFFE5, 0xFFE6, _NUM_LOCK, 0xFF14, 0xFE05, 0xFE13, 0xFE01, 0xFE08, 0xFE0A, 0xFE0C, 0xFE0E}
)
"""Caps, Shift, Num and Scroll Lock, those of levels 3 and 5, what changes the group for good."""


@dataclass(frozen=True, slots=True)
class KeyType:
    """How modifiers choose among the levels of a group.

    Attributes:
        mask: the modifiers that count.
        levels: the level of each combination of them that is not level 0.
    """

    mask: int
    levels: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What is on a key.

    Attributes:
        groups: for each group its type and the key symbols of its levels.
        beyond: what a group that the key lacks counts as, as the protocol's byte has it.
        packed: all of this as the protocol writes it.
    """

    groups: tuple[tuple[KeyType, tuple[int, ...]], ...]
    beyond: int = 0
    packed: bytes = b""

    @property
    def symbols(self) -> tuple[int, ...]:
        """All key symbols that are on it."""
        return tuple(s for _, level in self.groups for s in level if s)

    def group(self, wanted: int) -> tuple[KeyType, tuple[int, ...]] | None:
        """What the key has in a group, or in the one that counts as it."""
        count = len(self.groups)
        if not count:
            return None
        if wanted >= count:
            if self.beyond & 0x80:  # redirect
                redirected = self.beyond >> 4 & 3
                wanted = redirected if redirected < count else 0
            elif self.beyond & 0x40:  # clamp
                wanted = count - 1
            else:  # wrap
                wanted %= count
        return self.groups[wanted]


@dataclass(frozen=True, slots=True)
class Stroke:
    """How to make a key symbol.

    Attributes:
        code: the key.
        held: the codes of the modifier keys that must be down.
        locked: the modifiers that must be locked meanwhile; all others must not be.
    """

    code: int
    held: tuple[int, ...] = ()
    locked: int = 0


class Layout:
    """A keyboard: its key symbols and modifiers.

    Args:
        rows: what is on each key code.
        modifiers: the modifiers that each key code sets (its row of the modifier map).
        types: the types that its keys can have; the first two are those of one and two levels, as
            the protocol has it.
    """

    def __init__(
        self,
        rows: Mapping[int, KeyRow],
        modifiers: Mapping[int, int],
        types: Sequence[KeyType] = (KeyType(0, {}), KeyType(SHIFT, {SHIFT: 1})),
    ) -> None:
        self.rows = rows
        self.modifiers = modifiers
        self.types = types
        self._places: dict[int, dict[int, Stroke]] = {}

    @cached_property
    def groups(self) -> int:
        """How many groups it has."""
        return max((len(row.groups) for row in self.rows.values()), default=0)

    @cached_property
    def spare(self) -> tuple[int, ...]:
        """The codes that hold nothing."""
        return tuple(
            code
            for code, row in self.rows.items()
            if not self.modifiers.get(code) and not row.symbols
        )

    @cached_property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """The modifier keys that reach each level of a key of our own: one, two or four."""
        if SHIFT not in self._holders:
            return ((),)
        shift = self._holders[SHIFT][0]
        if self._four_levels is None:
            return (), (shift,)
        alt_gr = self._holders[self._level_3][0]
        return (), (shift,), (alt_gr,), (shift, alt_gr)

    def row(self, symbols: Sequence[int]) -> KeyRow:
        """A key that has these on its levels, in every group; no more than `levels`."""
        index, on = len(symbols) - 1, list(symbols)
        if index > 1:
            index = self._four_levels or 0
            on += on[-1:] * (4 - len(on))
        head = pack("=4BBBH", index, 0, 0, 0, 1, len(on), len(on))
        return KeyRow(((self.types[index], tuple(on)),), 1, head + pack(f"={len(on)}I", *on))

    def changed(self, rows: Mapping[int, KeyRow]) -> Layout:
        """The same with something else on some keys."""
        return Layout({**self.rows, **rows}, self.modifiers, self.types)

    def without(self, codes: Collection[int]) -> Layout:
        """The same without some key codes."""
        rows = {code: row for code, row in self.rows.items() if code not in codes}
        return Layout(rows, self.modifiers, self.types)

    def stroke(self, keysym: int, group: int) -> Stroke | None:
        """How to make a key symbol with a group locked and no other modifiers, or `None`."""
        return self._group(group).get(canonical(keysym))

    def best_group(self, keysyms: Iterable[int], current: int) -> int:
        """The group that has the most of some key symbols; of equals the current, then the first.

        Each counts as often as it is there.
        """
        counts = Counter(keysyms)
        order = (current, *(g for g in range(self.groups) if g != current))
        have = {g: sum(n for s, n in counts.items() if self.stroke(s, g)) for g in order}
        return max(order, key=have.__getitem__)

    @cached_property
    def _holders(self) -> Mapping[int, tuple[int, int]]:
        """For each modifier bit the key that sets it while it is down, and its key symbol."""
        found: dict[int, tuple[int, int]] = {}
        first = {
            code: row.groups[0][1][0]
            for code, row in self.rows.items()
            if row.groups and row.groups[0][1]
        }
        for keysym in _HELD:
            for code, bits in self.modifiers.items():
                if first.get(code) == keysym and bits and bits & (bits - 1) == 0:
                    found.setdefault(bits, (code, keysym))
        return found

    @cached_property
    def _level_3(self) -> int:
        """The modifier of AltGr, or 0."""
        return next((bit for bit, (_, keysym) in self._holders.items() if keysym == _ALT_GR), 0)

    @cached_property
    def _four_levels(self) -> int | None:
        """The number of a type whose levels Shift and AltGr choose, and nothing else."""
        alt_gr = self._level_3
        wanted = KeyType(SHIFT | alt_gr, {SHIFT: 1, alt_gr: 2, SHIFT | alt_gr: 3})
        return self.types.index(wanted) if alt_gr and wanted in self.types else None

    @cached_property
    def _num_lock(self) -> int:
        """The modifier that Num Lock locks, or 0."""
        for code, bits in self.modifiers.items():
            row = self.rows.get(code)
            if row is not None and _NUM_LOCK in row.symbols:
                return bits
        return 0

    def _group(self, group: int) -> dict[int, Stroke]:
        if group not in self._places:
            self._places[group] = self._read(group)
        return self._places[group]

    def _read(self, group: int) -> dict[int, Stroke]:
        found: dict[int, tuple[tuple[int, int, int], Stroke]] = {}
        for code, row in self.rows.items():
            here = row.group(group)
            if here is None:
                continue
            kind, keysyms = here
            for mods, level in ((0, 0), *kind.levels.items()):
                if level >= len(keysyms) or not keysyms[level]:
                    continue
                keysym = canonical(keysyms[level])
                stroke = self._reached(code, mods, character=typed(keysym) is not None)
                if stroke is None:
                    continue
                # Few modifiers first; Num Lock before Shift, which would select with the keypad.
                cost = (mods.bit_count(), len(stroke.held), mods)
                if keysym not in found or cost < found[keysym][0]:
                    found[keysym] = cost, stroke
        return {keysym: stroke for keysym, (_, stroke) in found.items()}

    def _reached(self, code: int, mods: int, *, character: bool) -> Stroke | None:
        """The stroke of a key with modifiers, unless a program would take it for a command."""
        locked = mods & self._num_lock
        held: list[int] = []
        for bit in (1 << i for i in range(8)):
            if not bit & mods & ~locked:
                continue
            if bit not in self._holders or bit == LOCK:
                return None
            holder, keysym = self._holders[bit]
            if character and keysym not in _CHOOSES_LEVEL:
                return None
            held.append(holder)
        return Stroke(code, tuple(held), locked)
