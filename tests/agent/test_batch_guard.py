"""A coordinate is refused when the screen is no longer the one on which it was decided."""

import contextlib
import itertools
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest

from trueclick.agent import Acted, Desktop, Event, application, open_desktop, run
from trueclick.agent.actions import Action, Click, Drag, LookAround, Move, Scroll, TypeText, Wait
from trueclick.agent.batch_guard import Act, BatchGuard, Look
from trueclick.capture import Screenshot, Source, VirtualDisplay
from trueclick.geometry import Box, Image, Model, Point, Refusal, Size

from ..browser import BROWSER, chromium
from ..capture.painter import Painter, painter
from ..programs import TK_PYTHON
from ..recorder import recorder
from .scripted import ScriptedApi, calls, says
from .test_display_changes import pointer

SIZE = Size(640, 480)
WHITE = 0xFFFFFF

CHANGED = (
    "the screen has changed greatly since the last screenshot: take a screenshot before you point "
    "at it again"
)
OPENED = (
    "a window has opened since the last screenshot: take a screenshot before you point at it again"
)


def click(x: int, y: int) -> Click:
    return Click("left", 1, Point[Model](x, y), ())


@pytest.fixture(scope="module")
def bare() -> Generator[VirtualDisplay]:
    with VirtualDisplay(SIZE, window_manager=False) as display:
        yield display


@pytest.fixture
def screen(bare: VirtualDisplay) -> Generator[Painter]:
    with painter(bare.name) as opened:
        yield opened


@pytest.fixture
def desktop(bare: VirtualDisplay, screen: Painter) -> Generator[Desktop]:
    """A grey screen of 640x480, shown pixel by pixel, of which the model has seen a picture."""
    with open_desktop(bare.name, model="local") as opened:
        opened.perform(LookAround())
        yield opened


@pytest.mark.parametrize(
    ("box", "target"),
    [
        (Box(200, 100, 560, 400), Point(600, 20)),  # something large, away from where one points
        (Box(500, 5, 636, 40), Point(600, 20)),  # a notification, over it
        (Box(0, 0, 640, 480), Point(600, 20)),  # another page
        (Box(30, 30, 640, 480), Point(600, 400)),  # another page, opened by the click itself
    ],
)
def test_what_nobody_expected_ends_the_batch(
    desktop: Desktop, screen: Painter, box: Box[Model], target: Point[Model]
) -> None:
    desktop.perform(click(40, 40))
    screen.fill(box, WHITE)
    with pytest.raises(Refusal) as refused:
        desktop.perform(Click("left", 1, target, ()))
    assert str(refused.value) == CHANGED


@pytest.mark.parametrize(
    ("box", "target"),
    [
        (Box(30, 30, 180, 300), Point(100, 200)),  # a menu opens at the button, and is used
        (Box(20, 20, 640, 480), Point(10, 10)),  # another page, and the next tab beside it
        (Box(500, 300, 560, 330), Point(520, 310)),  # a button becomes available, and is used
        (Box(300, 200, 500, 400), Point(600, 20)),  # a row was chosen, and fills a pane
    ],
)
def test_what_an_action_brings_about_does_not(
    desktop: Desktop,
    screen: Painter,
    bare: VirtualDisplay,
    box: Box[Model],
    target: Point[Model],
) -> None:
    desktop.perform(click(40, 40))
    screen.fill(box, WHITE)
    desktop.perform(Click("left", 1, target, ()))
    assert pointer(bare.name) == (target.x, target.y)


def test_keys_may_change_all_but_what_is_pointed_at_next(desktop: Desktop, screen: Painter) -> None:
    desktop.perform(TypeText("a"))
    screen.fill(Box(0, 60, 640, 480), WHITE)
    desktop.perform(click(600, 20))
    with pytest.raises(Refusal, match=CHANGED):
        desktop.perform(click(300, 300))


def test_a_click_may_change_all_of_its_own_window_but_what_is_pointed_at_next() -> None:
    before = np.zeros((1080, 1920, 4), np.uint8)
    after = before.copy()
    after[100:1000, 700:1500] = 255
    mine, other = {1: Box[Image](0, 0, 1600, 1080)}, {1: Box[Image](0, 0, 600, 1080)}
    for windows, toolbar in ((mine, True), (mine, False), (other, True)):
        guard = BatchGuard()
        guard.shown(Look(Screenshot(before), windows))
        guard.acted(Act((Point(100, 400),)))
        now = Look(Screenshot(after), windows)
        with contextlib.nullcontext() if windows is mine and toolbar else pytest.raises(Refusal):
            guard.check(now, [Point(900, 20) if toolbar else Point(900, 500)])


