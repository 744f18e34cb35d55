"""Arguments in, exit status out: one clear line for every mistake, never a traceback."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from types import FrameType
from typing import NoReturn

from typing_extensions import override

from trueclick.geometry import TrueclickError

from . import fit, look, run
from .terminal import printable

STOPPED = 128
"""Added to the number of the signal that stopped the program, as shells do."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage before it."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: without the program's name; the process's own by default.
    """
    parser = _Parser(
        prog="trueclick",
        description="Let a model use a computer: each click lands where the model meant.",
    )
    parser.add_argument("--version", action="version", version=f"trueclick {version('trueclick')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for command in (run, look, fit):
        command.add_to(commands)
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        return int(options.command(options))
    except _Stopped as stopped:
        _say("stopped")
        return STOPPED + stopped.number
    except TrueclickError as error:
        _say(str(error))
        return 2
    except OSError as error:
        # What is still in the buffer of standard output would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 1  # whoever read the output has gone: nobody is left to tell
        _say(": ".join(str(part) for part in (error.filename, error.strerror) if part))
        return 2


def _say(message: str) -> None:
    lines = [printable(line) for line in message.splitlines()]
    print("trueclick:", "\n  ".join(lines), file=sys.stderr)


class _Stopped(BaseException):
    """A signal asked the program to end; passes by every `except Exception`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _stop(number: int, frame: FrameType | None) -> None:
    """End in order: what is on its way out is not to be stopped again half-way."""
    del frame
    for later in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(later, signal.SIG_IGN)
    raise _Stopped(number)
