import os
import signal
from pathlib import Path

import pytest

from trueclick.agent import application, open_desktop
from trueclick.agent.actions import Move
from trueclick.agent.pytest_plugin.displays import Displays
from trueclick.capture import CaptureError
from trueclick.geometry import Model, Point, Screen, Size

from ...programs import EMPTY_WINDOW, TK_PYTHON, own

SIZE = Size[Screen](320, 240)


def test_a_shared_display_is_the_same_one_and_its_pointer_in_the_corner() -> None:
    left: list[str] = []
    with Displays() as displays:
        with displays.shared(SIZE, left) as first, open_desktop(first.name) as desktop:
            name = first.name
            desktop.perform(Move(Point[Model](7, 7)))
        with displays.shared(SIZE, left) as second:
            assert second.name == name
            with open_desktop(second.name) as desktop:
                assert desktop.pointer() == Point[Screen](319, 239)
        with displays.shared(Size[Screen](400, 240), left) as other:
            assert other.name != name
        assert not left
        running = own("Xvfb")
    assert len(running - own("Xvfb")) == 2


def test_what_is_left_is_told_and_ended_with_the_display() -> None:
    left: list[str] = []
    with Displays() as displays:
        with displays.shared(SIZE, left) as first:
            name = first.name
            forgotten = application([TK_PYTHON, "-c", EMPTY_WINDOW], first.name)
            program = forgotten.__enter__()
        (told,) = left
        assert told.startswith('a window was open: "tk" 200x200 at ')
        with displays.shared(SIZE, []) as second:
            assert second.name != name or second is not first
        forgotten.__exit__(None, None, None)
        assert program.exit_status is not None


def test_a_display_that_has_died_is_told_once_and_replaced() -> None:
    with Displays() as displays:
        before = own("Xvfb")
        opened = displays.shared(SIZE, [])
        opened.__enter__()
        (server,) = own("Xvfb") - before
        os.kill(server, signal.SIGKILL)
        with pytest.raises(CaptureError, match="ended with SIGKILL"):
            opened.__exit__(None, None, None)
        with displays.shared(SIZE, []) as another:
            assert Path(f"/tmp/.X11-unix/X{another.name[1:]}").exists()
        (server,) = own("Xvfb") - before
        os.kill(server, signal.SIGKILL)  # between two tests: nobody's failure
        with displays.shared(SIZE, []) as another:
            assert another.name
