"""Where a phrase stands among the lines that were read.

The rule, in this order; the first that finds anything decides:

1. the line is the phrase, letter for letter;
2. the line is the phrase but for case, spaces and the punctuation around it;
3. the phrase is whole words of a line;
4. the same as 2 and 3, where letters that look alike (`0 O`, `1 l I`, accents) count as equal;
5. about one letter in six was misread (not for what a step expects to see), but no digit: another
   number is another thing.

A number is whole as a word is: 42 is no part of 42.17, nor is -10 found where 10 stands.

A phrase that the deciding rule finds more than once is not guessed at: see `planner.py`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trueclick.geometry import Box, Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on the screen and the box around it."""

    text: str
    box: Box[Model]


def find(phrase: str, lines: Sequence[Line], *, loose: bool = True) -> tuple[Line, ...]:
    """Every place where the phrase stands, cut to the phrase, in reading order.

    Args:
        phrase: what to look for.
        lines: what was read.
        loose: whether a misread letter is forgiven.
    """
    rules: list[Callable[[Line], Iterator[Line]]] = [
        lambda line: iter([line] if line.text.strip() == phrase.strip() else []),
        lambda line: iter([line] if _same(phrase, line.text, _plain) else []),
        lambda line: _within(phrase, line, _plain),
        lambda line: iter([line] if _same(phrase, line.text, _alike) else []),
        lambda line: _within(phrase, line, _alike),
    ]
    if loose:
        rules.append(lambda line: iter([line] if _misread(phrase, line.text) else []))
    for rule in rules:
        found = [place for line in lines for place in rule(line)]
        if found:
            return tuple(sorted(found, key=lambda line: (line.box.y0, line.box.x0)))
    return ()


def nearest(phrase: str, lines: Sequence[Line], count: int = 3) -> tuple[str, ...]:
    """The texts most like the phrase, best first, without those that have little in common."""
    wanted = _key(phrase, _alike)
    scored = sorted(
        (_distance(wanted, key) / max(len(wanted), len(key)), line.text.strip())
        for line in lines
        if (key := _key(line.text, _alike))
    )
    close = (text for score, text in scored if score <= 0.6)
    return tuple(dict.fromkeys(close))[:count]


_MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014", "-"))


def _plain(letter: str) -> str:
    return letter.casefold().translate(_MINUS)


# ß is read as B, and so on: letters that OCR mixes up in the fonts of user interfaces.
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "ß": "b", "5": "s"})


def _alike(letter: str) -> str:
    bare = unicodedata.normalize("NFKD", letter)[:1]
    return bare.translate(_LOOKALIKES).casefold().translate(_LOOKALIKES).translate(_MINUS)


def _key(text: str, fold: Callable[[str], str]) -> str:
    """The letters that count; a text of punctuation alone counts as it stands."""
    letters = _letters(text)
    return "".join(fold(letter) for letter in letters) or text.strip()


def _letters(text: str) -> str:
    """`text` without spaces and without the punctuation around it; a number keeps its sign."""
    tight = "".join(text.split())
    inside = [index for index, letter in enumerate(tight) if letter.isalnum()]
    if not inside:
        return ""
    first = inside[0]
    signed = tight[first].isdigit() and tight[max(first - 1, 0)].translate(_MINUS) in "+-"
    return tight[first - signed : inside[-1] + 1]


def _same(phrase: str, text: str, fold: Callable[[str], str]) -> bool:
    return _key(phrase, fold) == _key(text, fold)


def _within(phrase: str, line: Line, fold: Callable[[str], str]) -> Iterator[Line]:
    """The phrase as whole words of the line, each cut out in proportion to its letters."""
    wanted = _key(phrase, fold)
    places = [index for index, letter in enumerate(line.text) if not letter.isspace()]
    folded: list[str] = []
    origin: list[int] = []
    for index in places:
        for letter in fold(line.text[index]):
            folded.append(letter)
            origin.append(index)
    text = "".join(folded)
    start = text.find(wanted)
    while wanted and start >= 0:
        first, last = origin[start], origin[start + len(wanted) - 1]
        if _parts(line.text, first) and _parts(line.text, last + 1):
            yield Line(line.text[first : last + 1], _cut(line, first, last + 1))
        start = text.find(wanted, start + 1)


_NUMBER_GOES_ON = re.compile(r"\d[.,]\d")


def _parts(text: str, index: int) -> bool:
    """Whether a word ends before `index`; OCR at times loses a space, as in `StandardExpress`."""
    if index in {0, len(text)}:
        return True
    before, after = text[index - 1], text[index]
    if _NUMBER_GOES_ON.fullmatch(text[max(index - 2, 0) : index + 1]) or (
        _NUMBER_GOES_ON.fullmatch(text[index - 1 : index + 2])
    ):
        return False
    if before.isalnum() and after.isalnum():
        return before.islower() and after.isupper()
    return True


def _cut(line: Line, first: int, last: int) -> Box[Model]:
    width, letters = line.box.width, max(len(line.text), 1)
    x0 = line.box.x0 + width * first // letters
    x1 = line.box.x0 + width * last // letters
    return Box(x0, line.box.y0, max(x1, x0 + 1), line.box.y1)


_NUMBER = re.compile(r"\d+")


def _misread(phrase: str, text: str) -> bool:
    wanted, got = _key(phrase, _alike), _key(text, _alike)
    allowed = len(wanted) // 6
    if abs(len(wanted) - len(got)) > allowed or _distance(wanted, got) > allowed:
        return False
    numbers = [_key(number, _alike) for number in _NUMBER.findall(phrase)]
    read = [_key(number, _alike) for number in _NUMBER.findall(text)] if numbers else []
    return all(n in got for n in numbers) and all(n in wanted for n in read)


def _distance(one: str, other: str) -> int:
    """How many letters to add, drop or change to get from one text to the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, against in enumerate(other, start=1):
            cost = diagonal + (letter != against)
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, cost)
    return row[-1]
