"""A browser for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.browser import BROWSER
from tests.headless import Headless, headless


@pytest.fixture(scope="module")
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