def test_while_the_model_thinks_only_what_it_points_at_counts(
    desktop: Desktop, screen: Painter
) -> None:
    desktop.next_turn()
    desktop.perform(Scroll("down", 3, Point(300, 300), ()))
    desktop.perform(LookAround())
    desktop.next_turn()
    screen.fill(Box(100, 100, 600, 400), WHITE)  # a dialog in the page, where it was scrolled
    with pytest.raises(Refusal, match=CHANGED):
        desktop.perform(click(300, 300))
    desktop.perform(LookAround())
    desktop.next_turn()
    screen.fill(Box(100, 100, 600, 400), 0)
    desktop.perform(click(20, 20))


def test_a_place_that_changes_by_itself_is_not_refused_for_ever(
    desktop: Desktop, screen: Painter
) -> None:
    banner, refused = Box(400, 20, 600, 220), 0
    for turn in range(4):
        desktop.next_turn()
        screen.fill(banner, 0x303030 * turn)
        try:
            desktop.perform(click(500, 100))
        except Refusal:
            refused += 1
        desktop.perform(LookAround())
    assert refused == 1


def test_a_second_dialog_in_the_place_of_the_first_is_refused_again(
    desktop: Desktop, screen: Painter
) -> None:
    dialog = Box(200, 100, 400, 300)
    for colour in (0x111111, 0x222222):
        screen.fill(dialog, colour)
        with pytest.raises(Refusal):
            desktop.perform(click(300, 200))
        desktop.perform(LookAround())
        desktop.perform(click(300, 200))  # its button: all is as it was shown
        desktop.perform(LookAround())


def test_many_small_changes_are_no_great_one() -> None:
    before = np.zeros((1080, 1920, 4), np.uint8)
    after = before.copy()
    for x in range(150, 1900, 400):
        for y in range(100, 1000, 200):
            after[y : y + 12, x : x + 40] = 255
    guard = BatchGuard()
    guard.shown(Look(Screenshot(before), None))
    guard.acted(Act((Point(5, 5),)))
    guard.check(Look(Screenshot(after), None), [Point(1900, 1070)])


def test_a_page_may_scroll_under_the_wheel(desktop: Desktop, screen: Painter) -> None:
    desktop.perform(Scroll("down", 5, Point(300, 200), ()))
    screen.fill(Box(0, 20, 640, 480), WHITE)
    desktop.perform(click(300, 250))


@pytest.mark.parametrize(
    "action",
    [
        Move(Point(600, 20)),
        Drag(Point(600, 20), Point(10, 10), ()),
        Drag(Point(10, 10), Point(600, 20), ()),
        Scroll("up", 1, Point(600, 20), ()),
        Click("right", 1, Point(600, 20), ()),
    ],
    ids=lambda action: type(action).__name__,
)
def test_every_action_with_a_place_is_checked_before_anything_moves(
    bare: VirtualDisplay, desktop: Desktop, screen: Painter, action: Action
) -> None:
    desktop.perform(Move(Point(320, 240)))
    screen.fill(Box(0, 0, 640, 120), WHITE)
    before = pointer(bare.name)
    with pytest.raises(Refusal, match="changed greatly"):
        desktop.perform(action)
    assert pointer(bare.name) == before


def test_what_has_no_place_goes_on(desktop: Desktop, screen: Painter, bare: VirtualDisplay) -> None:
    screen.fill(Box(0, 0, 640, 480), WHITE)
    before = pointer(bare.name)
    desktop.perform(TypeText("a"))
    desktop.perform(Click("left", 1, None, ()))
    assert pointer(bare.name) == before


def test_a_new_picture_makes_it_good_again(desktop: Desktop, screen: Painter) -> None:
    screen.fill(Box(0, 0, 640, 480), WHITE)
    with pytest.raises(Refusal):
        desktop.perform(click(5, 5))
    desktop.perform(LookAround())
    desktop.perform(click(5, 5))


def test_a_picture_counts_when_the_model_has_read_it(desktop: Desktop, screen: Painter) -> None:
    desktop.next_turn()
    screen.fill(Box(0, 0, 640, 480), WHITE)
    desktop.perform(LookAround())  # within the batch: nobody has seen it yet
    with pytest.raises(Refusal):
        desktop.perform(click(5, 5))
    desktop.next_turn()
    desktop.perform(click(5, 5))


def test_an_action_after_the_last_picture_of_a_turn_still_explains_its_effect(
    desktop: Desktop, screen: Painter
) -> None:
    desktop.next_turn()
    desktop.perform(click(600, 400))
    desktop.perform(LookAround())
    desktop.perform(click(40, 40))
    desktop.next_turn()
    screen.fill(Box(30, 30, 180, 300), WHITE)
    desktop.perform(click(100, 200))


