"""A person at the terminal approves each call that acts."""

from __future__ import annotations

import json
import sys

from anthropic.tools.computer import BetaComputerConfirmContext
from rich.console import Console
from rich.text import Text

LOOKING = frozenset({"cursor_position", "screenshot", "wait", "zoom"})
"""Members that change nothing."""


def approve_all(context: BetaComputerConfirmContext) -> bool:
    """Approve every call: for private displays, where only the application can be harmed."""
    del context
    return True


def at_terminal() -> bool:
    """Whether a person can read a question here and answer it."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


class AskAtTerminal:
    """Asks a person before every call that acts; looking is free.

    Shows the member and its input with every invisible character escaped, so that what is read
    is what runs. No terminal means no, and what was typed before the question is no answer.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    def __call__(self, context: BetaComputerConfirmContext) -> bool:
        """Whether the person answered `y` or `yes`."""
        if context.member in LOOKING:
            return True
        if not at_terminal():
            return False
        shown = json.dumps(context.input.to_dict())  # escapes all that is not plain ASCII
        self._console.print(Text(f"Allow {context.member} {shown}? [y/N] "), end="")
        _forget_typed_ahead()
        try:
            return input().strip().casefold() in {"y", "yes"}
        except (EOFError, UnicodeDecodeError):
            return False


def _forget_typed_ahead() -> None:
    """Drop what waits on the terminal: an earlier Enter answers no later question."""
    try:
        import termios  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
