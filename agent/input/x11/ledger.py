"""What must be undone on an X server: one byte for each key, button and borrowed key code."""

from __future__ import annotations

KEYS = 0
BUTTONS = 256
BORROWED = 272
LOCKS = 528
"""Where each part begins; `LOCKS` holds whether they were changed, the modifiers, the group."""

SIZE = 531


class Ledger:
    """What this process has pressed and changed, written down before it happens.

    So whoever tidies up undoes something once too often at worst, and forgets nothing.

    Args:
        memory: `SIZE` bytes, all zero.
    """

    def __init__(self, memory: bytearray) -> None:
        self._memory = memory

    def key(self, code: int, *, down: bool) -> None:
        """Note that a key is about to go down, or is up again."""
        self._memory[KEYS + code] = down

    def button(self, number: int, *, down: bool) -> None:
        """Note that a button is about to go down, or is up again."""
        self._memory[BUTTONS + number] = down

    def borrowed(self, code: int, *, used: bool) -> None:
        """Note that a spare key code is about to get a symbol, or is empty again."""
        self._memory[BORROWED + code] = used

    def locks(self, before: tuple[int, int] | None) -> None:
        """Note the locked modifiers and group that must be given back, or that they have been."""
        modifiers, group = before or (0, 0)
        self._memory[LOCKS : LOCKS + 3] = bytes((before is not None, modifiers, group))

    def keys_down(self) -> list[int]:
        """The key codes that are down."""
        return [code for code in range(256) if self._memory[KEYS + code]]

    def buttons_down(self) -> list[int]:
        """The buttons that are down."""
        return [number for number in range(16) if self._memory[BUTTONS + number]]
