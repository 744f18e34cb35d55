"""Displays and screenshots, on real X servers."""

import os
from io import BytesIO

import pytest
from PIL import Image

from trueclick.capture import (
    CaptureError,
    Source,
    VirtualDisplay,
    displays,
    encode,
)
from trueclick.geometry import Box, Point, Size, UsageError

from ..programs import own
from ..recorder import Recorder


def test_a_private_display_is_listed_with_its_size(display: VirtualDisplay) -> None:
    (only,) = displays(display.name)
    assert only.box == Box(0, 0, 1920, 1080)
    assert only.primary
    assert only.server == display.name


def test_without_a_display_the_error_says_what_to_do() -> None:
    with pytest.raises(CaptureError, match="no X display: DISPLAY is not set; start one"):
        displays()


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(CaptureError, match="no X display answers at ':4242'"):
        displays(":4242")


def test_a_monitor_that_is_not_there_is_refused(display: VirtualDisplay) -> None:
    with pytest.raises(UsageError, match="has 1 monitor, there is no number 3"):
        Source(display.name, 3)


def test_a_screenshot_holds_the_pixels_of_the_screen(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    del window
    with Source(bare_display.name) as source:
        shot = source.grab()
        assert shot.size == Size(1920, 1080)
        assert (shot.pixels[..., :3] == 0x80).all()
        part = source.grab(Box(10, 20, 110, 70))
        assert part.size == Size(100, 50)
        with pytest.raises(UsageError, match="not inside"):
            source.grab(Box(1900, 0, 1921, 5))


def test_the_png_is_exactly_of_the_size_asked_for(bare_display: VirtualDisplay) -> None:
    with Source(bare_display.name) as source:
        picture = Image.open(BytesIO(encode(source.grab(), Size(1456, 819)).data))
        assert picture.format == "PNG"
        assert picture.size == (1456, 819)
        assert picture.mode == "RGB"
        assert Image.open(BytesIO(encode(source.grab()).data)).size == (1920, 1080)


def test_a_dead_server_is_a_capture_error_not_a_crash() -> None:
    from trueclick.agent import open_desktop
    from trueclick.agent.actions import Click, LookAround

    before = own("Xvfb")

    def act_on_a_dead_server() -> None:
        with (
            VirtualDisplay(Size(300, 200), window_manager=False) as display,
            open_desktop(display.name) as desktop,
        ):
            desktop.perform(LookAround())
            (server,) = own("Xvfb") - before
            os.kill(server, 9)
            desktop.perform(Click("left", 1, Point(5, 5), ()))

    with pytest.raises(CaptureError, match=r"cannot be captured|went away"):
        act_on_a_dead_server()
