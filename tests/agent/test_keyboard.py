"""What is locked, mapped and borrowed while keys are pressed and texts typed, and given back."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.x11 import XTestInput, keyboard
from trueclick.agent.input.x11.faking import Faker
from trueclick.agent.input.x11.keyboard import Keyboard
from trueclick.agent.input.x11.ledger import SIZE, Ledger
from trueclick.agent.input.x11.xkb import Xkb
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.capture.x11.connection import connect, library
from trueclick.geometry import Refusal, Size

from ..recorder import Recorder
from .typing_programs import TypingProgram, missing, typing_program
from .xkb_state import keymap, locked

CAPS, NUM = 2, 16
"""The modifiers that lock on a keyboard of X.Org's."""

EXOTIC = "äöü€ 漢字仮名交じり文 Ελληνικά 😀🚀 שלום ∑∫√ ąęłż ☕"
A_HUNDRED = "".join(map(chr, range(0x4E00, 0x4E64)))


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


def set_layout(server: str, name: str) -> None:
    subprocess.run(["setxkbmap", "-display", server, name], check=True)


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


@pytest.mark.parametrize(
    ("layout", "group", "modifiers"),
    [
        ("us", 0, CAPS),
        ("de", 0, CAPS | NUM),
        ("fr", 0, CAPS),
        ("ru", 0, NUM),
        ("us,ru", 0, CAPS | NUM),
        ("us,ru", 1, CAPS),
        ("us,il", 1, 0),
        ("us,ru,gr,il", 3, CAPS),
    ],
)
def test_what_is_locked_changes_no_text_and_is_locked_again(
    server: str, text: TypingProgram, layout: str, group: int, modifiers: int
) -> None:
    set_layout(server, layout)
    lock(server, modifiers, group)
    before = keymap(server)
    with contextlib.closing(XTestInput(server, SystemClock())) as backend:
        backend.type("Hello, World 123 | Привет, МИР | שלום é")
        assert text.holds("Hello, World 123 | Привет, МИР | שלום é")
        assert locked(server) == (modifiers, group)
    assert (locked(server), keymap(server)) == ((modifiers, group), before)


@pytest.mark.parametrize(
    ("layout", "group", "typed"),
    [
        ("ru", 0, "Привет, мир № 1!"),
        ("us,ru", 0, "Привет мир"),
        ("us,ru", 1, "Hello [world] @#$"),
        ("de", 0, "äöüß ÄÖÜ {[]}\\ @ € ~ | µ"),
        ("fr", 0, "éèàç 123 {[]}\\ @ € ^ ` #"),
    ],
)
def test_what_a_layout_has_is_not_borrowed(
    server: str, text: TypingProgram, layout: str, group: int, typed: str
) -> None:
    set_layout(server, layout)
    lock(server, 0, group)
    before = keymap(server)
    with contextlib.closing(XTestInput(server, SystemClock())) as backend:
        backend.type(typed)
        assert text.holds(typed) == typed
        assert keymap(server) == before


