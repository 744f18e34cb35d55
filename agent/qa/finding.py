"""Which place on a picture is meant by a text. Pure: values in, values out.

A text that stands there more than once is not guessed at, unless another one is named that it is
near to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trueclick.geometry import Box, Image, UsageError

from ..escape import printable
from ..local.words import nearest, unread
from .reading import Read, find_text, inside, line_of

Wanted: TypeAlias = str | re.Pattern[str]
"""A text, or a pattern that a line of text is searched for."""

_ROW = 4
"""So many pixels further along a row are as near as one further down: labels share a row."""

_MOST = 5
"""Places, or texts, that a sentence names."""

_LONGEST = 60
"""Characters of a text that a sentence repeats."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and where.

    Attributes:
        wanted: the text or the pattern.
        near: another text; of several places the one nearest to it is meant.
        region: the part of the display in which it has to be; `None` for all of it.
        loose: whether a letter of six may be misread.
        doubtful: whether a number counts that may be a part of another one: for what must not be
            there.

    Raises:
        UsageError: if a text is empty, or has letters that the local OCR never reads.
    """

    wanted: Wanted
    near: Wanted | None = None
    region: Box[Image] | None = None
    loose: bool = False
    doubtful: bool = False

    def __post_init__(self) -> None:
        for wanted in (self.wanted, *([] if self.near is None else [self.near])):
            text: object = getattr(wanted, "pattern", wanted)
            if not isinstance(text, str):
                raise UsageError(f"a text or a pattern of one is looked for, got {wanted!r}")
            if isinstance(wanted, str) and not wanted.strip():
                raise UsageError("a text to look for must not be empty")
            letters = unread(wanted) if isinstance(wanted, str) else None
            if letters:
                raise UsageError(
                    f"{quoted(str(wanted))} cannot be looked for: the local OCR reads no {letters} "
                    "letters"
                )

    def places(self, lines: Sequence[Read]) -> tuple[Read, ...]:
        """Where the text stands in the region, in reading order; near the other one, if any is."""
        found = self._found(lines, self.region)
        if self.near is None or not found:
            return found
        anchors = find_text(self.near, lines, loose=self.loose)
        if not anchors:
            return ()
        return (min(found, key=lambda place: min(_apart(place.box, a.box) for a in anchors)),)

    def elsewhere(self, lines: Sequence[Read]) -> tuple[Read, ...]:
        """Where it stands outside of the region."""
        found = self._found(lines, None)
        return tuple(place for place in found if place not in inside(found, self.region))

    def doubts(self, lines: Sequence[Read]) -> tuple[Read, ...]:
        """The lines of the region where a number may be the one, or a part of another one."""
        certain = find_text(self.wanted, lines, loose=self.loose, region=self.region)
        every = find_text(self.wanted, lines, doubtful=True, region=self.region)
        if certain:
            return ()
        return tuple(line for line in lines if any(line.box.contains(place.box) for place in every))

    def _found(self, lines: Sequence[Read], region: Box[Image] | None) -> tuple[Read, ...]:
        return find_text(
            self.wanted, lines, loose=self.loose, doubtful=self.doubtful, region=region
        )

    def __str__(self) -> str:
        beside = "" if self.near is None else f" near {quoted(self.near)}"
        return f"{quoted(self.wanted)}{beside}"


def where(region: Box[Image] | None) -> str:
    """The part of the display that was searched, in words."""
    return "on the screen" if region is None else f"in the region {region} of the screen"


def absent(search: Search, lines: Sequence[Read]) -> list[str]:
    """Why a text was not found: what was read instead, a line each."""
    told: list[str] = []
    if search.near is not None and not find_text(search.near, lines, loose=search.loose):
        told.append(f"{quoted(search.near)} is not on the screen either")
    elsewhere = search.elsewhere(lines) if search.region is not None else ()
    if elsewhere:
        told.append(f"outside of the region it is: at {listed(str(e.box) for e in elsewhere)}")
    doubts = search.doubts(lines)
    if doubts:
        told.append(
            f"it may be a part of another number in {listed(quoted(d.text) for d in doubts)}"
        )
    here = inside(lines, search.region)
    if not here:
        return [*told, "no text was read there"]
    close = _nearest(search.wanted, here)
    if close:
        told.append(f"nearest: {listed(map(quoted, close))}")
    texts = [quoted(line.text) for line in here]
    count = "1 line was" if len(texts) == 1 else f"{len(texts)} lines were"
    return [*told, f"{count} read there: {listed(texts)}"]


def present(search: Search, places: Sequence[Read], lines: Sequence[Read]) -> list[str]:
    """How a text that should not be there was read, a line each."""
    told = [f"it was read at {listed(str(place.box) for place in places)}"]
    doubts = search.doubts(lines)
    if doubts:
        told.append(
            f"it may be a part of another number in {listed(quoted(d.text) for d in doubts)}: if "
            "that is right, look for more of the text, or for a pattern"
        )
    return told


def ambiguous(search: Search, places: Sequence[Read]) -> str:
    """That a text stands in several places, and how to say which one is meant."""
    boxes = listed(str(place.box) for place in places)
    return (
        f"{search} is {where(search.region)} {len(places)} times, at {boxes}: say which one is "
        'meant with near="another text" or region='
    )


def quoted(wanted: Wanted) -> str:
    """A text in quotes, or a pattern, cut where it is long and harmless for a terminal."""
    if isinstance(wanted, str):
        return f'"{_short(wanted)}"'
    return f"text that matches {_short(wanted.pattern)!r}"


def listed(words: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    every = list(words)
    more = len(every) - _MOST
    return ", ".join(every[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _nearest(wanted: Wanted, lines: Sequence[Read]) -> tuple[str, ...]:
    if not isinstance(wanted, str):
        return ()
    return nearest(wanted, [line_of(line) for line in lines])


def _apart(one: Box[Image], other: Box[Image]) -> int:
    here, there = one.center, other.center
    return abs(here.x - there.x) + _ROW * abs(here.y - there.y)
