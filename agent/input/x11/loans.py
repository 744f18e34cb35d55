"""Which spare key codes get which key symbols: two a code, without and with Shift.

Two rather than one: a text with many characters that the layout lacks needs half as many changes
of the keyboard, for each of which every program on the display reads it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ..keysyms import typed

Pair: TypeAlias = tuple[int, int]
"""The key symbols of a code without and with Shift; a single one is on both."""


def longest_run(
    wanted: Sequence[int | None], loans: Mapping[int, Pair], codes: int, *, paired: bool = True
) -> int:
    """How many strokes can be made before spare codes must be mapped once more.

    Args:
        wanted: for each stroke its key symbol, or `None` if the layout has it.
        loans: what is on spare codes by now; what is of use stays there.
        codes: how many spare codes there are, with those.
        paired: whether there is a Shift key that chooses between two.
    """
    lent = {keysym: code for code, pair in loans.items() for keysym in pair}
    kept, new = set[int](), set[int]()
    room = 2 * codes
    for i, keysym in enumerate(wanted):
        if keysym is None or keysym in new or lent.get(keysym) in kept:
            continue
        if keysym in lent:
            kept.add(lent[keysym])
            room -= 2
        else:
            new.add(keysym)
            room -= 1 if paired and _shares(keysym) else 2
        if room < 0:
            return i
    return len(wanted)


def new_loans(
    wanted: Iterable[int | None],
    loans: Mapping[int, Pair],
    spare: Iterable[int],
    *,
    paired: bool = True,
) -> dict[int, Pair]:
    """What must be mapped before some strokes, on codes that they do not use otherwise.

    Args:
        wanted: as for `longest_run`, and no longer than it says.
        loans: what is on spare codes by now, the longest unused first.
        spare: the codes that hold nothing; they are taken first.
        paired: whether there is a Shift key that chooses between two.
    """
    symbols = dict.fromkeys(keysym for keysym in wanted if keysym is not None)
    lent = {keysym for pair in loans.values() for keysym in pair}
    new = [keysym for keysym in symbols if keysym not in lent]
    sharing = [keysym for keysym in new if paired and _shares(keysym)]
    alone = [keysym for keysym in new if not (paired and _shares(keysym))]
    pairs = [(keysym, keysym) for keysym in alone]
    if len(sharing) % 2:
        sharing.append(sharing[-1])
    pairs += zip(sharing[::2], sharing[1::2], strict=True)
    idle = (code for code, pair in loans.items() if symbols.keys().isdisjoint(pair))
    return dict(zip((*spare, *idle), pairs, strict=False))


def _shares(keysym: int) -> bool:
    """Whether Shift chooses between it and another: on the keypad's keys Num Lock would."""
    return typed(keysym) is not None
