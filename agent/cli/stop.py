"""`trueclick stop`: ends this user's runs, from another terminal or over `ssh`."""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys

from rich.console import Console

from trueclick.capture import SystemClock
from trueclick.geometry import UsageError

from ..stop.runs import runs
from . import arguments

PATIENCE_S = 10.0
"""A run ends at once but for what it is in the middle of: a picture, a program that it closes."""

_GLANCE_S = 0.05


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "stop",
        help="stop your runs before their next action",
        description="Stop your runs, or one of them: each halts before its next action, releases "
        "every key and button and ends. Exit status: 0 all have ended, 1 one has not yet or "
        "nothing was running, 2 no run has this process id.",
    )
    parser.add_argument("pid", nargs="?", type=_pid, metavar="PID", help="one process alone")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.set_defaults(command=_stop)


def _pid(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no process id")
    return int(text)


def _stop(options: argparse.Namespace) -> int:
    if sys.platform == "win32":
        raise UsageError(
            "runs cannot be found on Windows: press Ctrl-C where one was started, move the pointer "
            "into a corner of the screen, or start it with --stop-file"
        )
    with runs() as listed:
        found = [run for run in listed if options.pid in {None, run.pid}]
        if options.pid is not None and not found:
            raise UsageError(f"no run of yours has the process id {options.pid}")
        for run in found:
            run.ask()
        clock = SystemClock()
        deadline = clock.now() + PATIENCE_S
        waited_for = found
        while waited_for and clock.now() < deadline:
            waited_for = [run for run in waited_for if not run.ended()]
            if waited_for:
                clock.sleep(_GLANCE_S)
        late = {run.pid for run in waited_for}
        pids = [pid for pid, _ in itertools.groupby(run.pid for run in found)]
    console = Console(highlight=False, soft_wrap=True)
    if options.json:
        ended = [{"pid": pid, "stopped": pid not in late} for pid in pids]
        console.print(json.dumps(ended), markup=False)
    elif not pids:
        console.print("nothing is running")
    else:
        for pid in pids:
            told = "will stop before its next action" if pid in late else "stopped"
            console.print(f"{pid} {told}")
    # Whoever asks for a stop thinks that something runs: that nothing does is worth a second look.
    return 1 if late or not pids else 0
