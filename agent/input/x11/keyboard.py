"""Which physical keys make a character, on the keyboard layout that an X server has.

A character that the layout lacks is put onto a spare key code first. It stays there for the
session, for a program looks a key up only when it handles the stroke: taking the mapping away
too early would change what was typed. `restore` puts everything back as it was.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from trueclick.capture import Clock
from trueclick.geometry import Refusal

from ..keys import RETURN, TAB, Key, character_key
from .faking import Faker

_SHIFT_L = 0xFFE1

_SEEN_S = 0.05
"""Programs are told of a changed mapping by an event, and read it before the next stroke."""

_DRAINED_S = 0.25
"""How long programs get to handle what was typed before its mapping is replaced."""


class Keyboard:
    """The key codes of an X server and the symbols on them."""

    def __init__(self, connection: Any, faker: Faker, clock: Clock) -> None:
        self._connection = connection
        self._faker = faker
        self._clock = clock
        setup = connection.get_setup()
        self._first: int = setup.min_keycode
        count = setup.max_keycode - self._first + 1
        answer = connection.core.GetKeyboardMapping(self._first, count).reply()
        self._width: int = answer.keysyms_per_keycode
        symbols = [int(symbol) for symbol in answer.keysyms]
        rows = [symbols[i : i + self._width] for i in range(0, len(symbols), self._width)]
        self._places: dict[int, tuple[int, bool]] = {}
        # Unshifted places first: a character that has one needs no shift key.
        for level, shifted in ((0, False), (1, True)):
            for offset, row in enumerate(rows):
                if level < len(row) and row[level]:
                    self._places.setdefault(row[level], (self._first + offset, shifted))
        self._spare = [self._first + i for i, row in enumerate(rows) if not any(row)]
        self._borrowed: dict[int, int] = {}

    def press(self, keys: Sequence[Key]) -> list[int]:
        """Push keys down, in order; the codes of those that were not down before.

        Raises:
            Refusal: if a key is nowhere and there is no spare code to put it on; none is down then.
        """
        pressed: list[int] = []
        for code in [code for key in keys for code in self.stroke(key)]:
            if code not in pressed:
                self._faker.key(code, down=True)
                pressed.append(code)
        return pressed

    def release(self, codes: Sequence[int]) -> None:
        """Let keys up, the last first."""
        for code in reversed(codes):
            self._faker.key(code, down=False)

    def typing(self, text: str) -> Generator[float]:
        """Type a text bit by bit; after each bit the seconds to wait before the next.

        Whoever stops early closes the generator.
        """
        keys = [_typed(character) for character in text.replace("\r\n", "\n")]
        for group in self.groups(keys):
            for key in group:
                self.release(self.press([key]))
                yield 0.0

    def stroke(self, key: Key) -> tuple[int, ...]:
        """The key codes that together make `key`, in the order in which they are pressed.

        Raises:
            Refusal: if the key is nowhere and there is no spare code to put it on.
        """
        self._map([key])
        if key.keysym in self._borrowed:
            return (self._borrowed[key.keysym],)
        code, shifted = self._places[key.keysym]
        return (self._places[_SHIFT_L][0], code) if shifted else (code,)

    def groups(self, keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
        """The keys in order, in runs that can be typed on one mapping, each mapped beforehand."""
        start = 0
        missing = set[int]()
        for i, key in enumerate(keys):
            lacks = key.keysym not in self._places and key.keysym not in missing
            if lacks and len(missing) == len(self._spare):
                self._map(keys[start:i])
                yield keys[start:i]
                start, missing = i, set[int]()
            if lacks:
                missing.add(key.keysym)
        self._map(keys[start:])
        yield keys[start:]

    def restore(self) -> None:
        """Empty the spare key codes again."""
        if self._borrowed:
            self._clock.sleep(_DRAINED_S)
        for code in self._borrowed.values():
            self._change(code, 0)
        self._borrowed.clear()

    def _map(self, keys: Sequence[Key]) -> None:
        """Put what the layout lacks of `keys` onto spare codes."""
        wanted = {key.keysym: key for key in keys if key.keysym not in self._places}
        missing = [keysym for keysym in wanted if keysym not in self._borrowed]
        if not missing:
            return
        free = [code for code in self._spare if code not in self._borrowed.values()]
        if len(missing) > len(free):
            idle = [keysym for keysym in self._borrowed if keysym not in wanted]
            if len(missing) > len(free) + len(idle):
                raise Refusal(
                    f"{len(wanted)} characters are not on the keyboard, "
                    f"which has {len(self._spare)} spare keys"
                )
            self._clock.sleep(_DRAINED_S)
            free += [self._borrowed.pop(keysym) for keysym in idle[: len(missing) - len(free)]]
        for keysym, code in zip(missing, free, strict=False):
            self._change(code, keysym)
            self._borrowed[keysym] = code
        self._connection.flush()
        self._clock.sleep(_SEEN_S)

    def _change(self, code: int, keysym: int) -> None:
        # The same symbol with and without shift: a stuck or locked shift cannot change it.
        self._connection.core.ChangeKeyboardMapping(1, code, 2, [keysym, keysym])


def _typed(character: str) -> Key:
    return {"\n": RETURN, "\r": RETURN, "\t": TAB}.get(character) or character_key(character)
