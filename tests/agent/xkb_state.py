"""A server's keyboard, asked and changed as another program would."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from subprocess import run

from trueclick.agent.input.x11.xkb import Xkb
from trueclick.capture.x11.connection import connect

CAPS, NUM = 2, 16
"""The modifiers that lock on a keyboard of X.Org's."""


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


def set_layout(server: str, name: str) -> None:
    run(["setxkbmap", "-display", server, name], check=True)


def lock(server: str, modifiers: int, group: int) -> None:
    with connect(server) as connection:
        Xkb(connection).lock(modifiers, group)
        connection.core.GetInputFocus().reply()


def pressed(server: str) -> list[int]:
    with connect(server) as connection:
        bits = connection.core.QueryKeymap().reply().keys
    return [8 * i + bit for i, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1]


def change(server: str, code: int, keysym: int) -> None:
    """What another program does that maps a key."""
    with connect(server) as connection:
        connection.core.ChangeKeyboardMapping(1, code, 1, [keysym])
        connection.core.GetInputFocus().reply()


def row(server: str, code: int) -> list[int]:
    with connect(server) as connection:
        return [int(s) for s in connection.core.GetKeyboardMapping(code, 1).reply().keysyms]


def spare(server: str) -> tuple[int, ...]:
    with connect(server) as connection:
        return Xkb(connection).layout().spare


@contextlib.contextmanager
def fewer_spare(server: str, left: int) -> Generator[None]:
    """Inside of the block another program holds all spare codes but `left`."""
    taken = spare(server)[left:]
    for i, code in enumerate(taken):
        change(server, code, 0x1002800 + i)
    yield
    for i, code in enumerate(taken):
        assert row(server, code)[0] == 0x1002800 + i
        change(server, code, 0)
