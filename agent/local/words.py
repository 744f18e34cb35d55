"""Where a phrase stands among the lines that were read.

The rule, in this order; the first that finds anything decides:

1. the line is the phrase, letter for letter;
2. the line is the phrase but for case, spaces and the punctuation around it;
3. the phrase is whole words of a line;
4. the same as 2 and 3, where letters that look alike (`0 O`, `1 l I`, accents) count as equal;
5. about one letter in six was misread (not for what a step expects to see), but no
   number.

A number is whole as a word is: `numbers.py` says where one ends. What is asked for with a sign
(`-10`, `$10`, `10%`) has to have it, and of a number at least one digit must have been read as one:
15 is not found in "This is". Where nobody can tell whether a number goes on, as in `-10`, of which
the minus may be a dash, it depends on what follows from it: for a text that has to be there, 10 is
not found; for one that must not be there (`doubtful`), it is.

A phrase that the deciding rule finds more than once is not guessed at: see `planner.py`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trueclick.geometry import Box, Model

from .numbers import MINUS, begins, ends, is_unspaced, with_signs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on the screen and the box around it."""

    text: str
    box: Box[Model]


def find(
    phrase: str,
    lines: Sequence[Line],
    *,
    loose: bool = True,
    doubtful: bool = False,
    region: Box[Model] | None = None,
) -> tuple[Line, ...]:
    """Every place where the phrase stands, cut to the phrase, in reading order.

    Args:
        phrase: what to look for.
        lines: what was read.
        loose: whether a misread letter is forgiven.
        doubtful: whether a number is found, too, that may be a part of another one: for what must
            not be there.
        region: where the middle of a place has to be; a place elsewhere decides nothing.
    """
    phrase = unicodedata.normalize("NFC", phrase)
    rules: list[Callable[[Line], Iterator[Line]]] = [
        lambda line: iter([line] if line.text.strip() == phrase.strip() else []),
        *(
            functools.partial(rule, phrase, fold=fold, doubtful=doubtful)
            for fold in (_plain, _alike)
            for rule in (_whole, _within)
        ),
    ]
    if loose:
        rules.append(lambda line: iter([line] if _misread(phrase, line.text) else []))
    for rule in rules:
        found = [
            place
            for line in lines
            for place in rule(line)
            if region is None or region.contains(place.box.center)
        ]
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


_READ = frozenset(
    {"LATIN", "GREEK", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "FULLWIDTH", "HALFWIDTH"}
)
"""Scripts that the OCR's model can write, by the first word of a letter's name in Unicode."""


def unread(text: str) -> str | None:
    """A script, such as `"Cyrillic"`, of which letters stand in a text that OCR never reads.

    A text that cannot be read would be missing from each screen.
    """
    for letter in unicodedata.normalize("NFKC", text):
        script = unicodedata.name(letter, "unknown").partition(" ")[0]
        if unicodedata.category(letter) in {"Lu", "Ll", "Lo"} and script not in _READ:
            return script.title()
    return None


_OTHER_SIGNS = ("<super>", "<sub>", "<fraction>", "<circle>")
"""What means something else than the letter that it looks like: 10² is not 102."""


def _plain(letter: str) -> str:
    if not letter.isascii() and not unicodedata.decomposition(letter).startswith(_OTHER_SIGNS):
        letter = unicodedata.normalize("NFKC", letter)  # OCR reads °C as one letter
    return letter.casefold().translate(MINUS)


# ß is read as B, and so on: letters that OCR mixes up in the fonts of user interfaces.
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "ß": "b", "5": "s"})


def _alike(letter: str) -> str:
    if not letter.isascii() and letter != "ß":
        parts = unicodedata.normalize("NFD", _plain(letter))
        letter = "".join(part for part in parts if not unicodedata.combining(part))
    return letter.translate(_LOOKALIKES).casefold().translate(_LOOKALIKES)


@dataclass(frozen=True, slots=True)
class _Folded:
    """The letters of a text that count, each with its place there."""

    text: str
    letters: str
    origin: tuple[int, ...]

    @classmethod
    def of(cls, text: str, fold: Callable[[str], str], first: int, end: int) -> _Folded:
        places = [
            (letter, index)
            for index in range(first, end)
            if not text[index].isspace()
            for letter in fold(text[index])
        ]
        return cls(text, "".join(letter for letter, _ in places), tuple(at for _, at in places))


def _key(text: str, fold: Callable[[str], str]) -> str:
    """The letters that count."""
    return _wanted(text, fold).letters


def _wanted(text: str, fold: Callable[[str], str]) -> _Folded:
    """A text without spaces and the punctuation around it; that alone counts as it stands."""
    tight = "".join(text.split())
    inside = [index for index, letter in enumerate(tight) if letter.isalnum()]
    if not inside:
        return _Folded.of(text, lambda letter: letter, 0, len(text))
    first, end = with_signs(tight, inside[0], inside[-1] + 1)
    places = [index for index, letter in enumerate(text) if not letter.isspace()]
    return _Folded.of(text, fold, places[first], places[end - 1] + 1)


