"""Keys and texts on a keyboard as it is: its layout, what is locked, what is down already."""

from __future__ import annotations

import contextlib

import pytest

from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import SystemClock

from .typing_programs import TypingProgram
from .xkb_state import (
    CAPS,
    NUM,
    keymap,
    lock,
    locked,
    pressed,
    set_layout,
)


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


def test_a_layout_that_is_changed_between_two_texts_is_noticed(
    server: str, text: TypingProgram, backend: XTestInput
) -> None:
    for name in ("us", "de", "ru", "fr", "us,ru"):
        set_layout(server, name)
        backend.type("yz&é{}ф漢; ")
    assert text.holds("yz&é{}ф漢; " * 5) == "yz&é{}ф漢; " * 5
