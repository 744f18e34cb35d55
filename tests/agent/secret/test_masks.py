"""What is painted over, on a real window that shows secrets in clear."""

import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from trueclick.agent import ComputerToolset, Desktop, approve_all, open_desktop
from trueclick.agent.secret import Masks, Secrets, Typist
from trueclick.capture import CaptureError, Screenshot, Settled, VirtualDisplay
from trueclick.geometry import Box, Image, Model, ResolutionLimits, Size, UsageError

from ...calls import Answer, Caller
from .field import BOX, Field, field
from .forms import VALUE

GREY = 128
FIELD = Box[Image].from_xywh(*BOX)


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    with VirtualDisplay(Size(1280, 800), window_manager=False) as started:
        yield started.name


@pytest.fixture
def typed_into(server: str, tmp_path: Path) -> Generator[Field]:
    with field(tmp_path, server) as opened:
        yield opened


@pytest.fixture
def desktop(server: str, typed_into: Field) -> Generator[Desktop]:
    secrets = Secrets({"PASSWORD": VALUE})
    with open_desktop(server, model="local", secrets=secrets, mask_secrets=True) as opened:
        yield opened


@pytest.fixture
def call(desktop: Desktop) -> Caller:
    return Caller(ComputerToolset(desktop, confirm=approve_all))


def pixels(answer: Answer) -> NDArray[np.uint8]:
    return np.asarray(answer.picture.convert("RGB"))


def held(opened: Field, text: str) -> bool:
    """Whether the window holds a text by now: it has read its keys, and writes them down."""
    until = time.monotonic() + 20
    while opened.holds() != text and time.monotonic() < until:
        time.sleep(0.02)
    return opened.holds() == text


def test_the_place_of_a_secret_is_flat_in_every_picture_from_then_on(
    desktop: Desktop, call: Caller, typed_into: Field
) -> None:
    before = pixels(call("screenshot"))
    assert not call("type", text="{{PASSWORD}}").error
    assert held(typed_into, VALUE)
    first = call("screenshot")
    assert "painted over for privacy, from now on: " in first.text
    assert "painted over" not in call("screenshot").text  # told once
    call("key", text="Return")  # the window turns blue: all that is no secret is seen
    answers = [call("screenshot"), call("zoom", region=[150, 100, 1150, 250])]
    after = pixels(answers[0])
    assert tuple(after[790, 1270]) == (0, 0, 128)
    for shown in (pixels(first), after):
        differs = np.any(shown != before, axis=2)
        changed = shown[160:205, 210:1090][differs[160:205, 210:1090]]
        assert len(changed) > 5000
        assert np.all(changed == GREY)
    assert np.all(desktop.glance().pixels[172:188, 210:400, :3] == GREY)
    raw = desktop._source.grab().pixels[160:205, 210:400, :3]
    assert len(np.unique(raw)) > 2  # it does stand there, in clear
    zoomed = pixels(answers[1])
    scale = zoomed.shape[1] / 1000
    part = zoomed[int(72 * scale) : int(88 * scale), int(70 * scale) : int(240 * scale)]
    assert np.all(part == GREY)


def test_a_secret_that_is_moved_stays_hidden(call: Caller, typed_into: Field) -> None:
    call("type", text="mine: {{PASSWORD}} end")
    assert held(typed_into, f"mine: {VALUE} end")
    home = pixels(call("screenshot"))
    call("key", text="F5")
    moved = call("screenshot")
    assert "painted over for privacy" in moved.text
    shown = pixels(moved)
    row = np.all(shown[440:458] == GREY, axis=(0, 2))
    there = np.all(home[169:187] == GREY, axis=(0, 2))
    assert np.count_nonzero(there) > 200
    assert np.array_equal(row[137:1037], there[200:1100])
    assert np.array_equal(shown[440:458, 137:200], home[169:187, 200:263])  # "mine"


def test_what_is_typed_beside_a_secret_is_seen(call: Caller, typed_into: Field) -> None:
    before = pixels(call("screenshot"))
    call("type", text="name {{PASSWORD}} rest")
    assert held(typed_into, f"name {VALUE} rest")
    shown = pixels(call("screenshot"))
    seen = np.any(shown != before, axis=2) & np.any(shown != GREY, axis=2)
    columns = np.nonzero(seen[150:210].any(axis=0))[0]
    grey = np.nonzero(np.all(shown[172:188] == GREY, axis=(0, 2)))[0]
    assert columns.min() < grey.min()  # "name"
    assert columns.max() > grey.max()  # "rest"
    assert not np.any(seen[150:210, grey.min() : grey.max()])


