"""Combinations mean the same whatever was typed before, where the layout lacks their keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from trueclick.agent.input.keys import character_key, parse_keys
from trueclick.agent.input.x11 import XTestInput
from trueclick.agent.input.x11.xkb import Xkb
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.capture.x11.connection import connect
from trueclick.geometry import Refusal

from ..recorder import KEY_DOWN, KEY_UP, Recorder
from .typing_programs import TypingProgram, missing, typing_program
from .xkb_state import fewer_spare, keymap, pressed, set_layout

PANGRAMS = "The quick brown fox jumps over the lazy dog, SPHINX OF BLACK QUARTZ JUDGE MY VOW"
"""More Latin characters than there are spare codes: several share one."""

SIXTY = "".join(map(chr, range(0x4E00, 0x4E00 + 60)))
SHIFT, CONTROL, ALT = 1, 4, 8


@contextlib.contextmanager
def russian(server: str) -> Iterator[None]:
    """Inside of the block the layout lacks Latin letters; the keyboard is as before at its end."""
    before = keymap(server)
    set_layout(server, "ru")
    try:
        yield
    finally:
        set_layout(server, "us")
    assert keymap(server) == before


@pytest.fixture
def lacking(bare_display: VirtualDisplay, window: Recorder) -> Iterator[XTestInput]:
    """Input to the window on a keyboard without Latin letters."""
    del window  # it must be there first
    with (
        russian(bare_display.name),
        contextlib.closing(XTestInput(bare_display.name, SystemClock())) as opened,
    ):
        yield opened


def press(backend: XTestInput, *names: str) -> None:
    for name in names:
        with backend.held(parse_keys(name)):
            pass


def received(window: Recorder, server: str) -> list[tuple[int, int]]:
    """Of each key that went down the symbol without a modifier, and the modifiers' state."""
    with connect(server) as connection:
        rows = Xkb(connection).layout().rows
    events = [event for event in window.received() if event.event in {KEY_DOWN, KEY_UP}]
    down = [event for event in events if event.event == KEY_DOWN]
    assert len(events) == 2 * len(down)
    return [(rows[event.detail].symbols[0], event.state) for event in down]


def symbol(name: str) -> int:
    (key,) = parse_keys(name)
    return key.keysym


@pytest.mark.parametrize("before", ["", "awf", PANGRAMS, PANGRAMS + SIXTY, SIXTY + PANGRAMS])
def test_a_shortcut_gets_no_modifier_from_what_was_typed_before(
    bare_display: VirtualDisplay, window: Recorder, lacking: XTestInput, before: str
) -> None:
    lacking.type(before)
    window.received()
    control, alt, shift = symbol("ctrl"), symbol("alt"), symbol("shift")
    for name, wanted in {
        "ctrl+a": [(control, 0), (ord("a"), CONTROL)],
        "ctrl+w": [(control, 0), (ord("w"), CONTROL)],
        "alt+f": [(alt, 0), (ord("f"), ALT)],
        "ctrl+shift+t": [(control, 0), (shift, CONTROL), (ord("t"), CONTROL | SHIFT)],
        "j": [(ord("j"), 0)],
    }.items():
        press(lacking, name)
        assert received(window, bare_display.name) == wanted, name


def test_keys_that_are_down_together_have_a_code_each(
    bare_display: VirtualDisplay, window: Recorder, lacking: XTestInput
) -> None:
    lacking.type(SIXTY)
    window.received()
    one, two, three = (character_key(character).keysym for character in "一丁☕")
    press(lacking, "一+丁+☕")
    assert received(window, bare_display.name) == [(one, 0), (two, 0), (three, 0)]


def test_what_the_layout_has_above_another_key_keeps_its_shift(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    with contextlib.closing(XTestInput(bare_display.name, SystemClock())) as backend:
        press(backend, "ctrl+plus")
        assert received(window, bare_display.name) == [
            (symbol("ctrl"), 0),
            (symbol("shift"), CONTROL),
            (symbol("equal"), CONTROL | SHIFT),
        ]


def test_shift_with_a_letter_that_the_layout_lacks_is_its_capital(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    set_layout(server, "ru")
    press(backend, "shift+b", "b", "B", "shift+é", "shift+ß", "shift+漢", "shift+ф")
    assert text.holds("BbBÉß漢Ф") == "BbBÉß漢Ф"


def test_more_keys_than_spare_codes_are_pressed_one_after_the_other(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    set_layout(server, "ru")
    with fewer_spare(server, 2):
        press(backend, *"abcdefgh")
        backend.type("abc漢字ABC")
        press(backend, *"cba")
        wanted = "abcdefghabc漢字ABCcba"
        assert text.holds(wanted) == wanted
        backend.close()


@pytest.mark.parametrize("program", ["gtk", "gtk entry", "chromium"])
def test_a_program_takes_a_shortcut_after_a_text(display: VirtualDisplay, program: str) -> None:
    if reason := missing(program):
        pytest.skip(reason)
    with (
        russian(display.name),
        typing_program(program, display.name) as started,
        contextlib.closing(XTestInput(display.name, SystemClock())) as backend,
    ):
        backend.type(PANGRAMS)
        assert started.holds(PANGRAMS) == PANGRAMS
        press(backend, "ctrl+a")
        backend.type("instead")
        assert started.holds("instead") == "instead"


def test_a_combination_with_more_than_fits_is_refused_and_nothing_is_pressed(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    with (
        fewer_spare(server, 1),
        pytest.raises(Refusal, match="lacks 3 of these keys and has room for 1 more"),
        backend.held(parse_keys("漢+字+仮")),
    ):
        pass
    assert pressed(server) == []
