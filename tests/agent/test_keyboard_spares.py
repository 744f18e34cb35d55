"""The spare codes that characters are put onto: few of them, other people's, and nobody hurt."""

from __future__ import annotations

import contextlib
import subprocess
from typing import Any

import pytest

from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import SystemClock
from trueclick.capture.x11.connection import connect, library
from trueclick.geometry import Refusal

from .typing_corpus import A_HUNDRED, EXOTIC
from .typing_programs import TypingProgram
from .xkb_state import (
    change,
    fewer_spare,
    keymap,
    pressed,
    row,
    spare,
)


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
        assert str(refused.value) == (
            "the keyboard lacks 2 of the text's characters and has room for 0 more"
        )
        with (
            pytest.raises(Refusal, match="lacks 1 of these keys"),
            backend.held(parse_keys("ctrl+漢")),
        ):
            pass
        assert pressed(server) == []
        backend.type("what it has")
        assert text.holds("what it has") == "what it has"


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

    with contextlib.closing(XTestInput(server, SystemClock())) as backend:
        # The server also tells everybody when another keyboard is used than before: not counted.
        backend.type("plain")
        with connect(server) as other:
            backend.type(EXOTIC)
            assert text.holds("plain" + EXOTIC) == "plain" + EXOTIC
            # X.Org's server tells twice: of the keyboard that was used last, and of all as one.
            assert 1 <= told(other) <= 2
            backend.close()
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
