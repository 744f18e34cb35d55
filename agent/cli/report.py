"""`trueclick report`."""

from __future__ import annotations

from . import arguments


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    del commands
