"""The fixtures. Nothing of a display or of OCR is imported before a test asks for one of them.

What each gives is made in `giving`, which is imported where it is used: pytest imports this module
for every project of an environment that trueclick is installed in.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from trueclick.agent.desktop import Desktop
    from trueclick.agent.qa import Agent, Screen, TextReader
    from trueclick.capture import VirtualDisplay

    from .applications import Applications
    from .displays import Displays


@pytest.fixture(scope="session", name="_trueclick_displays")
def shared_displays() -> Iterator[Displays]:
    """The displays of this worker."""
    from .displays import Displays

    with Displays() as displays:
        yield displays


@pytest.fixture(scope="session", name="_trueclick_reader")
def shared_reader() -> TextReader:
    """What reads the screen for all tests of this worker: it takes a second to load."""
    from . import giving

    return giving.reader()


@pytest.fixture
def display(
    request: pytest.FixtureRequest, _trueclick_displays: Displays
) -> Iterator[VirtualDisplay]:
    """A private virtual display with a window manager and nothing else on it.

    One for the session of a worker, or one for the test: `@pytest.mark.trueclick(display="test")`,
    `--trueclick-display`. Its size is the marker's, `--trueclick-size`, or 1280x800.
    """
    from . import giving

    with giving.display(request.node, _trueclick_displays) as given:
        yield given


@pytest.fixture
def desktop(request: pytest.FixtureRequest, display: VirtualDisplay) -> Iterator[Desktop]:
    """The display of this test, opened to be looked at and acted on.

    What is still pressed after the test is let up. The pictures are of the size that suits the
    model: the marker's, `--trueclick-model`, or the one that is the default everywhere.
    """
    from . import giving

    with giving.desktop(request.node, display) as given:
        yield given


@pytest.fixture
def app(request: pytest.FixtureRequest, display: VirtualDisplay) -> Iterator[Applications]:
    """Starts programs on the display of this test: `app("python3 form.py", cwd=..., env=...)`.

    Each call returns when the program's window is there. All are ended after the test.
    """
    from . import giving

    with giving.applications(request.node, display) as given:
        yield given


@pytest.fixture
def screen(
    request: pytest.FixtureRequest, desktop: Desktop, _trueclick_reader: TextReader
) -> Screen:
    """The display as a person looks at it: finds, clicks and types, and expects texts and pictures.

    Stored pictures are in `baselines/NAME_OF_THE_TEST_FILE/` beside the test file.
    """
    from . import giving

    return giving.screen(request.node, desktop, _trueclick_reader)


@pytest.fixture
def agent(request: pytest.FixtureRequest, desktop: Desktop, app: Applications) -> Agent:
    """A model that does tasks in plain words, and judges claims.

    Recorded tasks are in `recordings/NAME_OF_THE_TEST_FILE/` beside the test file; they are
    replayed, and a model is asked only where the screen differs. `app` is the program that it
    works with, once the test has started one.
    """
    from . import giving

    return giving.agent(request.node, desktop, app)
