r"""Text of the model's or the screen's as it is shown: nothing in it is unseen or steers anything.

Controls, formats and directions, halves of characters, private and unassigned characters, and what
is drawn as nothing stand as their escapes (`\u202e`). Letters of any script stay as they are.
"""

from __future__ import annotations

import re
import unicodedata

_KEPT = frozenset("\n\t")

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""General categories of characters that are not drawn."""

_DRAWN_AS_NOTHING = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159\ufffc")
"""Empty all the same: fillers of Hangul, a Braille cell, a note, what stands for an object."""

_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")


def visible(text: str) -> str:
    r"""A text with its line ends and tabs, in which all else that is not seen is escaped.

    A line that ends in `\r\n` ends in `\n`.
    """
    text = text.replace("\r\n", "\n")
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_escaped(each) if is_unseen(each) else each for each in text)


def beginning(text: str, most: int) -> str:
    """A text made `visible`, of which at most so many characters are told, and how many are not.

    What a trace tells may be millions of characters long, which no browser lays out in time.
    """
    rest = len(text) - most
    return visible(text) if rest <= 0 else f"{visible(text[:most])}… {rest:,} more characters"


def is_unseen(character: str) -> bool:
    """Whether a character is escaped."""
    return character not in _KEPT and (
        unicodedata.category(character) in _UNSEEN or character in _DRAWN_AS_NOTHING
    )


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
