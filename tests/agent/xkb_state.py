"""What a server's keyboard is like, asked of the server by other means than ours."""

from __future__ import annotations

from subprocess import run

from trueclick.agent.input.x11.xkb import Xkb
from trueclick.capture.x11.connection import connect


def keymap(server: str) -> str:
    """The whole keyboard as `xkbcomp` writes it: codes, types, symbols, actions."""
    told = run(
        ["xkbcomp", "-w0", "-xkb", server, "-"], capture_output=True, check=True, encoding="utf-8"
    )
    return told.stdout


def locked(server: str) -> tuple[int, int]:
    """The locked modifiers and the locked group."""
    with connect(server) as connection:
        return Xkb(connection).locked()
