"""Every text arrives as it was sent, in real programs, on several layouts, with Caps Lock on."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from subprocess import run

import pytest

from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.geometry import Size

from .typing_corpus import CORPUS, CROSS_SECTION
from .typing_programs import missing, typing_program
from .xkb_state import keymap, locked

PROGRAMS = ("tk", "gtk", "xterm", "chromium")
LAYOUTS = ("us", "de", "fr", "ru")
CAPS_LOCK_ON = {"de", "ru"}

NOT_RECEIVED: Mapping[tuple[str, str], str] = {}
"""What a program does not take from any keyboard, with the reason."""


@pytest.fixture(scope="module")
def own_display() -> Iterator[VirtualDisplay]:
    """Its layout is changed, so no other test shares it."""
    with VirtualDisplay(Size(1000, 700)) as started:
        yield started


def as_received(program: str, text: str) -> str:
    """What a program makes of the Return key: a terminal a carriage return."""
    return text.replace("\n", "\r") if program == "xterm" else text


@contextlib.contextmanager
def layout(server: str, name: str, *, caps_lock: bool) -> Generator[None]:
    run(["setxkbmap", "-display", server, name], check=True)
    toggle(server, caps_lock)
    try:
        yield
    finally:
        toggle(server, caps_lock)
        run(["setxkbmap", "-display", server, "us"], check=True)


def toggle(server: str, wanted: bool) -> None:
    if wanted:
        with (
            contextlib.closing(XTestInput(server, SystemClock())) as backend,
            backend.held(parse_keys("Caps_Lock")),
        ):
            pass


def differences(server: str, program: str, names: Iterable[str]) -> dict[str, str]:
    """Of those texts that arrive otherwise what arrived."""
    found = {}
    with (
        typing_program(program, server) as started,
        contextlib.closing(XTestInput(server, SystemClock())) as backend,
    ):
        for name in names:
            started.clear()
            backend.type(CORPUS[name])
            wanted = as_received(program, CORPUS[name])
            if (held := started.holds(wanted)) != wanted:
                found[name] = held
    return found


def check(server: str, program: str, layout_name: str, names: Iterable[str]) -> None:
    if reason := missing(program):
        pytest.skip(reason)
    with layout(server, layout_name, caps_lock=layout_name in CAPS_LOCK_ON):
        before = keymap(server), locked(server)
        names = [name for name in names if (program, name) not in NOT_RECEIVED]
        assert differences(server, program, names) == {}
        assert (keymap(server), locked(server)) == before


@pytest.mark.parametrize(
    ("program", "layout_name"),
    [("tk", "fr"), ("gtk", "de"), ("xterm", "ru"), ("chromium", "us")],
)
def test_a_cross_section_arrives(
    own_display: VirtualDisplay, program: str, layout_name: str
) -> None:
    check(own_display.name, program, layout_name, CROSS_SECTION)


@pytest.mark.slow
@pytest.mark.parametrize("layout_name", LAYOUTS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_whole_corpus_arrives(
    own_display: VirtualDisplay, program: str, layout_name: str
) -> None:
    check(own_display.name, program, layout_name, CORPUS)


@pytest.mark.slow
@pytest.mark.parametrize(("program", "layout_name"), [("tk entry", "ru"), ("gtk entry", "fr")])
def test_an_entry_takes_all_but_line_ends_and_tabs(
    own_display: VirtualDisplay, program: str, layout_name: str
) -> None:
    # Return and Tab are commands to it, as they are to a person.
    names = [name for name, text in CORPUS.items() if not {"\n", "\t"} & set(text)]
    check(own_display.name, program, layout_name, names)


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(set(CORPUS.values())) >= 60
    assert {name for _, name in NOT_RECEIVED} <= CORPUS.keys()
