"""Who approves what a model does. Anything but a clear yes refuses."""

from __future__ import annotations

import json

from anthropic.tools.computer import BetaComputerConfirmContext
from rich.console import Console
from rich.text import Text

LOOKING = frozenset({"cursor_position", "screenshot", "wait", "zoom"})
"""Members that change nothing."""


def approve_all(context: BetaComputerConfirmContext) -> bool:
    """Approve every call: for private displays, where only the application can be harmed."""
    del context
    return True


class AskAtTerminal:
    """Asks a person before every call that acts; looking is free.

    Shows the member and its input with every invisible character escaped, so that what is read
    is what runs. No terminal means no.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, context: BetaComputerConfirmContext) -> bool:
        """Whether the person answered `y` or `yes`."""
        if context.member in LOOKING:
            return True
        if not self._console.is_terminal:
            return False
        shown = json.dumps(context.input.to_dict())  # escapes all that is not plain ASCII
        self._console.print(Text(f"Allow {context.member} {shown}? [y/N] "), end="")
        try:
            return input().strip().casefold() in {"y", "yes"}
        except (EOFError, UnicodeDecodeError):
            return False
