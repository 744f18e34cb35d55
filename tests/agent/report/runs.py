"""Runs as traces, made up: one with a bit of everything, and long ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np
from tests.agent.trace.told import STARTED, TASK, ended

from trueclick.agent.events import (
    Acted,
    Added,
    Answered,
    Calling,
    Decided,
    Event,
    Faulted,
    Glimpsed,
    Instructed,
    Retried,
    Said,
    Shortened,
    Thought,
)
from trueclick.agent.outcome import Outcome, Seen
from trueclick.agent.usage import Usage
from trueclick.capture import Changes, EncodedImage, Screenshot, encode
from trueclick.geometry import Box, Image, Model, Point, Screen, Size

MODEL = Size[Model](1456, 819)

START = replace(
    STARTED,
    task="Order a walnut table, then tell me what it costs.",
    screen=Box[Screen](-1920, 0, 0, 1080),
    screenshot=MODEL,
    captured=Size[Image](2880, 1620),
)
"""A display left of the primary one, captured at 150 %."""

SPOT = Point[Model](300, 200)
"""The middle of the one spot on each of `spotted`'s pictures."""

RED = (220, 30, 30)


def spotted(shade: int, spots: tuple[Point[Model], ...] = (SPOT,), reach: int = 4) -> EncodedImage:
    """A picture of one grey with square spots in red around pixels."""
    pixels = np.full((MODEL.height, MODEL.width, 4), shade, np.uint8)
    for spot in spots:
        rows = slice(spot.y - reach, spot.y + reach + 1)
        columns = slice(spot.x - reach, spot.x + reach + 1)
        pixels[rows, columns, :3] = RED[::-1]
    return encode(Screenshot(pixels))


def look(
    id_: str,
    image: EncodedImage,
    near: tuple[Box[Model], ...] = (),
    elsewhere: tuple[Box[Model], ...] = (),
    restless: tuple[Box[Model], ...] = (),
    hidden: tuple[Box[Model], ...] = (),
    still: bool = True,
) -> Acted:
    """A screenshot."""
    seen = Seen(Changes(near, elsewhere, restless), still=still, hidden=hidden)
    return Acted("screenshot", {}, Outcome(picture=image, seen=seen, settle_s=0.3), 0.4, None, id_)


def did(id_: str, member: str, error: str | None = None, **values: object) -> Acted:
    """An action; one at a place landed on the screen's pixel there."""
    at = values.get("coordinate")
    landed = start = None
    if isinstance(at, list) and error is None:
        landed = on_screen(at)
        begun = values.get("start_coordinate")
        start = on_screen(begun) if isinstance(begun, list) else None
    return Acted(member, values, Outcome(landed, start, settle_s=0.05), 0.12, error, id_)


def on_screen(at: list[int]) -> Point[Screen]:
    """Where a pixel of the screenshot is on `START`'s screen, by the contract written out."""
    x, y = at
    return Point(
        (2 * x + 1) * 1920 // (2 * MODEL.width) - 1920, (2 * y + 1) * 1080 // (2 * MODEL.height)
    )


def answer(turn: int, stop_reason: str = "tool_use") -> Answered:
    """An answer that costs more with each turn."""
    usage = Usage(uncached=20, cache_read=1500 * turn, cache_write=1700, output=90 + turn % 7 * 30)
    return Answered(turn, stop_reason, usage, Decimal("0.0031") + turn * Decimal("0.0004"), 2.4)


def varied_run() -> list[Event]:
    """A bit of everything that a report shows."""
    first, second, third = spotted(240), spotted(200), spotted(160)
    near, away = Box[Model](280, 180, 420, 260), Box[Model](900, 60, 1000, 90)
    clock, private = Box[Model](1380, 4, 1450, 24), Box[Model](600, 500, 800, 530)
    return [
        START,
        Added(TASK),
        Retried("529: overloaded", 1, 0.5),
        answer(1),
        Thought(1, "The form is open. I should look before I click."),
        Said(1, "I look at the screen first."),
        look("a", first, restless=(clock,)),
        answer(2),
        Said(2, "The field is there: I click on it and type."),
        did("b", "left_click", coordinate=[SPOT.x, SPOT.y]),
        Glimpsed("c", spotted(220), still=False),
        did("c", "type", text="Zoé Weiß <b>bold</b> & Größe 😀\nsecond line"),
        look("", second, (near,), (away,), (clock,), (private,)),
        answer(3),
        Said(3, "Now the slider, the list and a closer look."),
        did("d", "left_click_drag", start_coordinate=[320, 600], coordinate=[760, 640]),
        did("e", "scroll", coordinate=[700, 300], scroll_direction="down", scroll_amount=5),
        did("f", "key", text="ctrl+s", repeat=2),
        Acted(
            "zoom",
            {"region": [200, 150, 600, 350]},
            Outcome(picture=spotted(120), seen=Seen(None, still=True)),
            0.3,
            None,
            "g",
        ),
        did(
            "h",
            "left_click",
            "(1500, 20) is outside the 1456x819 screenshot",
            coordinate=[1500, 20],
        ),
        did(
            "i", "left_clck", "there is no action left_clck; the nearest one is left_click", at="x"
        ),
        Decided(
            "j", "left_click", {"coordinate": [10, 10]}, approved=False, by="person", seconds=4.2
        ),
        did("j", "left_click", "the user declined this action", coordinate=[10, 10]),
        look("", third, (), (), (clock,)),
        Instructed("and close the window"),
        Shortened("pruned", 12),
        answer(4),
        Faulted("display", "the display did not answer for 10 s", Usage()),
        Said(4, "It is all done."),
        Calling("k", "wait", {"duration": 2}),
        did("k", "wait", duration=2),
        answer(5, "end_turn"),
        Said(5, "The walnut table costs 420 €."),
        ended(None, turns=5),
    ]


def long_run(looks: Iterator[EncodedImage], steps: int) -> Iterator[Event]:
    """A run of many turns with two steps each: a click, and the screenshot that comes with it.

    The screen just before each click is known as well, so that there are as many pictures as steps.
    """
    yield START
    yield Added(TASK)
    for turn in range(1, steps // 2 + 1):
        yield Glimpsed(f"a{turn}", next(looks), still=True)
        x, y = 40 + turn * 37 % 1300, 30 + turn * 53 % 700
        yield answer(turn)
        yield Said(turn, f"I click on entry {turn} of the list, then I look at what came of it.")
        error = None if turn % 50 else "nothing is there"
        yield did(f"a{turn}", "left_click", error, coordinate=[x, y])
        yield look("", next(looks), (Box(x, y, x + 60, y + 24),))
    yield ended(None)
