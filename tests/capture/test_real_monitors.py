"""The monitors of a real X server, as `displays` lists them, and while they change."""

import pytest

from trueclick.capture import VirtualDisplay, displays
from trueclick.geometry import Box, Screen, Size

from .real_monitors import TWO, arrange, dummy_xorg, resize


def test_each_output_is_a_display_of_its_own() -> None:
    with dummy_xorg() as name:
        listed = displays(name)
        assert [each.output for each in listed] == ["DUMMY0", "DUMMY1"]
        assert [each.box for each in listed] == list(TWO)
        assert [each.primary for each in listed] == [True, False]


def test_the_primary_output_may_lie_to_the_right() -> None:
    boxes = (Box[Screen](1280, 0, 3200, 1080), Box[Screen](0, 40, 1280, 763))
    with dummy_xorg(boxes) as name:
        listed = displays(name)
        assert {each.output: each.box for each in listed} == {
            "DUMMY0": boxes[0],
            "DUMMY1": boxes[1],
        }
        assert [each.output for each in listed if each.primary] == ["DUMMY0"]
        arrange(name, boxes, primary=1)
        assert [each.output for each in displays(name) if each.primary] == ["DUMMY1"]


def test_a_real_server_changes_size_and_loses_a_monitor() -> None:
    with dummy_xorg() as name:
        for size in (Size[Screen](800, 600), Size[Screen](3840, 2160), Size[Screen](1367, 701)):
            resize(name, size)
            (only,) = displays(name)
            assert only.box.size == size


def test_a_virtual_display_can_become_smaller() -> None:
    with VirtualDisplay(Size(1000, 700), window_manager=False) as display:
        for size in (Size[Screen](640, 480), Size[Screen](999, 300), Size[Screen](1000, 700)):
            resize(display.name, size)
            (only,) = displays(display.name)
            assert only.box.size == size
        with pytest.raises(pytest.fail.Exception, match="is at most 1000x700"):
            resize(display.name, Size(1001, 700))
