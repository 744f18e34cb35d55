"""The screen before a call is packed beside the run, in order, and nothing waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from trueclick.agent import Desktop, glimpses, open_desktop
from trueclick.agent.actions import Click, LookAround, Move, Wait
from trueclick.agent.events import Faulted, Glimpsed
from trueclick.agent.glimpses import MOST_WAITING, Glimpse, Glimpses, Packed
from trueclick.capture import EncodedImage, VirtualDisplay
from trueclick.capture.x11 import shared_memory
from trueclick.geometry import Box, Image, Model, Point, Size

from ..capture.painter import painter
from ..capture.servers import xvfb
from ..recorder import Recorder

PICTURE = EncodedImage(b"picture", "png", Size(10, 10))


@pytest.fixture
def taken() -> Generator[Glimpses]:
    with Glimpses() as opened:
        yield opened


def packed() -> Packed:
    return PICTURE, ()


def after(may: threading.Event) -> Callable[[], Packed]:
    def waiting() -> Packed:
        may.wait(20)
        return packed()

    return waiting


def test_glimpses_are_told_in_the_order_in_which_they_were_taken(taken: Glimpses) -> None:
    for call in ("a", "b", "c"):
        taken.call = call
        taken.take(Glimpse(still=call != "b", packed=packed))
    assert list(taken.ready(20)) == [
        Glimpsed("a", PICTURE, still=True),
        Glimpsed("b", PICTURE, still=False),
        Glimpsed("c", PICTURE, still=True),
    ]
    assert list(taken.ready(20)) == []


def test_whoever_takes_one_does_not_wait_and_more_than_fit_are_left_out(taken: Glimpses) -> None:
    may = threading.Event()
    for number in range(10 + MOST_WAITING):
        taken.call = str(number)
        taken.take(Glimpse(still=True, packed=after(may)))
    assert list(taken.ready()) == []
    may.set()
    told = [event.id for event in taken.ready(20) if isinstance(event, Glimpsed)]
    assert told == [str(number) for number in range(len(told))]
    assert MOST_WAITING <= len(told) <= MOST_WAITING + 1


def test_what_fails_is_told_once_and_the_others_are_kept(taken: Glimpses) -> None:
    def fails() -> Packed:
        raise ValueError("something that was read off the screen")

    for work in (fails, packed, fails):
        taken.take(Glimpse(still=True, packed=work))
    fault, glimpsed = taken.ready(20)
    assert fault == Faulted("program", "a picture of the screen before a call was lost: ValueError")
    assert isinstance(glimpsed, Glimpsed)


def test_what_takes_too_long_is_left_out_at_the_end_of_a_turn(taken: Glimpses) -> None:
    may = threading.Event()
    taken.take(Glimpse(still=True, packed=after(may)))
    taken.take(Glimpse(still=True, packed=packed))
    (fault,) = taken.ready(0.01)
    assert isinstance(fault, Faulted)
    assert fault.text.endswith("packing it took too long")
    may.set()
    taken.call = "later"
    taken.take(Glimpse(still=True, packed=packed))
    assert [event.id for event in taken.ready(20) if isinstance(event, Glimpsed)] == ["later"]


def test_at_the_end_the_thread_is_over_and_what_hangs_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = set(threading.enumerate())
    with Glimpses() as opened:
        opened.take(Glimpse(still=True, packed=packed))
        assert len(list(opened.ready(20))) == 1
    assert set(threading.enumerate()) <= before
    monkeypatch.setattr(glimpses, "PATIENCE_S", 0.05)
    may = threading.Event()
    with Glimpses() as opened:
        for _ in range(MOST_WAITING + 2):
            opened.take(Glimpse(still=True, packed=after(may)))
    may.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    assert set(threading.enumerate()) <= before


def test_a_glimpse_is_taken_of_what_does_not_follow_a_screenshot(
    desktop: Desktop, window: Recorder
) -> None:
    del window
    shown: list[Glimpse] = []
    click, move = Click("left", 1, Point(5, 5), ()), Move(Point(9, 9))
    with desktop.glimpsing(shown.append):
        counts: list[int] = []
        for action in (click, LookAround(), click, move, LookAround(), Wait(0.01), move):
            desktop.perform(action)
            counts.append(len(shown))
    assert counts == [1, 1, 1, 2, 2, 2, 3]
    picture, hidden = shown[0].packed()
    assert (picture.size, picture.media_type, hidden) == (desktop.view.model, "image/png", ())
    desktop.perform(click)
    assert len(shown) == 3


def test_a_glimpse_is_painted_over_as_a_screenshot_of_that_moment() -> None:
    shown: list[Glimpse] = []
    given, later = Box[Image](0, 0, 300, 200), Box[Model](400, 300, 500, 400)
    with (
        xvfb() as (server, _),
        painter(server, 0x00FF00),
        open_desktop(server, model="local", masks=[given]) as desktop,
        desktop.glimpsing(shown.append),
    ):
        desktop.perform(Move(Point(9, 9)))
        desktop.hide([later])
        picture, hidden = shown[0].packed()
        outcome = desktop.perform(LookAround())
        assert outcome.seen is not None
        assert hidden == (Box(0, 0, 300, 200),)
        assert outcome.seen.hidden == (*hidden, later)
        desktop.perform(Move(Point(8, 9)))
        desktop.perform(Move(Point(9, 9)))
        assert shown[-1].packed()[1] == ()  # the model has been told by now
    pixels = np.asarray(opened(picture))
    assert np.all(pixels[:200, :300] == 128)
    assert np.all(pixels[300:400, 400:500] == [0, 255, 0])


def opened(image: EncodedImage) -> Any:
    return Pillow.open(BytesIO(image.data)).convert("RGB")


def test_the_memory_for_pictures_grows_by_no_more_than_may_wait(
    bare_display: VirtualDisplay, window: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del window
    made: list[int] = []

    class Counted(shared_memory.Segment):
        def __init__(self, size: int) -> None:
            made.append(size)
            super().__init__(size)

    monkeypatch.setattr(shared_memory, "Segment", Counted)
    may = threading.Event()
    actions = [Move(Point(x, 9)) for x in range(3 * MOST_WAITING)]
    with (
        open_desktop(bare_display.name, model="local") as desktop,
        Glimpses() as taken,
    ):
        for action in actions:
            desktop.perform(action)
        without = len(made)

        def take(glimpse: Glimpse) -> None:
            def later() -> Packed:
                may.wait(20)
                return glimpse.packed()

            taken.take(Glimpse(glimpse.still, later))

        with desktop.glimpsing(take):
            for action in actions:
                desktop.perform(action)
        assert without < len(made) <= without + MOST_WAITING + 2  # one more is being taken
        may.set()
        assert MOST_WAITING <= len(list(taken.ready(20))) <= MOST_WAITING + 1
        most = len(made)
        for action in actions:
            desktop.perform(action)
        assert len(made) == most
