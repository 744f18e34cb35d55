"""Which spare key codes get which key symbols.

A code has one, two or four levels, reached without a modifier, with Shift, with AltGr and with
both. As many are used as it takes to have all that a text needs there at once: for each change of
the keyboard every program on the display reads it anew, and `openbox` takes 30 ms for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ..keysyms import typed

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
    lent = {keysym: code for code, symbols in loans.items() for keysym in symbols}
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
    lent = {keysym for symbols in loans.values() for keysym in symbols}
    new = [keysym for keysym in needed if keysym not in lent]
    sharing = [keysym for keysym in new if _shares(keysym)]
    alone = [(keysym,) for keysym in new if not _shares(keysym)]
    codes = [*spare, *(code for code, on in loans.items() if needed.keys().isdisjoint(on))]
    room = len(codes) - len(alone)
    each = next((n for n in _LEVELS if n <= levels and len(sharing) <= n * room), levels)
    together = [tuple(sharing[i : i + each]) for i in range(0, len(sharing), each)]
    return dict(zip(codes, [*alone, *together], strict=False))


def _shares(keysym: int) -> bool:
    """Whether it is a character: of other keys programs may ask what else is held."""
    return typed(keysym) is not None
