"""`trueclick keys`: the keys that a model may press, and what a combination means."""

from __future__ import annotations

import argparse

from trueclick.geometry import Refusal, UsageError

from ..input.keys import markdown_rows, parse_keys
from . import arguments


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "keys",
        help="list the names of keys, or read a combination",
        description="List the names of keys with their aliases; all other key names of X11 and all "
        "characters are known as well. With a combination: the keys that it presses.",
    )
    parser.add_argument("keys", nargs="?", metavar="KEYS", help="such as ctrl+shift+Tab")
    parser.set_defaults(command=_keys)


def _keys(options: argparse.Namespace) -> int:
    if options.keys is None:
        print("\n".join(markdown_rows()))
        return 0
    try:
        print(" ".join(key.name for key in parse_keys(options.keys)))
    except Refusal as error:
        raise UsageError(str(error)) from error
    return 0
