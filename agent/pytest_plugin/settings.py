"""What one test is to get.

The nearest word counts: a test's marker, its class's, its module's, then the command line, then the
project's configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, cast

import pytest

from trueclick.agent.desktop import DEFAULT_MODEL
from trueclick.geometry import Screen, Size

from .options import SHARINGS

Sharing = Literal["session", "test"]
"""How long a display lives: as long as the session of a worker, or for one test."""

_SIZE = re.compile(r"([1-9][0-9]{0,4})[xX×]([1-9][0-9]{0,4})")
_LARGEST = 32767


@dataclass(frozen=True, slots=True)
class Settings:
    """What one test is to get.

    Attributes:
        sharing: how long its display lives.
        size: of the display, in pixels.
        model: which model `agent` asks, and for which one `desktop` sees the display.
        offline: whether no model may be asked at all.
        secrets: names of what is typed unseen; the environment has the values.
    """

    sharing: Sharing
    size: Size[Screen]
    model: str
    offline: bool
    secrets: tuple[str, ...] = ()


def settings_of(item: pytest.Item) -> Settings:
    """What a test is to get.

    Raises:
        pytest.UsageError: if its marker, or the project's configuration, says what makes no sense.
    """
    said = _said_by_markers(item)
    config = item.config
    for name in ("model", "size", "display"):
        if name not in said:
            key = f"trueclick_{name}"
            said[name] = config.getoption(key) or config.getini(key) or None
    sharing, size, model = said["display"] or "session", said["size"] or "1280x800", said["model"]
    if not _is_sharing(sharing):
        raise pytest.UsageError(f"trueclick: display is {sharing!r}: say 'session' or 'test'")
    offline = bool(said.get("offline") or config.getoption("trueclick_offline"))
    secrets = _names(said.get("secrets", config.getini("trueclick_secrets")))
    return Settings(sharing, parsed_size(size), str(model or DEFAULT_MODEL), offline, secrets)


def _said_by_markers(item: pytest.Item) -> dict[str, Any]:
    known = {"display", "size", "model", "offline", "secrets"}
    said: dict[str, Any] = {}
    for mark in item.iter_markers("trueclick"):  # the nearest first
        unknown = [f"{word!r} has no name" for word in mark.args]
        unknown += [f"no {word!r}" for word in mark.kwargs if word not in known]
        if unknown:
            raise pytest.UsageError(
                f"trueclick: the marker of {item.nodeid} takes display=, size=, model=, "
                f"offline= and secrets=, and {unknown[0]}"
            )
        said = {**mark.kwargs, **said}
    return said


def _names(said: object) -> tuple[str, ...]:
    """The names of secrets, each once."""
    words = cast("Sequence[object]", said if isinstance(said, list | tuple) else (None,))
    names = [word for word in words if isinstance(word, str)]
    if len(names) < len(words):
        raise pytest.UsageError(f'trueclick: secrets is {said!r}: write it as ["PASSWORD"]')
    return tuple(dict.fromkeys(names))


def _is_sharing(word: object) -> TypeGuard[Sharing]:
    return word in SHARINGS


def parsed_size(said: object) -> Size[Screen]:
    """The size that is written like `"1280x800"`.

    Raises:
        pytest.UsageError: if it is none, or larger than a display can be.
    """
    match = _SIZE.fullmatch(said.strip()) if isinstance(said, str) else None
    if match is None:
        raise pytest.UsageError(f"trueclick: {said!r} is no size: write it as '1280x800'")
    width, height = int(match[1]), int(match[2])
    if max(width, height) > _LARGEST:
        raise pytest.UsageError(
            f"trueclick: a display is at most {_LARGEST} pixels wide and high, got {said!r}"
        )
    return Size[Screen](width, height)