def test_a_symbol_that_only_a_dead_key_resembles_is_typed_all_the_same(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    set_layout(server, "de")
    backend.type("^e`a´o ^`´")
    assert text.holds("^e`a´o ^`´") == "^e`a´o ^`´"


@pytest.mark.parametrize("modifiers", [0, CAPS, NUM, CAPS | NUM])
def test_a_pressed_key_is_the_key_that_was_named_whatever_is_locked(
    server: str, text: TypingProgram, backend: XTestInput, modifiers: int
) -> None:
    lock(server, modifiers, 0)
    for name in ("a", "A", "KP_5", "shift+b", "é", "KP_Add", "exclam", "U+20AC", "KP_0"):
        with backend.held(parse_keys(name)):
            pass
        assert locked(server) == (modifiers, 0)
    assert text.holds("aA5Bé+!€0") == "aA5Bé+!€0"


def test_another_layouts_letter_is_pressed_in_its_own_group(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    set_layout(server, "us,ru")
    before = keymap(server)
    for group in (0, 1):
        lock(server, 0, group)
        for name in ("a", "Cyrillic_ef"):
            with backend.held(parse_keys(name)):
                pass
        assert locked(server) == (0, group)
    assert text.holds("aфaф") == "aфaф"
    assert keymap(server) == before


@pytest.mark.parametrize(("name", "bit"), [("Caps_Lock", CAPS), ("Num_Lock", NUM)])
def test_a_lock_that_is_pressed_stays(
    server: str, text: TypingProgram, backend: XTestInput, name: str, bit: int
) -> None:
    for wanted in (bit, 0, bit):
        with backend.held(parse_keys(name)):
            pass
        assert locked(server) == (wanted, 0)
    backend.type("abc")
    assert text.holds("abc") == "abc"
    assert locked(server) == (bit, 0)


def test_a_lock_that_is_pressed_while_another_key_is_held_stays_too(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    lock(server, NUM, 0)
    with backend.held(parse_keys("shift")), backend.held(parse_keys("Caps_Lock")):
        pass
    assert locked(server) == (CAPS | NUM, 0)


def test_keys_held_one_within_the_other_come_up_one_by_one(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    lock(server, CAPS, 0)
    shift = 50
    with backend.held(parse_keys("shift")):
        with backend.held(parse_keys("shift+a")):
            assert len(pressed(server)) == 2
        assert pressed(server) == [shift]
        backend.type("Bc")
        assert pressed(server) == [shift]
        assert locked(server) == (0, 0)
    assert pressed(server) == []
    assert locked(server) == (CAPS, 0)
    assert text.holds("ABC") == "ABC"  # a person who holds Shift gets no small letter either


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


@pytest.mark.parametrize("left", [10, 3, 2, 1])
def test_few_spare_codes_are_enough_for_any_text(
    server: str, text: TypingProgram, left: int
) -> None:
    wanted = EXOTIC + A_HUNDRED[: 10 * left] + EXOTIC
    with (
        fewer_spare(server, left),
        contextlib.closing(XTestInput(server, SystemClock())) as backend,
    ):
        backend.type(wanted)
        assert text.holds(wanted) == wanted


def test_without_a_spare_code_a_text_is_refused_before_any_of_it_is_typed(
    server: str, text: TypingProgram
) -> None:
    with (
        fewer_spare(server, 0),
        contextlib.closing(XTestInput(server, SystemClock())) as backend,
    ):
        with pytest.raises(Refusal) as refused:
            backend.type("plain text " * 500 + "漢字")
        assert str(refused.value) == "2 characters are not on the keyboard, which has 0 spare keys"
        with pytest.raises(Refusal), backend.held(parse_keys("ctrl+漢")):
            pass
        assert pressed(server) == []
        backend.type("what it has")
        assert text.holds("what it has") == "what it has"


def test_a_combination_with_more_than_fits_is_refused_and_nothing_is_pressed(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    with (
        fewer_spare(server, 1),
        pytest.raises(Refusal, match="3 characters are not on the keyboard, which has 1"),
        backend.held(parse_keys("漢+字+仮")),
    ):
        pass
    assert pressed(server) == []


def test_a_layout_that_is_changed_between_two_texts_is_noticed(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    for name in ("us", "de", "ru", "fr", "us,ru"):
        set_layout(server, name)
        backend.type("yz&é{}ф漢; ")
    assert text.holds("yz&é{}ф漢; " * 5) == "yz&é{}ф漢; " * 5


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


def test_a_code_that_somebody_else_takes_is_theirs(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    before = set(spare(server))
    backend.type("漢字")
    ours = min(before - set(spare(server)))
    change(server, ours, 0xE9)
    backend.type("漢字仮名")
    assert text.holds("漢字漢字仮名") == "漢字漢字仮名"
    assert row(server, ours)[0] == 0xE9
    backend.close()
    assert row(server, ours)[0] == 0xE9
    change(server, ours, 0)


def test_programs_are_not_told_of_each_code_that_a_text_needs(
    server: str, text: TypingProgram
) -> None:
    xproto = library("xcffib.xproto")

    def told(other: Any) -> int:
        other.core.GetInputFocus().reply()
        events = iter(other.poll_for_event, None)
        return sum(isinstance(event, xproto.MappingNotifyEvent) for event in events)

    with connect(server) as other:
        with contextlib.closing(XTestInput(server, SystemClock())) as backend:
            backend.type(EXOTIC)
            assert text.holds(EXOTIC) == EXOTIC
            # X.Org's server tells twice: of the keyboard that was used last, and of all as one.
            assert 1 <= told(other) <= 2
        assert 1 <= told(other) <= 2


def test_keyboards_that_differ_stay_as_they_are(server: str, text: TypingProgram) -> None:
    subprocess.run(["setxkbmap", "-display", server, "-device", "7", "fr"], check=True)
    before = keymap(server, 7)
    with contextlib.closing(XTestInput(server, SystemClock())) as backend:
        backend.type(EXOTIC)
        assert text.holds(EXOTIC) == EXOTIC
    assert keymap(server, 7) == before


def test_two_desktops_on_one_display_take_no_code_from_each_other(
    server: str, text: TypingProgram
) -> None:
    one, two = "漢字 ąęć", "ελλ 😀 şğ"
    before = keymap(server)
    with contextlib.closing(XTestInput(server, SystemClock())) as second:
        with contextlib.closing(XTestInput(server, SystemClock())) as first:
            for _ in range(3):
                first.type(one)
                second.type(two)
            assert text.holds((one + two) * 3) == (one + two) * 3
        second.type(two)
        assert text.holds((one + two) * 3 + two) == (one + two) * 3 + two
    assert keymap(server) == before


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
