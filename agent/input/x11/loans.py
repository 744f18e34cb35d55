"""Which spare key codes get which key symbols.

A code has one, two or four levels, reached without a modifier, with Shift, with AltGr and with
both. As many are used as it takes to have all that a text needs there at once: for each change of
the keyboard every program on the display reads it anew, and `openbox` takes 30 ms for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ..keysyms import character_keysym, typed

Symbols: TypeAlias = tuple[int, ...]
"""The key symbols on a code, level by level."""

_LEVELS = (1, 2, 4)


def longest_run(
    wanted: Sequence[int | None], loans: Mapping[int, Symbols], codes: int, levels: int
) -> int:
    """How many strokes can be made before spare codes must be mapped once more.

    Args:
        wanted: for each stroke its key symbol, or `None` if the layout has it.
        loans: what is on spare codes by now; what is of use stays there.
        codes: how many spare codes there are, with those.
        levels: how many levels of a code can be reached.
    """
    lent = places(loans, levels)
    kept, new = set[int](), set[int]()
    room = levels * codes
    for i, keysym in enumerate(wanted):
        if keysym is None or keysym in new or lent.get(keysym) in kept:
            continue
        if keysym in lent:
            kept.add(lent[keysym])
            room -= levels
        else:
            new.add(keysym)
            room -= 1 if _shares(keysym) else levels
        if room < 0:
            return i
    return len(wanted)


def new_loans(
    wanted: Iterable[int | None], loans: Mapping[int, Symbols], spare: Iterable[int], levels: int
) -> dict[int, Symbols]:
    """What must be mapped before some strokes, on codes that they do not use otherwise.

    Args:
        wanted: as for `longest_run`, and no longer than it says.
        loans: what is on spare codes by now, the longest unused first.
        spare: the codes that hold nothing; they are taken first.
        levels: how many levels of a code can be reached.
    """
    needed = dict.fromkeys(keysym for keysym in wanted if keysym is not None)
    lent = places(loans, levels)
    new = [keysym for keysym in needed if keysym not in lent]
    kept = {lent[keysym] for keysym in needed if keysym in lent}
    sharing = [keysym for keysym in new if _shares(keysym)]
    alone = [(keysym,) for keysym in new if not _shares(keysym)]
    codes = [*spare, *(code for code in loans if code not in kept)]
    room = len(codes) - len(alone)
    each = next((n for n in _LEVELS if n <= levels and len(sharing) <= n * room), levels)
    together = [tuple(sharing[i : i + each]) for i in range(0, len(sharing), each)]
    return dict(zip(codes, [*alone, *together], strict=False))


def new_keys(
    wanted: Iterable[int | None], loans: Mapping[int, Symbols], spare: Iterable[int], levels: int
) -> dict[int, Symbols] | None:
    """The same for keys that are down together, or `None` if they do not all fit.

    Each has a code to itself: the modifiers that reach a level would be taken for a part of the
    combination, and those of the combination would reach for another level. A letter is there as on
    any keyboard, with its capital one above.
    """
    needed = dict.fromkeys(on_a_key(keysym, levels) for keysym in wanted if keysym is not None)
    lent = {symbols: code for code, symbols in loans.items()}
    new = [symbols for symbols in needed if symbols not in lent]
    kept = {lent[symbols] for symbols in needed if symbols in lent}
    codes = [*spare, *(code for code in loans if code not in kept)]
    return dict(zip(codes, new, strict=False)) if len(new) <= len(codes) else None


def places(loans: Mapping[int, Symbols], levels: int) -> dict[int, int]:
    """The code of each key symbol that can be reached; of several the one on the lowest level."""
    found: dict[int, int] = {}
    for level in reversed(range(levels)):
        found |= {on[level]: code for code, on in loans.items() if level < len(on)}
    return found


def on_a_key(keysym: int, levels: int) -> Symbols:
    """What is on a key that is pressed for a key symbol: with a small letter its capital one."""
    character = typed(keysym)
    capital = None if character is None else character.upper()
    if capital is None or len(capital) > 1 or capital == character or levels < 2:
        return (keysym,)
    return keysym, character_keysym(capital)


def _shares(keysym: int) -> bool:
    """Whether it is a character: of other keys programs may ask what else is held."""
    return typed(keysym) is not None
