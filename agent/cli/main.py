"""Arguments in, exit status out: one clear line for every mistake, never a traceback."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn, TextIO

from trueclick.geometry import TrueclickError

from ..escape import printable
from .signals import Stop, Stopped, ending_in_order

STOPPED = 128
"""Added to the number of the signal that stopped the program, as shells do."""


_SIGPIPE = 13
"""What ends other programs then; Windows has no such signal."""

_POINT = re.compile(r"-[0-9]+,-?[0-9]+")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Args:
        arguments: without the program's name; the process's own by default.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what the terminal cannot show
    try:
        with ending_in_order() as stop:
            return _run(arguments, stop)
    except Stopped as stopped:
        _say(str(stopped))
        _abandon_output()  # a terminal that is gone takes nothing any more
        return STOPPED + stopped.number
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # rich's own end of a program
            return STOPPED + _SIGPIPE
        raise
    except TrueclickError as error:
        _say(str(error))
        return 2
    except OSError as error:
        _abandon_output()
        if isinstance(error, BrokenPipeError):
            return STOPPED + _SIGPIPE  # whoever read the output has gone: nobody is left to tell
        _say(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
        return 2


def _run(arguments: Sequence[str] | None, stop: Stop) -> int:
    # Imported once signals end the program in order: this takes a while.
    from . import (  # noqa: PLC0415
        ask,
        check,
        compare,
        doctor,
        export,
        fit,
        keys,
        locate,
        look,
        point,
        replay,
        report,
        run,
        suite,
    )
    from . import stop as stop_command  # noqa: PLC0415

    parser = _Parser(
        prog="trueclick",
        description="Let a model use a computer: each click lands where the model meant.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for command in (
        run,
        stop_command,
        report,
        replay,
        export,
        suite,
        check,
        locate,
        ask,
        compare,
        doctor,
        look,
        fit,
        point,
        keys,
    ):
        command.add_to(commands)
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["map"]:
        # A point with a negative x is no option: argparse takes what starts with a space as it is.
        words = [f" {word}" if _POINT.fullmatch(word) else word for word in words]
    options = parser.parse_args(words)
    options.stopping = stop
    return int(options.command(options))


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and rarely asked for

        parser.exit(0, f"trueclick {version('trueclick')}\n")


def _say(message: str) -> None:
    lines = [printable(line) for line in message.splitlines()]
    try:
        print("trueclick:", "\n  ".join(lines), file=sys.stderr, flush=True)
    except OSError:
        _drop(sys.stderr)  # nobody listens: the exit status has to say it


def _abandon_output() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _drop(sys.stdout)


def _drop(stream: TextIO) -> None:
    """Drop what a stream cannot take; Python would try again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
