"""What must be undone on an X server: one byte for each key, button and borrowed key code.

The bytes may lie in memory that another process reads once this one is dead. So each is written
before what it stands for is sent, and erased only when the server has said that it is undone: a
request that was sent shortly before the death of its sender is thrown away unread.
"""

from __future__ import annotations

from mmap import mmap
from typing import TypeAlias

from .releaser import BORROWED, BUTTONS, KEYS, LOCKS, SIZE

_UP, _DOWN, _LIFTED = range(3)
"""Of a key or a button: `_LIFTED` is let up, but the server has not said so yet."""

Memory: TypeAlias = bytearray | mmap

__all__ = ["SIZE", "Ledger", "Memory"]


class Ledger:
    """What this process has pressed and changed, written down before it happens.

    So whoever tidies up undoes something once too often at worst, and forgets nothing.

    Args:
        memory: `SIZE` bytes, all zero.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def key(self, code: int, *, down: bool) -> None:
        """Note that a key is about to go down, or was let up."""
        self._memory[KEYS + code] = _DOWN if down else _LIFTED

    def button(self, number: int, *, down: bool) -> None:
        """Note that a button is about to go down, or was let up."""
        self._memory[BUTTONS + number] = _DOWN if down else _LIFTED

    def confirmed(self) -> None:
        """Note that the server has handled all that was sent."""
        while (at := self._memory.find(bytes((_LIFTED,)), KEYS, BORROWED)) >= 0:
            self._memory[at] = _UP

    def borrowed(self, code: int, *, used: bool) -> None:
        """Note that a spare key code is about to get a symbol, or is empty again."""
        self._memory[BORROWED + code] = used

    def locks(self, before: tuple[int, int] | None) -> None:
        """Note the locked modifiers and group that must be given back, or that they have been."""
        if before is None:
            self._memory[LOCKS] = 0
            return
        # The numbers first: with the mark before them, death in between would give back zeros.
        self._memory[LOCKS + 1 : LOCKS + 3] = bytes(before)
        self._memory[LOCKS] = 1

    def keys_down(self) -> list[int]:
        """The key codes that are down."""
        return [code for code in range(256) if self._memory[KEYS + code] == _DOWN]

    def buttons_down(self) -> list[int]:
        """The buttons that are down."""
        return [number for number in range(16) if self._memory[BUTTONS + number] == _DOWN]

    def unconfirmed(self) -> bool:
        """Whether something was let up of which the server has not said that it has handled it."""
        return self._memory.find(bytes((_LIFTED,)), KEYS, BORROWED) >= 0

    def is_empty(self) -> bool:
        """Whether nothing is left to undo."""
        return not any(self._memory[KEYS : LOCKS + 1])

    def copy(self) -> bytes:
        """The bytes as they are now."""
        return bytes(self._memory[:SIZE])
