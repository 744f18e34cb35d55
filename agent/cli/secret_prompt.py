"""Asks in the terminal for the value of a secret, which is not shown there."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable


def secret_prompt() -> Callable[[str], str] | None:
    """What asks for a secret without showing it, or `None` where nobody can answer."""
    try:
        return _asked if sys.stdin is not None and sys.stdin.isatty() else None
    except ValueError:  # closed
        return None


def _asked(words: str) -> str:
    try:
        return getpass.getpass(words)
    except BaseException:
        print(file=sys.stderr)  # the prompt has no end of its line yet
        raise
