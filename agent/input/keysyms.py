"""The names of X11's key symbols, and the character that each one types.

The facts are in `keysyms.csv`: every name of `keysymdef.h` and `XF86keysym.h` (X.Org), its number
in hexadecimal, and the code point where X.Org calls a number from before Unicode the same
character (what it only likens to one is left out). Read when first needed: 1 to 2 ms.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_UNICODE = 0x01000000
"""Added to a code point beyond Latin-1 it gives the key symbol (X11 protocol, appendix A)."""

_LAST_CODE_POINT = 0x10FFFF


@dataclass(frozen=True, slots=True)
class _Table:
    by_name: dict[str, int]
    folded: dict[str, str]
    """The name as X writes it, of its case-folded form; of two that differ in case the lower."""
    code_points: dict[int, int]


def character_keysym(character: str) -> int:
    """The key symbol of a character, as `canonical` gives it."""
    code = ord(character)
    latin_1 = 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFF
    return code if latin_1 else _UNICODE + code


def canonical(keysym: int) -> int:
    """The one number for all key symbols that are the same character; others as they are.

    A `ru` layout has U+0444 as `Cyrillic_ef`, 6C6; what a text asks for is 1000444.
    """
    character = typed(keysym)
    return keysym if character is None else character_keysym(character)


def typed(keysym: int) -> str | None:
    """The character that a key symbol is, or `None`: the keypad's and dead keys are none."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if _UNICODE < keysym <= _UNICODE + _LAST_CODE_POINT:
        return chr(keysym - _UNICODE)
    code = _table().code_points.get(keysym)
    return None if code is None else chr(code)


def find_name(name: str) -> tuple[str, int] | None:
    """The name of a key symbol as X writes it and its number; exactly if it is there, or folded.

    So `Eacute` is the capital letter, `eacute` and `EACUTE` are the small one.
    """
    table = _table()
    if name not in table.by_name:
        name = table.folded.get(name.casefold(), "")
    keysym = table.by_name.get(name)
    return None if keysym is None else (name, keysym)


def all_names() -> Collection[str]:
    """Every name, as X writes it."""
    return _table().by_name.keys()


@cache
def _table() -> _Table:
    text = Path(__file__).with_name("keysyms.csv").read_text(encoding="ascii")
    by_name: dict[str, int] = {}
    folded: dict[str, str] = {}
    code_points: dict[int, int] = {}
    for line in text.splitlines()[1:]:
        name, number, code_point = line.split(",")
        keysym = by_name[name] = int(number, 16)
        if code_point:
            code_points[keysym] = int(code_point, 16)
        # Lower case sorts after upper case.
        fold = name.casefold()
        folded[fold] = max(name, folded.get(fold, ""))
    return _Table(by_name, folded, code_points)
