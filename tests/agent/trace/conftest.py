"""The trace of what is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trueclick.agent.events import Event
from trueclick.agent.trace import Trace, read_trace

from .test_round_trip import written

Reader = Callable[..., Trace]


@pytest.fixture
def trace_of(tmp_path: Path) -> Reader:
    """The trace of what is told."""

    def read(*told: Event) -> Trace:
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        return read_trace(written(folder, list(told)))

    return read
