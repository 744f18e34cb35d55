"""The options of `trueclick replay`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from . import arguments


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add all options to the command's parser."""
    parser.add_argument("trace", type=Path, metavar="TRACE", help="the folder of the trace")
    parser.add_argument(
        "--app",
        metavar="CMD",
        help="start this program first (no shell); default: the one of the trace, which must be "
        "your own then; '' for none",
    )
    _add_comparing(parser.add_argument_group("what is compared"))
    _add_mending(parser.add_argument_group("when it differs"))
    _add_output(parser.add_argument_group("what is told and kept"))


def _add_comparing(group: arguments.Group) -> None:
    group.add_argument(
        "--size",
        type=arguments.display_size,
        metavar="WxH",
        help="of the display; default: as it was recorded. On another one the same places of the "
        "same windows are acted on and compared",
    )
    group.add_argument(
        "--mask",
        action="append",
        default=[],
        type=arguments.region,
        metavar="X0,Y0,X1,Y1",
        dest="masks",
        help="do not compare a part of the recorded display, in its pixels, such as a clock; may "
        "be given several times",
    )
    group.add_argument(
        "--tolerance",
        type=tolerance,
        default=(0, 0.0),
        metavar="N|N%|exact",
        help="how many pixels may differ, or which part of them, beside a caret that blinks, "
        "smoothed edges and the faintest shades; exact: none, in no way. Default: 0",
    )
    group.add_argument(
        "--timeout",
        type=arguments.amount,
        metavar="S",
        help="how long the screen may take to look right, beside what it took when it was "
        "recorded; 5 seconds",
    )
    group.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="NAME",
        dest="secrets",
        help="what is typed for {{NAME}}: the environment's variable of that name, or else asked "
        "for now; those that your own trace names need not be said",
    )


def _add_mending(group: arguments.Group) -> None:
    ways = group.add_mutually_exclusive_group()
    ways.add_argument(
        "--keep-going", action="store_true", help="do the steps after it all the same"
    )
    ways.add_argument(
        "--update",
        action="store_true",
        help="take what the screen shows now for right, and put the new pictures into the trace",
    )
    ways.add_argument(
        "--heal",
        metavar="MODEL",
        help="hand the run over to a model there and then; if it reaches the goal, and what it did "
        "replays, its trace takes the place of this one, which is kept beside it",
    )
    group.add_argument(
        "--max-turns", type=arguments.count, metavar="N", help="of the model that heals; 100"
    )
    group.add_argument(
        "--max-usd", type=arguments.amount, metavar="USD", help="that healing may cost"
    )


def _add_output(group: arguments.Group) -> None:
    group.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where pictures of what differs are written: step-007-expected.png, -seen.png and "
        "-difference.png; default: a new folder under ~/.local/state/trueclick/replays",
    )
    group.add_argument("--junit", type=Path, metavar="FILE", help="write a report in JUnit's XML")
    outputs = group.add_mutually_exclusive_group()
    outputs.add_argument(
        "--quiet", action="store_true", help="print what differs, and errors, alone"
    )
    outputs.add_argument("--json", action="store_true", help="print one JSON object a line")


def tolerance(text: str) -> tuple[int, float] | None:
    """How many pixels may differ, and which share of all; `None` for `exact`."""
    if text == "exact":
        return None
    if re.fullmatch(r"[0-9]{1,9}", text):
        return int(text), 0.0
    if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,6})?%", text):
        return 0, float(text[:-1]) / 100
    raise argparse.ArgumentTypeError(
        f"{text!r} is no tolerance: write a number of pixels, a part such as 0.1%, or exact"
    )
