"""A real window, found, clicked, typed into and compared, through a model's smaller view."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from trueclick.agent import application, open_desktop
from trueclick.agent.qa import Baselines, ExpectationError, Mask, Screen, TextReader
from trueclick.capture import VirtualDisplay, read_image
from trueclick.capture.encoding.png import png
from trueclick.geometry import Box, Image, Point, Size, UsageError

from ...programs import TK_PYTHON
from .drawn import page

PROGRAM = """
import json, sys, tkinter as tk
window = tk.Tk()
window.overrideredirect(True)
window.geometry("1600x900+0+0")
font = ("DejaVu Sans", 14)
tk.Label(window, text="Name", font=font).place(x=40, y=40)
entry = tk.Entry(window, font=font, relief="solid", insertofftime=0)
entry.place(x=160, y=40, width=300)
told = tk.Label(window, text="Ready", font=font)
told.place(x=40, y=200)
def save():
    told.config(text="Saving")
    window.after(700, lambda: told.config(text="Saved " + entry.get()))
tk.Button(window, text="Save", font=font, command=save).place(x=40, y=120)
for x in (700, 900):
    tk.Label(window, text="Twice", font=font).place(x=x, y=40)
last = tk.Label(window, font=font)
last.place(x=40, y=280)
clicks = []
def clicked(event):
    clicks.append((event.x_root, event.y_root))
    with open(sys.argv[1], "w") as file:
        json.dump(clicks, file)
    last.config(text=f"{event.x_root} {event.y_root}")
window.bind_all("<Button-1>", clicked)
window.update()
entry.focus_force()
window.mainloop()
"""


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clicks") / "clicks.json"


@pytest.fixture(scope="module")
def shown(clicks: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    with (
        VirtualDisplay(Size(1600, 900), window_manager=False) as display,
        application([TK_PYTHON, "-c", PROGRAM, str(clicks)], display.name),
        open_desktop(display.name, model="local") as desktop,
    ):
        assert desktop.view.model.width < desktop.view.image.width
        yield Screen(desktop, reader=TextReader(), artifacts=tmp_path_factory.mktemp("artifacts"))


@pytest.fixture
def screen(shown: Screen, tmp_path: Path) -> Screen:
    shown.baselines = Baselines(tmp_path / "baselines", write_new=True, say=lambda _: None)
    return shown


def test_a_click_lands_on_the_very_pixel(screen: Screen, clicks: Path) -> None:
    places = [Point(801, 451), Point(802, 451), Point(803, 452)]
    for place in places:
        screen.click(place)
    # The program hears of a click a little later.
    screen.expect_text(f"{places[-1].x} {places[-1].y}")
    assert [tuple(at) for at in json.loads(clicks.read_text())[-3:]] == [
        (place.x, place.y) for place in places
    ]


def test_texts_are_found_typed_and_waited_for(screen: Screen) -> None:
    screen.type("Ada", into="Name")
    screen.type("Bob", into="Name")
    screen.click("Save")
    assert screen.expect_text(re.compile("^Saved .*")) == screen.expect_text("Saved Bob")
    screen.expect_no_text("Saving")
    screen.expect_no_text("Saved", region=Box(800, 0, 1600, 900))


def test_a_text_in_two_places_is_not_guessed_at(screen: Screen) -> None:
    with pytest.raises(ExpectationError, match='"Twice" is on the screen 2 times, at ') as caught:
        screen.click("Twice", timeout_s=0.1)
    assert [path.is_file() for path in caught.value.artifacts] == [True]
    assert screen.find("Twice", near="Name").box.x0 < 800
    assert screen.find("Twice", region=Box(800, 0, 1600, 900)).box.x0 > 800


def test_what_is_not_there_is_told_with_what_is(screen: Screen) -> None:
    with pytest.raises(ExpectationError) as caught:
        screen.expect_text("Twicce", timeout_s=0)
    assert str(caught.value).startswith('"Twicce" is not on the screen after 0 s')
    assert 'nearest: "Twice"' in str(caught.value)


def test_a_picture_is_stored_matched_and_told_apart(screen: Screen) -> None:
    assert screen.baselines is not None
    part = Box(0, 0, 600, 100)
    screen.type("one", into="Name")
    screen.expect_image("form", region=part)
    screen.expect_image("form", region=part, timeout_s=5)
    stored = screen.baselines.written[0].read_bytes()
    screen.type("other", into="Name")
    with pytest.raises(ExpectationError, match="does not look like the baseline") as caught:
        screen.expect_image("form", region=part, timeout_s=0.1)
    assert [path.stem.rpartition("-")[2] for path in caught.value.artifacts] == [
        *("compared", "before", "after", "difference")
    ]
    screen.expect_image("form", region=part, masks=[Mask.box(160, 40, 460, 80)], timeout_s=5)
    assert screen.baselines.written[0].read_bytes() == stored
    screen.baselines.write_new = False
    with pytest.raises(ExpectationError, match="there are baselines called form"):
        screen.expect_image("from", region=part, timeout_s=0.1)


def test_a_stored_picture_that_is_damaged_or_of_another_size_is_replaced_when_asked_for(
    screen: Screen, tmp_path: Path
) -> None:
    stored = Baselines(tmp_path, update=True, say=lambda _: None)
    path, part = stored.path("form", screen.size), Box[Image](0, 200, 100, 250)
    path.parent.mkdir()
    for damaged in (b"no picture", png(page().pixels)):
        path.write_bytes(damaged)
        screen.baselines = Baselines(tmp_path)
        with pytest.raises((UsageError, ExpectationError), match=r"no picture|has 100x50 pixels"):
            screen.expect_image("form", region=part, timeout_s=0)
        screen.baselines = stored
        screen.expect_image("form", region=part, timeout_s=0)
        assert read_image(path).size == part.size


def test_what_makes_no_sense_is_refused(screen: Screen) -> None:
    with pytest.raises(UsageError, match="not inside the display"):
        screen.expect_text("x", region=Box(0, 0, 1601, 10))
    with pytest.raises(UsageError, match="must not be empty"):
        screen.click(" ")
    with pytest.raises(UsageError, match="timeout_s is a number"):
        screen.expect_text("x", timeout_s=-1)
    with pytest.raises(UsageError, match="timeout_s is a number"):
        screen.expect_text("x", timeout_s=cast("float", "3"))
    with pytest.raises(UsageError, match="a text or a pattern of one"):
        screen.expect_text(cast("str", 10))
    with pytest.raises(UsageError, match="reads no Cyrillic letters"):
        screen.expect_no_text("Ошибка")
    with pytest.raises(UsageError, match="cannot be called"):
        screen.expect_image("../x")
