"""A server whose keyboard tests may change, and a program on it that takes what is typed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.geometry import Size

from .typing_programs import TypingProgram, typing_program
from .xkb_state import keymap, lock, pressed, set_layout


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    # A window manager reads the keyboard anew after each change, and openbox takes its time.
    with VirtualDisplay(Size(800, 600), window_manager=False) as started:
        yield started.name


@pytest.fixture(scope="module")
def program(server: str) -> Iterator[TypingProgram]:
    with typing_program("tk", server) as started:
        yield started


@pytest.fixture
def text(server: str, program: TypingProgram) -> Iterator[TypingProgram]:
    """A text that has the focus, on a `us` keyboard; afterwards nothing is other than before."""
    program.clear()
    set_layout(server, "us")
    before = keymap(server)
    yield program
    set_layout(server, "us")
    lock(server, 0, 0)
    assert keymap(server) == before
    assert pressed(server) == []


@pytest.fixture
def backend(server: str) -> Iterator[XTestInput]:
    with contextlib.closing(XTestInput(server, SystemClock())) as opened:
        yield opened
