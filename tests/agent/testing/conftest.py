"""An API that looks at the screen in every turn, on a clock that tests move."""

import pytest

from trueclick.agent.testing import StrictApi, calls

from .clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def api(clock: ManualClock) -> StrictApi:
    return StrictApi(lambda _: calls(("screenshot", {})), clock=clock)