def test_without_masks_the_field_is_seen(server: str, typed_into: Field) -> None:
    secrets = Secrets({"PASSWORD": VALUE})
    with open_desktop(server, model="local", secrets=secrets) as desktop:
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        call("type", text="{{PASSWORD}}")
        assert held(typed_into, VALUE)
        shown = pixels(call("screenshot"))
        assert len(np.unique(shown[160:205, 210:400])) > 2
        assert np.mean(np.all(shown == GREY, axis=2)) < 0.001


def test_what_appears_late_is_hidden_until_the_next_action(server: str, tmp_path: Path) -> None:
    secrets = Secrets({"PASSWORD": VALUE})
    with (
        field(tmp_path, server, late_s=2.0),
        open_desktop(server, model="local", secrets=secrets, mask_secrets=True) as desktop,
    ):
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        call("type", text="{{PASSWORD}}")
        call("wait", duration=4)
        shown = pixels(call("screenshot"))
        assert np.all(shown[315:345, 205:300] == GREY)
        call("key", text="End")
        assert np.all(pixels(call("screenshot"))[315:345, 205:300] == GREY)


@pytest.mark.parametrize("limits", [None, ResolutionLimits(640, 400)])
def test_a_given_mask_is_painted_at_every_resolution(
    server: str, typed_into: Field, limits: ResolutionLimits | None
) -> None:
    with open_desktop(server, model="local", limits=limits, masks=[FIELD]) as desktop:
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        call("type", text=VALUE)
        first = call("screenshot")
        assert "painted over" in first.text
        shown = pixels(first)
        scale = shown.shape[1] / 1280
        inside = shown[int(160 * scale) : int(200 * scale), int(210 * scale) : int(1090 * scale)]
        assert np.all(inside == GREY)
        edge = [int(n * scale) for n in (190, 140, 1110, 220)]
        zoomed = pixels(call("zoom", region=edge))
        height, width = zoomed.shape[:2]
        assert np.all(zoomed[height // 4 : 3 * height // 4, width // 20 : 19 * width // 20] == GREY)


def test_a_mask_beyond_the_display_is_refused(server: str) -> None:
    outside = Box[Image](1200, 700, 1300, 750)
    with pytest.raises(UsageError, match="is not inside"), open_desktop(server, masks=[outside]):
        pass


def picture(fill: int = 0) -> Screenshot:
    return Screenshot(np.full((100, 200, 4), fill, np.uint8))


@pytest.mark.parametrize("fails", [CaptureError("gone"), KeyboardInterrupt()])
def test_if_nobody_knows_where_it_stands_everything_is_painted_over(fails: BaseException) -> None:
    masks = Masks()
    keys: list[str] = []
    looks = [Settled(picture(), still=True, waited_s=0)]

    def look() -> Settled:
        if not looks:
            raise fails
        return looks.pop()

    with pytest.raises(type(fails)):
        Typist(Secrets({"PIN": "739"}), keys.append, masks, look).type("{{PIN}}")
    assert np.all(masks.painted(picture(7)).pixels[..., :3] == GREY)


def test_a_display_of_another_size_is_painted_over_whole() -> None:
    masks = Masks()
    masks.begin(picture())
    masks.end(Screenshot(np.zeros((120, 200, 4), np.uint8)))
    assert np.all(masks.painted(picture(7)).pixels[..., :3] == GREY)


def test_a_picture_that_is_painted_is_a_copy() -> None:
    given = picture(7)
    Masks([Box[Image](0, 0, 5, 5)]).painted(given)
    assert np.all(given.pixels == 7)
    assert Masks().painted(given) is given


def test_what_an_earlier_run_hid_can_be_hidden_again(server: str, typed_into: Field) -> None:
    with open_desktop(server, model="local") as desktop:
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        desktop.hide([Box[Model](200, 150, 1100, 210)])
        call("type", text=VALUE)
        assert np.all(pixels(call("screenshot"))[150:210, 200:1100] == GREY)
