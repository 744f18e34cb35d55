"""What a project, a command line and a marker say about its GUI tests.

The nearest word counts: a test's marker, its class's, its module's, then the command line, then the
project's configuration. All names begin with `trueclick`, because plugins, conftests and programs
of a project share one space of option names, and a name taken twice ends pytest before it begins.
`--update-baselines` alone has a short form, which stands back where somebody else has it.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

import pytest

if TYPE_CHECKING:
    from trueclick.geometry import Screen, Size

Sharing = Literal["session", "test"]
"""How long a display lives: as long as the session of a worker, or for one test."""

SHORT_UPDATE = "--update-baselines"

_MARKER = (
    'trueclick(display="session" | "test", size="1280x800", model="claude-...", offline=True): '
    "what the fixtures of trueclick give to this test; what is left out is as the options say"
)
_SIZE = re.compile(r"([1-9][0-9]{0,4})[xX×]([1-9][0-9]{0,4})")
_LARGEST = 32767
_SHARINGS = ("session", "test")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one test is to get.

    Attributes:
        sharing: how long its display lives.
        width: of the display, in pixels.
        height: of the display, in pixels.
        model: which model `agent` asks, and for which one `desktop` sees the display.
        offline: whether no model may be asked at all.
    """

    sharing: Sharing
    width: int
    height: int
    model: str
    offline: bool

    @property
    def size(self) -> Size[Screen]:
        """The display's size."""
        from trueclick.geometry import Screen, Size  # noqa: PLC0415 - not before a test asks

        return Size[Screen](self.width, self.height)


def add_options(parser: pytest.Parser) -> None:
    """Add the options and the names for the project's configuration."""
    group = parser.getgroup("trueclick", "GUI tests (trueclick)")
    group.addoption(
        "--trueclick-model",
        metavar="MODEL",
        help="the model that `agent` asks, and for which `desktop` sees the display; `local` "
        "needs no key (ini: trueclick_model)",
    )
    group.addoption(
        "--trueclick-size",
        metavar="WxH",
        type=_size_option,
        help="the size of a test's display, 1280x800 by default (ini: trueclick_size)",
    )
    group.addoption(
        "--trueclick-display",
        choices=_SHARINGS,
        help="one display for the session of a worker, the default, or a new one for each test "
        "(ini: trueclick_display)",
    )
    group.addoption(
        "--trueclick-offline",
        action="store_true",
        default=False,
        help="ask no model: what cannot be replayed fails",
    )
    group.addoption(
        "--trueclick-artifacts",
        metavar="DIR",
        help="where to keep pictures, traces and reports of failed tests, `artifacts` in the "
        "root folder by default (ini: trueclick_artifacts)",
    )
    group.addoption(
        "--trueclick-keep-artifacts",
        action="store_true",
        default=False,
        help="keep them of tests that pass, too",
    )
    group.addoption(
        "--trueclick-update-baselines",
        dest="trueclick_update_baselines",
        action="store_true",
        default=False,
        help="write stored pictures that differ anew",
    )
    group.addoption(
        "--trueclick-update-recordings",
        action="store_true",
        default=False,
        help="let the model do recorded tasks anew",
    )
    parser.addini("trueclick_model", "the model of GUI tests", default="")
    parser.addini("trueclick_size", "the size of their displays, such as 1280x800", default="")
    parser.addini("trueclick_display", "how long a display lives: session or test", default="")
    parser.addini("trueclick_artifacts", "where to keep pictures of failed tests", default="")
    parser.addini(
        "trueclick_baselines",
        "the folder of stored pictures; `baselines` beside each test file by default",
        default="",
    )
    parser.addini(
        "trueclick_recordings",
        "the folder of recorded tasks; `recordings` beside each test file by default",
        default="",
    )


def add_short_option(parser: pytest.Parser) -> None:
    """Add the short form of `--trueclick-update-baselines` if nobody else has added such a one.

    To be called when the conftests have added theirs.
    """
    try:
        _, unknown = parser.parse_known_and_unknown_args([SHORT_UPDATE])
    except (pytest.UsageError, SystemExit):  # somebody's, who wants a value with it
        return
    if SHORT_UPDATE not in unknown:
        return
    parser.getgroup("trueclick").addoption(
        SHORT_UPDATE,
        dest="trueclick_update_baselines",
        action="store_true",
        default=False,
        help="the same, shorter",
    )


def add_marker(config: pytest.Config) -> None:
    """Make the marker known, for projects with `--strict-markers`."""
    config.addinivalue_line("markers", _MARKER)


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
    width, height = _size(size)
    if not model:
        from trueclick.agent.desktop import DEFAULT_MODEL  # noqa: PLC0415 - brings numpy

        model = DEFAULT_MODEL
    offline = bool(said.get("offline") or config.getoption("trueclick_offline"))
    return Settings(sharing, width, height, str(model), offline)


def _said_by_markers(item: pytest.Item) -> dict[str, Any]:
    known = {"display", "size", "model", "offline"}
    said: dict[str, Any] = {}
    for mark in item.iter_markers("trueclick"):  # the nearest first
        unknown = [f"{word!r} has no name" for word in mark.args]
        unknown += [f"no {word!r}" for word in mark.kwargs if word not in known]
        if unknown:
            raise pytest.UsageError(
                f"trueclick: the marker of {item.nodeid} takes display=, size=, model= and "
                f"offline=, and {unknown[0]}"
            )
        said = {**mark.kwargs, **said}
    return said


def _is_sharing(word: object) -> TypeGuard[Sharing]:
    return word in _SHARINGS


def _size(said: object) -> tuple[int, int]:
    match = _SIZE.fullmatch(said.strip()) if isinstance(said, str) else None
    if match is None:
        raise pytest.UsageError(f"trueclick: {said!r} is no size: write it as '1280x800'")
    width, height = int(match[1]), int(match[2])
    if max(width, height) > _LARGEST:
        raise pytest.UsageError(
            f"trueclick: a display is at most {_LARGEST} pixels wide and high, got {said!r}"
        )
    return width, height


def _size_option(word: str) -> str:
    try:
        _size(word)
    except pytest.UsageError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("trueclick: ")) from None
    return word
