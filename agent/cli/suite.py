"""`trueclick suite`: many tasks in parallel, from a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..secret import keep_out
from . import arguments

if TYPE_CHECKING:
    from .signals import Stop


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "suite",
        help="carry out many tasks in parallel, from a file",
        description="Carry out the tasks of a suite.toml, each in all its sizes and languages, in "
        "parallel: each on a private display, in processes of its own, within limits of memory and "
        "time.",
        epilog="Exit status: 0 everything passed, flaky tasks included; 1 something did not; 2 "
        "something is missing or wrong; 128+N stopped by the signal N, as 130 by Ctrl-C: what was "
        "done is told, and --resume goes on.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the suite, such as suite.toml")
    which = parser.add_argument_group("which tasks")
    which.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="those whose name fits, as a part or with *; may be given several times",
    )
    which.add_argument("--list", action="store_true", help="print them, and do nothing")
    which.add_argument(
        "--resume",
        action="store_true",
        help="go on in the folder of --out: what has a result there is not done again",
    )
    _add_where(parser.add_argument_group("where"))
    _add_told(parser.add_argument_group("what is told and kept"))
    parser.set_defaults(command=_suite)


def _add_where(group: arguments.Group) -> None:
    group.add_argument(
        "--jobs",
        type=arguments.count,
        metavar="N",
        help="how many tasks at a time on this machine; default: one for each processor",
    )
    group.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="on the workers of a Dask scheduler instead, such as tcp://10.0.0.5:8786; it and they "
        'must be trusted, and have trueclick[dask] installed: pip install "trueclick[dask]". The '
        "values of secrets are not sent: start each worker with them in its environment",
    )
    group.add_argument(
        "--dask-shared",
        action="store_true",
        help="the folders of the suite and of --out are at the same place on all workers: nothing "
        "is sent to and fro",
    )


def _add_told(group: arguments.Group) -> None:
    group.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where results, reports, index.html and junit.xml go; default: a new folder under "
        "~/.local/state/trueclick/suites",
    )
    group.add_argument(
        "--update-baselines", action="store_true", help="store pictures that differ anew"
    )
    group.add_argument(
        "--fail-on-flaky",
        action="store_true",
        help="exit with status 1 for tasks that passed after a failure, too",
    )
    outputs = group.add_mutually_exclusive_group()
    outputs.add_argument(
        "--quiet", action="store_true", help="print what did not pass, and errors, alone"
    )
    outputs.add_argument("--json", action="store_true", help="print one JSON object a line")


def _suite(options: argparse.Namespace) -> int:
    from .suite_plan import plan_of  # noqa: PLC0415 - takes its time
    from .suite_run import carry_out, tell_tasks  # noqa: PLC0415

    stopping: Stop = options.stopping
    plan = plan_of(options)
    keep_out()  # as `run` does
    return tell_tasks(plan) if options.list else carry_out(plan, stopping)
