"""`trueclick doctor`: what of the installation works, and how the rest is mended."""

from __future__ import annotations

import argparse
import json
import os
import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from trueclick.geometry.requests import PLATFORMS

from ..escape import printable
from ..wording import counted
from . import arguments
from .findings import Finding, State

_MARKS: dict[State, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "warning": ("warning", "yellow"),
    "failed": ("failed", "bold red"),
}
_STATE_WIDTH = 7
_NAME_WIDTH = 15
_NARROWEST = 20


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "doctor",
        help="check the installation, and say how to mend it",
        description="Check the installation on a private display of its own: nothing is clicked or "
        "typed on yours. Exit status: 0 all that runs need is there, 1 something failed.",
    )
    parser.add_argument(
        "--platform",
        choices=tuple(PLATFORMS),
        default="anthropic",
        help="where models are called; %(default)s",
    )
    parser.add_argument(
        "--network",
        action="store_true",
        help="ask the API for a model's name even without a key; with one it is asked anyway",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    console = Console(highlight=False)
    findings: list[Finding] = []
    for finding in _checked(options):
        findings.append(finding)
        if not options.json:
            width = console.width if console.is_terminal else None
            console.print(_row(finding, width), soft_wrap=True)
    wrong = [finding for finding in findings if finding.state == "failed"]
    if options.json:
        values = {"ok": not wrong, "checks": [finding.as_json() for finding in findings]}
        print(json.dumps(values), flush=True)
    else:
        console.print(_verdict(findings))
    return 1 if wrong else 0


def _checked(options: argparse.Namespace) -> Iterator[Finding]:
    # Imported one after another: what is found at once is told at once.
    from .check_machine import machine  # noqa: PLC0415

    yield from machine(os.environ)
    from .check_display import private_display, real_display  # noqa: PLC0415

    yield from private_display()
    yield from real_display(os.environ)
    from .check_model import key, network  # noqa: PLC0415

    found = key(options.platform, os.environ)
    yield found
    if options.network or found.state == "ok":
        yield network(options.platform, demanded=options.network)


def _row(finding: Finding, width: int | None) -> Text:
    """A finding as a line, or on a narrow terminal as more, which begin below its words."""
    word, style = _MARKS[finding.state]
    row = Text(f"{word:<{_STATE_WIDTH}} ", style=style)
    row.append(f"{finding.name:<{_NAME_WIDTH}} ", style="default not bold")
    row.append(_beside(finding.said, width), style="default not bold")
    if finding.remedy:
        row.append(f"\n{'':{_STATE_WIDTH}} {'-> mend':<{_NAME_WIDTH}} ", style="dim not bold")
        row.append(_beside(finding.remedy, width), style="default bold")
    return row


def _beside(text: str, width: int | None) -> str:
    """A text in lines that fit beside the name, or in one line if no width is given."""
    indent = " " * (_STATE_WIDTH + _NAME_WIDTH + 2)
    text = " ".join(printable(line) for line in text.splitlines())
    if width is None:
        return text
    room = max(width - len(indent), _NARROWEST)
    return f"\n{indent}".join(textwrap.wrap(text, room, break_on_hyphens=False))


def _verdict(findings: list[Finding]) -> Text:
    wrong = sum(finding.state == "failed" for finding in findings)
    doubtful = sum(finding.state == "warning" for finding in findings)
    if wrong:
        return Text(f"{wrong} failed, {counted(doubtful, 'warning')}", style="bold red")
    if doubtful:
        return Text(f"all that runs need is there; {counted(doubtful, 'warning')}", style="yellow")
    return Text("all is well", style="bold green")