def _whole(
    phrase: str, line: Line, *, fold: Callable[[str], str], doubtful: bool
) -> Iterator[Line]:
    """The line, if it is the phrase but for spaces and the punctuation around it."""
    for first, end in _places(phrase, line.text, fold, doubtful=doubtful, whole=True):
        if not any(letter.isalnum() for letter in line.text[:first] + line.text[end:]):
            yield line
            return


def _within(
    phrase: str, line: Line, *, fold: Callable[[str], str], doubtful: bool
) -> Iterator[Line]:
    """The phrase as whole words of the line, each cut out in proportion to its letters."""
    for first, end in _places(phrase, line.text, fold, doubtful=doubtful):
        yield Line(line.text[first:end], _cut(line, first, end))


def _places(
    phrase: str,
    text: str,
    fold: Callable[[str], str],
    *,
    doubtful: bool,
    whole: bool = False,
) -> Iterator[tuple[int, int]]:
    """From where to where the phrase stands in a text.

    Args:
        phrase: what to look for.
        text: where.
        fold: what makes letters equal.
        doubtful: whether what may be part of another number counts.
        whole: whether it is all of the text: then a 5 may be an S if that may be doubted.
    """
    wanted, read = _wanted(phrase, fold), _Folded.of(text, fold, 0, len(text))
    count = len(wanted.letters)
    start = read.letters.find(wanted.letters) if count else -1
    while start >= 0:
        origin = read.origin[start : start + count]
        first, end = origin[0], origin[-1] + 1
        numbers = (
            _numbers_kept(wanted.text, wanted.origin, text, origin, doubtful=doubtful)
            and _numbers_kept(text, origin, wanted.text, wanted.origin, doubtful=doubtful)
        ) or (doubtful and whole)
        if numbers and _is_apart(text, first, end, wanted, doubtful=doubtful):
            yield first, end
        start = read.letters.find(wanted.letters, start + 1)


def _numbers_kept(
    one: str, places: Sequence[int], other: str, others: Sequence[int], *, doubtful: bool
) -> bool:
    """Whether each number of a text stands in another one, too, in one piece and with a digit.

    Args:
        one: a text with numbers.
        places: of its letters that count.
        other: the text that was found equal.
        others: the places of the same letters there.
        doubtful: whether a number may be in several pieces.
    """
    for run in _DIGITS.finditer(one):
        at = [
            others[number]
            for number, place in enumerate(places)
            if run.start() <= place < run.end()
        ]
        if not at:
            continue
        piece = other[at[0] : at[-1] + 1]
        if not _DIGITS.search(piece) or (not doubtful and len(piece.split()) > 1):
            return False
    return True


def _is_apart(text: str, first: int, end: int, wanted: _Folded, *, doubtful: bool) -> bool:
    """Whether words and numbers part before `first` and before `end`, where a phrase stands."""
    allowed = ("certain", "doubtful") if doubtful else ("certain",)
    edges = wanted.text[wanted.origin[0]], wanted.text[wanted.origin[-1]]
    sign = any(letter.isalnum() for letter in wanted.letters)  # what is not, is a number's
    ours = text[first], text[end - 1]
    at_first, at_end = (
        edge.isdigit() or our.isdigit() or (sign and not edge.isalnum())
        for edge, our in zip(edges, ours, strict=True)
    )
    starts = begins(text, first) in allowed if at_first else _parts(text, first)
    return starts and (ends(text, end) in allowed if at_end else _parts(text, end))


def _parts(text: str, index: int) -> bool:
    """Whether a word ends before `index`; OCR at times loses a space, as in `StandardExpress`."""
    if index in {0, len(text)}:
        return True
    before, after = text[index - 1], text[index]
    if before.isalnum() and after.isalnum() and not (is_unspaced(before) or is_unspaced(after)):
        return before.islower() and after.isupper()
    return True


def _cut(line: Line, first: int, last: int) -> Box[Model]:
    width, letters = line.box.width, max(len(line.text), 1)
    x0 = line.box.x0 + width * first // letters
    x1 = line.box.x0 + width * last // letters
    return Box(x0, line.box.y0, max(x1, x0 + 1), line.box.y1)


_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"(?:(?<!\w)-\s*)?\d+(?:[.,:/-]\d+)*")


def _misread(phrase: str, text: str) -> bool:
    wanted, got = _key(phrase, _alike), _key(text, _alike)
    allowed = len(wanted) // 6
    if abs(len(wanted) - len(got)) > allowed or _distance(wanted, got) > allowed:
        return False
    numbers, read = (
        [_key(number, _alike) for number in _NUMBER.findall(each.translate(MINUS))]
        for each in (phrase, text)
    )
    return not numbers or (all(n in got for n in numbers) and all(n in wanted for n in read))


def _distance(one: str, other: str) -> int:
    """How many letters to add, drop or change to get from one text to the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        diagonal, row[0] = row[0], i
        for j, against in enumerate(other, start=1):
            cost = diagonal + (letter != against)
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, cost)
    return row[-1]
