"""What is written on a picture, and where a text stands among it.

Texts come from the local OCR, so no model is asked. It reads lines; a part of a line has its box
cut out of the line's in proportion to its letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from trueclick.capture import Screenshot, changed_boxes
from trueclick.geometry import Box, Image

from ..local.reader import ScreenReader
from ..local.words import Line, find

if TYPE_CHECKING:
    from trueclick.geometry import Model


@dataclass(frozen=True, slots=True)
class Read:
    """A line of text on a picture, or the part of one that was asked for.

    Attributes:
        text: as it was read; letters that look alike may be mixed up (`0 O`, `1 l I`).
        box: around it, in pixels of the picture.
    """

    text: str
    box: Box[Image]


class TextReader:
    """Reads the text on pictures with the local OCR. Not to be shared between threads.

    It remembers the last picture, for speed alone: of the next one only what has changed is read
    anew. A picture of 1280x800 takes about a second, one of which a line has changed a tenth.

    Args:
        threads: how many share the work; by default one for each core, and at most 4. Beside
            programs that want the cores too, such as other workers of pytest, one is best.
        reader: reads with an OCR that others on this thread use, too, so that it is loaded once.

    Raises:
        MissingExtraError: when the first picture is read and the extra `local` is not installed.
    """

    def __init__(self, threads: int | None = None, *, reader: ScreenReader | None = None) -> None:
        self._threads = threads
        self._reader = reader
        self._shot: Screenshot | None = None
        self._lines: tuple[Read, ...] = ()

    def read(self, shot: Screenshot) -> tuple[Read, ...]:
        """The lines of text on a picture, from top to bottom, then from left to right.

        Raises:
            MissingExtraError: if the extra `local` is not installed.
        """
        known = self._shot
        if known is not None and known.size == shot.size and not changed_boxes(known, shot):
            return self._lines
        if self._reader is None:
            self._reader = ScreenReader(self._threads)
        lines = self._reader.read(np.ascontiguousarray(shot.pixels[..., 2::-1]))
        self._shot, self._lines = shot, tuple(map(_read, lines))
        return self._lines


def find_text(
    wanted: str | re.Pattern[str],
    lines: Iterable[Read],
    *,
    loose: bool = False,
    doubtful: bool = False,
    region: Box[Image] | None = None,
) -> tuple[Read, ...]:
    """Every place where a text stands, cut to the text, in reading order.

    A `str` is looked for as `trueclick.agent.local.words` says, strictest rule first: the whole
    line letter for letter; but for case, spaces and the punctuation around it; whole words of a
    line; then with letters that look alike taken for equal. The first rule that finds anything
    decides, so that "Save" is the button and not the "Save as" beside it.

    A number is found as a whole only: "10" stands in "10 items", "10%" and "$10", not in "105",
    "10.5", "10:30", "2026-10-11" or "1/10". Where pixels do not tell whether it is whole ("-10" may
    be a 10 after a dash; "A-10", "10-B", "10kg", "10 000"), it is found only if `doubtful` says so.
    A sign that is asked for ("-10", "$10", "10%") has to be there.

    A pattern is searched for in each line as it was read, without any of these rules: `10` matches
    in "2010". What it matches without a letter counts as nothing. Python's `re` sets no limit to
    the time that it takes: `(a+)+$` may take for ever.

    Args:
        wanted: the text or a pattern.
        lines: what was read.
        loose: whether one letter of six may be misread as well, if the text is a whole line. Only
            for a `str`.
        doubtful: whether a number is found that may be a part of another one. Only for a `str`.
        region: where the middle of a place has to be; what is elsewhere decides nothing.
    """
    every = tuple(lines)
    if isinstance(wanted, str):
        if not wanted.strip():
            return ()
        part = cast("Box[Model] | None", region)
        texts = tuple(map(line_of, every))
        found = find(wanted, texts, loose=loose, doubtful=doubtful, region=part)
        return tuple(map(_read, found))
    places = inside([place for line in every for place in _matches(wanted, line)], region)
    return tuple(sorted(places, key=lambda place: (place.box.y0, place.box.x0)))


def inside(lines: Sequence[Read], region: Box[Image] | None) -> tuple[Read, ...]:
    """The texts whose middle is in a region; all of them for `None`."""
    return tuple(line for line in lines if region is None or region.contains(line.box.center))


def _matches(pattern: re.Pattern[str], line: Read) -> Iterator[Read]:
    """The parts of a line that a pattern matches."""
    letters, width = max(len(line.text), 1), line.box.width
    for match in pattern.finditer(line.text):
        if not match.group().strip():
            continue
        left = line.box.x0 + width * match.start() // letters
        right = max(line.box.x0 + width * match.end() // letters, left + 1)
        yield Read(match.group(), Box(left, line.box.y0, right, line.box.y1))


# The local model calls the pixels of whatever picture it reads the model's: here they are a
# capture's. Nothing remains of the space at run time.


def _read(line: Line) -> Read:
    return Read(line.text, cast("Box[Image]", line.box))


def line_of(read: Read) -> Line:
    """What the rules of `trueclick.agent.local` are asked about."""
    return Line(read.text, cast("Box[Model]", read.box))
