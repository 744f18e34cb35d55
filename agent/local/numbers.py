"""Where a number ends, and what may only look so: pure functions of a text.

`10` stands in `10 items`, `(10)`, `10%` and `$10`; there is none in `105`, `10.5`, `1,10`, `10:30`,
`2026-10-11`, `1/10` or `10²`. In between is what a reader of pixels cannot know: a minus that may
be a dash (`-10`, `- 10`, `A-10`, `10-B`), a space that was not read (`10kg`), groups of digits
(`10 000`), a point without anything before it (`.10`).
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

End: TypeAlias = Literal["certain", "doubtful", "none"]
"""Whether a number ends somewhere: it does, nobody can tell, or it goes on."""

MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014", "-"))
"""What is drawn like a minus, and read as one or as a dash."""

_BEFORE, _AFTER = "+-#<>", "%‰°"

_CURRENCY = "$\xa2-\xa5\u0e3f\u17db\u20a0-\u20cf\ufdfc\uff04\uffe0\uffe1\uffe5\uffe6"
_CURRENCIES = re.compile(f"[{_CURRENCY}]")

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")

_JOINTS = r"[.,:;/'’_·^×⁄*-]"
"""Between digits they make one number, date, time or fraction of two."""

_JOINED_BEFORE, _JOINED_AFTER = re.compile(rf"\d{_JOINTS}$"), re.compile(rf"{_JOINTS}\d")
_SIGNS = re.compile(rf"(?:[+#<>{_CURRENCY}]\s*)+$")
_MINUS_BEFORE, _DASH_BEFORE = re.compile(r"-\s*$"), re.compile(r"\w\s+-\s+$")
_ODD_BEFORE = re.compile(r"(?:^|\s)[.,]$|\w\+$")
_ODD_AFTER = re.compile(r"-|\s[.,]\d")
_LAST_GROUP, _GROUP = re.compile(r"(?<!\d)\d{1,3}$"), re.compile(r"\d{3}(?!\d)")


def with_signs(text: str, first: int, end: int) -> tuple[int, int]:
    """The part of a text without spaces that has the signs, too, of a number at its ends.

    A sign before it is `+`, `-`, `#`, `<`, `>` or a currency's, one after it `%`, `‰`, `°` or a
    currency's.
    """
    if text[first].isdigit():
        while first and _is_sign(text[first - 1], _BEFORE):
            first -= 1
    if text[end - 1].isdigit():
        while end < len(text) and _is_sign(text[end], _AFTER):
            end += 1
    return first, end


def begins(text: str, index: int) -> End:
    """Whether a number may begin in a text at `index`, where a digit or its sign stands."""
    left, here = text[:index].translate(MINUS), text[index].translate(MINUS)
    before = left[-1:]
    if before.isdigit() or (here.isalnum() and _JOINED_BEFORE.search(left)):
        return "none"
    if _is_lettered(before):
        return "doubtful"
    if here in "+-":
        return "certain"
    bare = _SIGNS.sub("", left)
    minus = _MINUS_BEFORE.search(bare) and not _DASH_BEFORE.search(bare)
    return (
        "doubtful" if minus or _ODD_BEFORE.search(left) or _is_grouped(text, index) else "certain"
    )


def ends(text: str, index: int) -> End:
    """Whether a number may end in a text before `index`, where a digit or its sign stands."""
    right, last = text[index:].translate(MINUS), text[index - 1]
    after = right[:1]
    if after.isdigit() or (last.isalnum() and _JOINED_AFTER.match(right)):
        return "none"
    if _is_lettered(after):
        return "doubtful"
    return "doubtful" if _ODD_AFTER.match(right) or _is_grouped(text, index + 1) else "certain"


def is_unspaced(letter: str) -> bool:
    """Whether it is of a script that puts no spaces between words: Chinese, Japanese, Thai."""
    return _UNSPACED.match(letter) is not None


def _is_lettered(letter: str) -> bool:
    return letter.isalnum() and not is_unspaced(letter)


def _is_grouped(text: str, index: int) -> bool:
    """Whether a space before `index` may part the groups of one number, as in `10 000`."""
    if not 1 < index < len(text) or not text[index - 1].isspace():
        return False
    return bool(_LAST_GROUP.search(text, 0, index - 1) and _GROUP.match(text, index))


def _is_sign(letter: str, signs: str) -> bool:
    return letter.translate(MINUS) in signs or _CURRENCIES.match(letter) is not None
