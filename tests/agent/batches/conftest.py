"""Pictures, questions, and an API on a clock that tests move."""

import pytest
from tests.agent.testing.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()
