"""What the tests of a worker share: a browser, and the report of a run with a bit of everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agent.trace.told import written
from tests.browser import BROWSER
from tests.headless import Headless, headless

from trueclick.agent.report import write_report

from .runs import varied_run


@pytest.fixture(scope="session")
def running_browser() -> Iterator[Headless]:
    if BROWSER is None:
        pytest.skip("there is no Chromium")
    with headless() as started:
        yield started


@pytest.fixture
def browser(running_browser: Headless) -> Iterator[Headless]:
    """A browser that has nothing to complain of, before the test and after it."""
    running_browser.complaints.clear()
    running_browser.resize(1440, 900)
    running_browser.prefer(prefers_color_scheme="light")
    yield running_browser
    assert running_browser.complaints == []


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of `varied_run`."""
    folder = tmp_path_factory.mktemp("trace")
    return write_report(written(folder / "run", varied_run()), folder / "report.html")
