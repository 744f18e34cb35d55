"""The fixtures. Nothing of a display or of OCR is imported before a test asks for one of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .state import beside, state_of

if TYPE_CHECKING:
    from trueclick.agent.desktop import Desktop
    from trueclick.agent.qa import Screen, TextReader
    from trueclick.capture import VirtualDisplay

    from .applications import Applications
    from .displays import Displays


@pytest.fixture(scope="session", name="_trueclick_displays")
def shared_displays() -> Iterator[Displays]:
    """The displays of this worker."""
    from .displays import Displays  # noqa: PLC0415

    with Displays() as displays:
        yield displays


@pytest.fixture(scope="session", name="_trueclick_reader")
def shared_reader() -> TextReader:
    """What reads the screen for all tests of this worker: it takes a second to load."""
    from trueclick.agent.qa import TextReader  # noqa: PLC0415

    return TextReader()


@pytest.fixture
def display(
    request: pytest.FixtureRequest, _trueclick_displays: Displays
) -> Iterator[VirtualDisplay]:
    """A private virtual display with nothing on it, and a window manager; its name is `.name`.

    One for the session of a worker, or one for the test: `@pytest.mark.trueclick(display="test")`,
    `--trueclick-display`. Its size is the marker's, `--trueclick-size`, or 1280x800.
    """
    from trueclick.capture import CaptureError  # noqa: PLC0415
    from trueclick.geometry import TrueclickError  # noqa: PLC0415

    from .displays import display_of_one_test  # noqa: PLC0415

    __tracebackhide__ = True
    state = state_of(request.node)
    size, left = state.settings.size, list[str]()
    shares = state.settings.sharing == "session"
    with contextlib.ExitStack() as stack:
        opened = _trueclick_displays.shared(size, left) if shares else display_of_one_test(size)
        try:
            state.display = stack.enter_context(opened)
        except TrueclickError as error:
            pytest.fail(f"no display for this test: {error}", pytrace=False)
        yield state.display
        state.display = None
        try:
            stack.close()
        except CaptureError as error:
            if not state.failed:  # it is told already
                pytest.fail(str(error), pytrace=False)
        state.notices += (f"left on the shared display: {what}" for what in left)


@pytest.fixture
def desktop(request: pytest.FixtureRequest, display: VirtualDisplay) -> Iterator[Desktop]:
    """The display of this test, opened to be looked at and acted on.

    What is still pressed after the test is let up. The pictures are of the size that suits the
    model: the marker's, `--trueclick-model`, or the one that is the default everywhere.
    """
    from trueclick.agent.desktop import open_desktop  # noqa: PLC0415
    from trueclick.geometry import UsageError  # noqa: PLC0415

    state = state_of(request.node)
    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(open_desktop(display.name, model=state.settings.model))
        except UsageError as error:
            pytest.fail(f"trueclick: {error}", pytrace=False)
        state.desktop = opened
        yield opened
        state.desktop = None


@pytest.fixture
def app(request: pytest.FixtureRequest, display: VirtualDisplay) -> Iterator[Applications]:
    """Starts programs on the display of this test: `app("python3 form.py", cwd=..., env=...)`.

    Each call returns when the program's window is there. All are ended after the test.
    """
    from .applications import Applications  # noqa: PLC0415

    state = state_of(request.node)
    state.applications = applications = Applications(display)
    yield applications
    state.applications = None
    applications.end_all()


@pytest.fixture
def screen(
    request: pytest.FixtureRequest, desktop: Desktop, _trueclick_reader: TextReader
) -> Screen:
    """The display as a person looks at it: finds, clicks and types, and expects texts and pictures.

    Stored pictures are in `baselines/NAME_OF_THE_TEST_FILE/` beside the test file.
    """
    from trueclick.agent.qa import Baselines, Screen  # noqa: PLC0415

    state = state_of(request.node)
    config = request.config
    baselines = Baselines(
        beside(request.node, "baselines"),
        update=config.getoption("trueclick_update_baselines"),
        say=state.notices.append,
    )
    return Screen(
        desktop, baselines=baselines, reader=_trueclick_reader, artifacts=state.artifacts()
    )
