"""What a project, a command line and a marker say about its GUI tests.

All names begin with `trueclick`, because the plugins, conftests and programs of a project share one
space of option names, and a name taken twice ends pytest before it begins. `--update-baselines`
alone has a short form, which stands back where somebody else has it.
"""

from __future__ import annotations

import argparse

import pytest

SHORT_UPDATE = "--update-baselines"

SHARINGS = ("session", "test")

_MARKER = (
    'trueclick(display="session" | "test", size="1280x800", model="claude-...", offline=True, '
    'secrets=["NAME"]): '
    "what the fixtures of trueclick give to this test; what is left out is as the options say"
)


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
        choices=SHARINGS,
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
        "trueclick_secrets",
        "names of variables of the environment that are typed as {{NAME}} and kept nowhere",
        type="args",
    )
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
        help="--trueclick-update-baselines, shorter",
    )


def add_marker(config: pytest.Config) -> None:
    """Make the marker known, for projects with `--strict-markers`."""
    config.addinivalue_line("markers", _MARKER)


def _size_option(word: str) -> str:
    from .settings import parsed_size  # noqa: PLC0415 - where the option is given

    try:
        parsed_size(word)
    except pytest.UsageError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("trueclick: ")) from None
    return word
