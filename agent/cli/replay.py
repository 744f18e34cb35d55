"""`trueclick replay`: a recorded run once more, without a model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..secret import keep_out
from . import arguments, replay_options

if TYPE_CHECKING:
    from .signals import Stop


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "replay",
        help="do a recorded run again, without a model",
        description="Do a recorded run again on a new private display, without a model and without "
        "a network, as fast as the screen allows. Before each action the screen must look as it "
        "did when it was recorded.",
        epilog="Exit status: 0 everything was as recorded, or the trace is as it is now (--update) "
        "or has been healed (--heal); 1 something differed; 2 something is missing or wrong; 128+N "
        "stopped by the signal N: 130 by Ctrl-C or another stop switch, 143 by a request to end "
        "(TERM).",
    )
    replay_options.add_to(parser)
    parser.set_defaults(command=_replay)


def _replay(options: argparse.Namespace) -> int:
    from .replay_plan import plan_of  # noqa: PLC0415 - takes its time
    from .replay_run import carry_out  # noqa: PLC0415

    stopping: Stop = options.stopping
    plan = plan_of(options)
    keep_out()  # as `run` does
    return carry_out(plan, stopping)