def test_a_film_that_plays_is_no_news(
    desktop: Desktop, screen: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = itertools.count(1)
    grab = Source.grab

    def playing(source: Source) -> Screenshot:
        screen.fill(Box(100, 100, 500, 400), next(frames) * 0x010203)
        return grab(source)

    monkeypatch.setattr(Source, "grab", playing)
    desktop.perform(LookAround())
    desktop.perform(click(300, 200))


def test_it_can_be_switched_off(bare: VirtualDisplay, screen: Painter) -> None:
    with open_desktop(bare.name, model="local", guard_batches=False) as desktop:
        desktop.perform(LookAround())
        screen.fill(Box(0, 0, 640, 480), WHITE)
        desktop.perform(click(5, 5))


ASKS = """
import tkinter
from tkinter import messagebox
root = tkinter.Tk()
root.geometry("900x600+100+100")
button = tkinter.Button(root, text="Delete", command=lambda: messagebox.askyesno("Delete", "?"))
button.place(x=20, y=20, width=200, height=60)
menu = tkinter.Menu(root)
menu.add_cascade(label="File", menu=(items := tkinter.Menu(menu, tearoff=0)))
for name in ("New", "Open", "Save", "Print", "Close", "Quit"):
    items.add_command(label=name)
root["menu"] = menu
root.mainloop()
"""


def test_a_dialog_that_pops_up_ends_the_batch(display: VirtualDisplay) -> None:
    with (
        application([TK_PYTHON, "-c", ASKS], display.name),
        open_desktop(display.name, model="local") as desktop,
        Source(display.name) as source,
    ):
        before = until(lambda: ids(source))
        desktop.perform(LookAround())
        # 1920x1080 shown as 1456x819: the button is at (120, 50) in the window.
        desktop.perform(click(170, 140))
        until(lambda: ids(source) - before)
        with pytest.raises(Refusal) as refused:
            desktop.perform(click(700, 500))
        assert str(refused.value) == OPENED


def test_a_menu_is_no_window_that_opens(display: VirtualDisplay) -> None:
    with (
        application([TK_PYTHON, "-c", ASKS], display.name),
        open_desktop(display.name, model="local") as desktop,
    ):
        desktop.perform(LookAround())
        desktop.perform(click(95, 98))
        time.sleep(0.3)
        desktop.perform(click(100, 140))


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed")
@pytest.mark.parametrize(("x", "goes_on"), [(120, False), (320, False), (520, True)])
def test_dialogs_within_a_page_end_the_batch_and_its_lists_do_not(
    tmp_path: Path, x: int, goes_on: bool
) -> None:
    page = Path(__file__).with_name("pages") / "dialogs.html"
    with (
        VirtualDisplay(Size(1280, 800)) as display,
        application(chromium(page.as_uri(), tmp_path / "profile", 1280, 800), display.name),
        open_desktop(display.name, model="local") as desktop,
    ):
        desktop.perform(Wait(2))
        desktop.perform(LookAround())
        desktop.perform(click(x, 84))
        desktop.perform(Wait(1))
        with contextlib.nullcontext() if goes_on else pytest.raises(Refusal, match=CHANGED):
            desktop.perform(click(x + 30, 154))


def test_the_calls_after_a_refusal_are_not_carried_out(bare: VirtualDisplay) -> None:
    batch = calls(
        ("left_click", {"coordinate": [10, 10]}),
        ("left_click", {"coordinate": [600, 400]}),
        ("type", {"text": "never"}),
    )
    api = ScriptedApi([calls(("screenshot", {})), batch, says("Gone.")])
    with (
        recorder(bare.name) as window,
        open_desktop(bare.name, model="local") as desktop,
        contextlib.ExitStack() as popping,
    ):

        def pop_up(event: Event) -> None:
            if isinstance(event, Acted) and event.member == "left_click" and event.error is None:
                popping.enter_context(recorder(bare.name))

        run("x", desktop, client=api.client(), on_event=pop_up)
        assert len(window.buttons()) == 1
    first, second, third = api.requests[2]["messages"][-1]["content"]
    assert not first.get("is_error")
    assert OPENED in str(second["content"])
    assert "Not executed: an earlier computer action in this turn failed." in str(third["content"])


def ids(source: Source) -> frozenset[int]:
    return frozenset(source.windows() or {})


def until(found: Callable[[], frozenset[int]]) -> frozenset[int]:
    deadline = time.monotonic() + 20
    while not found() and time.monotonic() < deadline:
        time.sleep(0.01)
    return found()
