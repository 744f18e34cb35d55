"""The keyboard's state and layout, through the X Keyboard Extension that every X.Org server has."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from struct import pack
from typing import Any

from trueclick.capture import CaptureError
from trueclick.capture.x11.connection import Connection, extension, library

from .layout import KeyRow, KeyType, Layout
from .ledger import Ledger

_CORE_KEYBOARD = 0x100
"""The extension's number for the keyboard that programs get their keys from."""

_TYPES, _SYMBOLS, _MODIFIERS = 1, 2, 4
"""The parts of a keyboard's description that are asked for."""

_NEW_KEYBOARD, _MAP = 1, 2
"""The events that tell of another layout, and of changes to parts of it."""

_DEVICES = 40
"""More than there are on a machine; they are numbered from 2."""

_SET_MAP = 9
_RECOMPUTE_ACTIONS = 2

_ALL = 0xFF


class Xkb:
    """The extension, on a connection.

    Raises:
        CaptureError: if the server has it not.
    """

    def __init__(self, connection: Connection) -> None:
        self._xkb: Any = extension(connection, "xkb")
        if self._xkb is None:
            raise CaptureError("the X server lacks its keyboard extension (XKEYBOARD)")
        self._xkb.UseExtension(1, 0).reply()  # it answers nothing else before

        # A client that uses the extension is told of nothing unless it asks.
        self._xkb.SelectEvents(
            _CORE_KEYBOARD, _NEW_KEYBOARD | _MAP, 0, _NEW_KEYBOARD, _ALL, _ALL, []
        )

    def layout(self) -> Layout:
        """The layout as it is now."""
        parts = _TYPES | _SYMBOLS | _MODIFIERS
        answer = self._xkb.GetMap(_CORE_KEYBOARD, parts, 0, *[0] * 15).reply()
        kinds: list[KeyType] = [
            KeyType(kind.mods_mask, {e.mods_mask: e.level for e in kind.map if e.active})
            for kind in answer.types_rtrn
        ]
        rows: dict[int, KeyRow] = {}
        for code, key in enumerate(answer.syms_rtrn, answer.firstKeySym):
            keysyms: list[int] = list(key.syms)
            width: int = key.width
            kind_of: list[int] = list(key.kt_index)
            groups = tuple(
                (kinds[kind_of[g]], tuple(keysyms[g * width : (g + 1) * width]))
                for g in range(key.groupInfo & 0xF)
            )
            rows[code] = KeyRow(groups, key.groupInfo, bytes(key.pack()))
        modifiers = {entry.keycode: entry.mods for entry in answer.modmap_rtrn}
        return Layout(rows, modifiers, kinds)

    def alike(self, layout: Layout) -> bool:
        """Whether all keyboards of the server, ours among them, have the keys of `layout`.

        A change of what programs get their keys from is made to each of them.
        """
        xcffib = library("xcffib")
        wanted = [row.packed for row in layout.rows.values()]
        ask = self._xkb.GetMap
        answers = [ask(device, _SYMBOLS, 0, *[0] * 15) for device in range(_DEVICES)]
        for answer in answers:
            try:
                keys = answer.reply().syms_rtrn
            except (LookupError, xcffib.ProtocolException, xcffib.Error):
                continue  # no device, or none with keys; xcffib may have no name for the error
            if [bytes(key.pack()) for key in keys] != wanted:
                return False
        return True

    def change(self, rows: Sequence[KeyRow], first: int, *, actions: bool) -> None:
        """Put something else onto keys, from the code `first` on.

        Packed here: xcffib's own way to say it takes no values.

        Args:
            rows: what is on each key from then on.
            first: the code of the first of them.
            actions: whether one of them does something, or did, as a modifier key does.
        """
        symbols = sum(len(row.packed) // 4 - 2 for row in rows)
        # What no row of keys tells of has no first and no number.
        nothing = bytes(18)
        head = pack(
            "=xx2xHHHBBBBBBH",
            *(_CORE_KEYBOARD, _SYMBOLS, _RECOMPUTE_ACTIONS if actions else 0),
            *(first, first + len(rows) - 1, 0, 0, first, len(rows), symbols),
        )
        buffer = BytesIO(head + nothing + b"".join(row.packed for row in rows))
        self._xkb.send_request(_SET_MAP, buffer)

    def locked(self) -> tuple[int, int]:
        """The modifiers and the group that are locked."""
        state = self._xkb.GetState(_CORE_KEYBOARD).reply()
        return int(state.lockedMods), int(state.lockedGroup)

    def lock(self, modifiers: int, group: int) -> None:
        """Lock these modifiers, no others, and a group."""
        self._xkb.LatchLockState(_CORE_KEYBOARD, _ALL, modifiers, True, group, 0, False, 0)


class Locks:
    """The locked modifiers and group, changed for a while and given back."""

    def __init__(self, xkb: Xkb, ledger: Ledger) -> None:
        self._xkb = xkb
        self._ledger = ledger
        self._before: tuple[int, int] | None = None

    def before(self) -> tuple[int, int]:
        """What was locked before `set`, or is if nothing is set."""
        return self._xkb.locked() if self._before is None else self._before

    def set(self, modifiers: int, group: int) -> None:
        """Lock these modifiers alone, and a group, until `give_back`; may be said again."""
        if self._before is None:
            before = self._xkb.locked()
            if before == (modifiers, group):
                return
            self._ledger.locks(before)
            self._before = before
        self._xkb.lock(modifiers, group)

    def give_back(self) -> None:
        """Lock again what was locked before, if anything was changed."""
        if self._before is None:
            return
        self._xkb.lock(*self._before)
        self._xkb.locked()  # the server has done it
        self._before = None
        self._ledger.locks(None)
