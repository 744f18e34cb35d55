"""Typing that goes on for a while: what it waits for, what changes meanwhile, and how it ends."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from trueclick.agent.input.x11 import XTestInput, keyboard
from trueclick.agent.input.x11.faking import Faker
from trueclick.agent.input.x11.keyboard import Keyboard
from trueclick.agent.input.x11.ledger import SIZE, Ledger
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.capture.x11.connection import connect
from trueclick.geometry import Refusal

from ..recorder import Recorder
from .typing_corpus import A_HUNDRED, EXOTIC
from .typing_programs import TypingProgram, missing, typing_program
from .xkb_state import (
    CAPS,
    NUM,
    fewer_spare,
    keymap,
    lock,
    locked,
    pressed,
    set_layout,
)


@contextlib.contextmanager
def bare_keyboard(server: str) -> Generator[tuple[Keyboard, Ledger, Any]]:
    """A keyboard whose typing is driven bit by bit."""
    with connect(server) as connection:
        ledger = Ledger(bytearray(SIZE))
        opened = Keyboard(connection, Faker(connection, ledger), ledger, SystemClock())
        yield opened, ledger, connection
        connection.flush()
        opened.restore()
        assert ledger.keys_down() == []


def finish(typing: Iterable[float]) -> None:
    for pause_s in typing:
        SystemClock().sleep(pause_s)


class Broken(Exception): ...  # noqa: N818 - it stands for any


class BreakingClock(SystemClock):
    """A clock that raises when somebody sleeps for the third time."""

    def __init__(self) -> None:
        self.left = 3

    def sleep(self, seconds: float) -> None:
        self.left -= 1
        if not self.left:
            raise Broken
        super().sleep(seconds)


def test_an_exception_while_typing_leaves_nothing_changed(server: str, text: TypingProgram) -> None:
    set_layout(server, "us,ru")
    lock(server, CAPS | NUM, 1)
    before = keymap(server)
    with contextlib.closing(XTestInput(server, BreakingClock())) as backend:
        with pytest.raises(Broken):
            backend.type(A_HUNDRED * 20)
        assert pressed(server) == []
        assert locked(server) == (CAPS | NUM, 1)
        held = text.received()
        assert held == (A_HUNDRED * 20)[: len(held)]
    assert keymap(server) == before


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_typing_that_is_stopped_leaves_nothing_changed(
    server: str, text: TypingProgram, bits: int
) -> None:
    lock(server, CAPS, 0)
    before = keymap(server)
    wanted = (EXOTIC + "Plain Text ") * 20
    with bare_keyboard(server) as (opened, ledger, connection):
        typing = opened.typing(wanted)
        for _ in range(bits):
            next(typing)
            assert ledger.keys_down() == []
        typing.close()
        connection.flush()
        assert locked(server) == (CAPS, 0)
        assert pressed(server) == []
        opened.restore()
        assert ledger.copy() == bytes(SIZE) or not any(ledger.copy()[272:529])
    assert keymap(server) == before
    held = text.received()
    assert wanted.startswith(held)


def test_typing_whose_spare_codes_are_taken_meanwhile_tells_how_far_it_came(
    server: str, text: TypingProgram
) -> None:
    wanted = "plain text " * 200 + "漢字"
    with bare_keyboard(server) as (opened, _, connection):
        typing = opened.typing(wanted)
        next(typing)
        connection.flush()
        with fewer_spare(server, 0), pytest.raises(Refusal) as refused:
            finish(typing)
    assert str(refused.value) == (
        "only the first 2200 of 2202 characters were typed: the keyboard lacks the next one by now "
        "and has no room for it"
    )
    assert text.holds(wanted[:2200]) == wanted[:2200]


def test_a_layout_that_is_changed_while_typing_is_noticed(server: str, text: TypingProgram) -> None:
    wanted = ("The lazy dog: yz & é ф 漢字 {}" * 40)[:1000]
    layouts = iter(["de", "fr", "ru", "us"] * 10)
    with bare_keyboard(server) as (opened, _, connection):
        typed = 0
        for pause_s in opened.typing(wanted):
            if pause_s:  # it waits for the program
                SystemClock().sleep(pause_s)
                continue
            connection.flush()
            typed += 64
            # A person sees what was typed before going for the layout.
            arrived = text.holds(wanted[:typed], patience_s=0.5)
            assert wanted.startswith(arrived)
            set_layout(server, next(layouts))
        connection.flush()
    assert text.holds(wanted) == wanted


def test_ten_thousand_characters_lose_none(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    wanted = ("".join(map(chr, range(0x20, 0x7F))) + "\n") * 105
    assert len(wanted) > 10_000
    backend.type(wanted)
    assert text.holds(wanted) == wanted


def test_what_a_program_has_not_read_is_not_mapped_anew(
    display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := missing("gtk"):
        pytest.skip(reason)
    monkeypatch.setattr(keyboard, "_HUNG_S", 0.5)
    with (
        typing_program("gtk", display.name) as program,
        contextlib.closing(XTestInput(display.name, SystemClock())) as backend,
    ):
        backend.type("it answers; ")
        os.kill(program.pid, signal.SIGSTOP)
        try:
            with pytest.raises(Refusal, match="has not read its keys"):
                backend.type(A_HUNDRED)
        finally:
            os.kill(program.pid, signal.SIGCONT)
        monkeypatch.undo()
        backend.type(" done")
        # All that was typed into the stopped program was read on the mapping that it was typed on.
        typed = program.received().removeprefix("it answers; ").removesuffix(" done")
        assert program.received() == f"it answers; {typed} done"
        assert 0 < len(typed) < len(A_HUNDRED)
        assert A_HUNDRED.startswith(typed)


def test_where_nobody_listens_typing_ends_all_the_same(
    window: Recorder, bare_display: VirtualDisplay
) -> None:
    before = keymap(bare_display.name)
    with (
        connect(bare_display.name) as connection,
        contextlib.closing(XTestInput(bare_display.name, SystemClock())) as backend,
    ):
        for focus in (0, 1):  # nowhere, and wherever the pointer is
            connection.core.SetInputFocus(0, focus, 0)
            connection.core.GetInputFocus().reply()
            backend.type(EXOTIC)
    assert keymap(bare_display.name) == before
