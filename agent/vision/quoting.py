"""Texts in quotes, which are read on the picture itself instead of being asked for."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»')


def quoted(text: str) -> str | None:
    """What stands in the quotes, if a text is nothing but that; else `None`."""
    match = _QUOTED.fullmatch(text.strip())
    return _inside(match) if match and _inside(match) else None


def split_quotes(text: str) -> tuple[str, tuple[str, ...]]:
    """A text with `"` in the place of each quoted one, and these, in order."""
    found = tuple(_inside(match) for match in _QUOTED.finditer(text))
    return _QUOTED.sub(' " ', text), found


def _inside(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None).strip()
