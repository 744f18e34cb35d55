"""What a server's keyboard is like, asked of the server by other means than ours."""

from __future__ import annotations

from subprocess import run

from trueclick.agent.input.x11.xkb import Xkb
from trueclick.capture.x11.connection import connect


def keymap(server: str, device: int | None = None) -> str:
    """A whole keyboard as `xkbcomp` writes it: codes, types, symbols, actions.

    Args:
        server: the display's name.
        device: which of its keyboards; the one that programs get their keys from by default.
    """
    which = [] if device is None else ["-i", str(device)]
    command = ["xkbcomp", "-w0", *which, "-xkb", server, "-"]
    return run(command, capture_output=True, check=True, encoding="utf-8").stdout


def locked(server: str) -> tuple[int, int]:
    """The locked modifiers and the locked group."""
    with connect(server) as connection:
        return Xkb(connection).locked()
