"""`trueclick report`: what happened in a run, as a page that people open, or as text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from trueclick.geometry import UsageError

from ..escape import printable
from . import arguments

_STYLES = {
    "plain": "",
    "strong": "bold",
    "soft": "dim",
    "words": "cyan",
    "good": "bold green",
    "warn": "yellow",
    "bad": "red",
}


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("report", help="show what happened in a run, from its trace")
    parser.add_argument("trace", metavar="TRACE", type=Path, help="the folder of the trace")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where the HTML file goes; - for standard output; default: report.html in TRACE",
    )
    parser.add_argument(
        "--smaller",
        action="store_true",
        help="pack the pictures anew as WebP: about a third of the size, hardly seen",
    )
    parser.add_argument("--text", action="store_true", help="print it as text instead")
    parser.set_defaults(command=_report)


def _report(options: argparse.Namespace) -> int:
    if options.text and (options.output is not None or options.smaller):
        raise UsageError("--text prints the story: it takes neither -o nor --smaller")
    if options.output == "-" and sys.stdout.isatty():
        raise UsageError("-o - would print HTML on the terminal: send it to a file, or use --text")
    # Reading takes pydantic, and what reads the model's messages: a second.
    from ..report import report_html, write_report  # noqa: PLC0415
    from ..trace import read_trace  # noqa: PLC0415

    # A picture that is gone is told of at its step: the rest is worth a report.
    trace = read_trace(options.trace, check_pictures=False)
    if options.text:
        from ..report.text import lines_of, wrapped  # noqa: PLC0415
        from ..trace import story_of  # noqa: PLC0415

        console = Console(highlight=False, soft_wrap=True)
        width = console.width if console.is_terminal else None
        for line in lines_of(story_of(trace)):
            for each in wrapped(line, width):
                console.print(Text(each, style=_STYLES[line.style]))
    elif options.output == "-":
        for part in report_html(trace, smaller=options.smaller):
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    else:
        where = None if options.output is None else Path(options.output)
        written = write_report(trace, where, smaller=options.smaller)
        size = written.stat().st_size / 1e6 if written.is_file() else 0.0
        print(f"report: {printable(str(written))} ({size:.1f} MB)")
    return 0
