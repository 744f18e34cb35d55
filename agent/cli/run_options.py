"""The options of `trueclick run`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from trueclick.geometry import Size
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PLATFORMS

from ..budget import Budget
from ..desktop import DEFAULT_MODEL
from . import arguments

PRIVATE = "private"
DEFAULT_SIZE = Size[object](1280, 800)


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add all options to the command's parser."""
    parser.add_argument(
        "task",
        metavar="TASK",
        nargs="?",
        help="what to do; @FILE reads it, - from stdin. With --resume: a further instruction",
    )
    parser.add_argument(
        "--app",
        metavar="CMD",
        help="start this program first (no shell). With --resume: the one of before, unless "
        "another is named; '' for none",
    )
    _add_model(parser.add_argument_group("the model"))
    _add_display(parser.add_argument_group("the display"))
    _add_limits(parser.add_argument_group("limits: the run ends before one is broken"))
    _add_safety(parser.add_argument_group("safety"))
    _add_output(parser.add_argument_group("what is told and kept"))


def _add_model(group: arguments.Group) -> None:
    group.add_argument(
        "--model",
        help='a Claude model, or "local": follows plain steps such as click "Save" and '
        f"understands nothing else. Default: {DEFAULT_MODEL} if there is a key for it",
    )
    group.add_argument(
        "--platform",
        choices=tuple(PLATFORMS),
        help="where the model is called; anthropic unless a run that is resumed was elsewhere",
    )
    group.add_argument(
        "--effort",
        choices=get_args(Effort),
        help="how much the model thinks and writes; default: its own",
    )
    group.add_argument(
        "--history",
        choices=("full", "thread"),
        help="full (default): each request holds the whole conversation, and the prompt cache "
        "makes that cheap; thread: the API keeps it for some minutes",
    )


def _add_display(group: arguments.Group) -> None:
    group.add_argument(
        "--display",
        help="private (default), real (DISPLAY), or an X server such as :1",
    )
    group.add_argument(
        "--size",
        type=arguments.display_size,
        metavar="WxH",
        help=f"of a private display; {DEFAULT_SIZE}",
    )


def _add_limits(group: arguments.Group) -> None:
    group.add_argument(
        "--max-turns",
        type=int,
        metavar="N",
        help=f"requests; default: {Budget().turns}, and as many again for a run that is resumed",
    )
    group.add_argument("--max-seconds", type=arguments.amount, metavar="S", help="from the start")
    group.add_argument(
        "--max-tokens", type=arguments.large_count, metavar="N", help="input and output together"
    )
    group.add_argument("--max-usd", type=arguments.amount, metavar="USD", help="at list price")


def _add_safety(group: arguments.Group) -> None:
    group.add_argument(
        "--confirm",
        metavar="ask|always|never|RULES",
        help="who approves: ask in the terminal before each call that acts; always: before every "
        "call; never: nobody; or a file of rules. Default: never on a private display, ask on any "
        "other",
    )
    group.add_argument(
        "--unattended",
        action="store_true",
        help="allow --confirm never outside of a private display; never taken over by --resume",
    )
    group.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="NAME",
        dest="secrets",
        help="let the model type {{NAME}} for a value that it never sees: the environment's "
        "variable of that name, or else asked for now; may be given several times",
    )
    group.add_argument(
        "--mask",
        action="append",
        default=[],
        type=arguments.region,
        metavar="X0,Y0,X1,Y1",
        dest="masks",
        help="paint over a part of the display in every picture, in the display's pixels; may be "
        "given several times",
    )
    group.add_argument(
        "--mask-secrets",
        action=argparse.BooleanOptionalAction,
        help="paint over each place where a secret was typed",
    )
    group.add_argument(
        "--batch-guard",
        dest="guard_batches",
        action=argparse.BooleanOptionalAction,
        help="with --no-batch-guard, go on with a batch of actions when a window has opened, or "
        "the screen has greatly changed, since the screenshot on which the model decided them",
    )
    group.add_argument(
        "--stop-file",
        metavar="FILE",
        help="stop as soon as this file is there; `trueclick stop` and Ctrl-C do without it",
    )


def _add_output(group: arguments.Group) -> None:
    traces = group.add_mutually_exclusive_group()
    traces.add_argument(
        "--trace",
        type=Path,
        metavar="DIR",
        help="where to keep all that happens; default: a new folder under "
        "~/.local/state/trueclick/runs, named in the summary",
    )
    traces.add_argument("--no-trace", action="store_true", help="keep none")
    group.add_argument(
        "--resume",
        type=Path,
        metavar="TRACE",
        help="go on where the run of this trace ended, as it was told before: its model, display, "
        "--confirm, masks, secrets, limits and --app, unless they are said again",
    )
    group.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="keep every screenshot in this folder"
    )
    outputs = group.add_mutually_exclusive_group()
    outputs.add_argument(
        "--quiet", action="store_true", help="print the model's last words and errors alone"
    )
    outputs.add_argument("--json", action="store_true", help="print one JSON object an event")
