r"""A call's values as somebody reads them who approves it: what is seen is what is typed.

They are shown as JSON. Letters, digits, marks of punctuation and symbols stand as they are; what
cannot be seen, or looks like something else, stands as its escape (`\u200b`): controls, formats and
directions, joiners, variation selectors, tags, spaces other than the plain one, characters that are
drawn as nothing, marks that are drawn over another character, private and unassigned characters,
letters that are written from right to left, which put what is next to them in another order,
letters in another style (`ｒｍ`, `𝐫𝐦`), and letters of an alphabet that looks like Latin within a
word that has Latin letters (a Cyrillic `а` in `pаypal`).

What is shown belongs to one value alone: a backslash of the value's own is doubled.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

_SEEN = frozenset({"Ll", "Lm", "Lo", "Lt", "Lu", "Nd", "Nl", "No"}) | frozenset(
    {"Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So"}
)
"""General categories of characters that are drawn, each in a place of its own."""

_DRAWN_AS_NOTHING = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159\ufffc")
"""Of these categories all the same: the fillers of Hangul, an empty Braille cell, an empty note,
and what stands for an object."""

_FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})
"""Directions of characters, as the Unicode standard calls them."""

_LIKE_LATIN = ("ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "DESERET", "GREEK", "LISU", "OSAGE")
"""How the names of letters begin that look like Latin ones."""

_WORD = re.compile(r"\w+")


def legible(value: object, encoding: str = "utf-8") -> str:
    """A JSON value as it is read.

    Args:
        value: what JSON can hold.
        encoding: the terminal's; what it does not have is escaped, too.
    """
    text = json.dumps(value, ensure_ascii=False)
    escaped = set(_strangers(text))
    return "".join(
        character
        if index not in escaped and _is_seen(text, index, encoding)
        else _escape(character)
        for index, character in enumerate(text)
    )


def _is_seen(text: str, index: int, encoding: str) -> bool:
    character = text[index]
    if character.isascii():
        return character.isprintable()
    category = unicodedata.category(character)
    if category == "Mc":  # a vowel sign, say: drawn beside its letter
        seen = index > 0 and unicodedata.category(text[index - 1]) in {"Lo", "Mc"}
    else:
        seen = category in _SEEN and character not in _DRAWN_AS_NOTHING
    return (
        seen
        and unicodedata.bidirectional(character) not in _FROM_THE_RIGHT
        and not _is_another_style(character, category)
        and _has(encoding, character)
    )


def _is_another_style(character: str, category: str) -> bool:
    """Whether a letter or digit is a plain one in another style."""
    return category[0] in "LN" and unicodedata.normalize("NFKC", character).isascii()


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _strangers(text: str) -> list[int]:
    """Where letters stand that look like Latin ones, in words that have some of those."""
    if text.isascii():
        return []
    found: list[int] = []
    for word in _WORD.finditer(text):
        names = [unicodedata.name(character, "") for character in word[0]]
        if any(name.startswith("LATIN ") for name in names):
            found += [
                word.start() + index
                for index, name in enumerate(names)
                if name.startswith(_LIKE_LATIN)
            ]
    return found


def _escape(character: str) -> str:
    r"""`\u202e`, or a pair of them, as JSON writes it."""
    return json.dumps(character)[1:-1]


def shortly(
    values: Mapping[str, object], shown: str, most: int, encoding: str = "utf-8"
) -> str | None:
    """What repeats the length and the beginning of values that take long to read, or `None`.

    Args:
        values: of a call.
        shown: they, as they are shown.
        most: characters that are seen at a glance.
        encoding: the terminal's.
    """
    if len(shown) <= most:
        return None
    text = max((v for v in values.values() if isinstance(v, str)), key=len, default=shown)
    lines = text.count("\n") + 1
    told = f"{len(text):,} characters" + (f" in {lines} lines" if lines > 1 else "")
    return f"{told}, beginning with {legible(text[:_BEGINNING], encoding)}"


_BEGINNING = 50
