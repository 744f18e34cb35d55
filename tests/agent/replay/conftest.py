"""A recorded run to replay, recorded once a session."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trueclick.agent.trace import Trace, read_trace

from .recording import recorded_once


@pytest.fixture
def trace(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Trace:
    """A copy of it, to be written on."""
    recorded = recorded_once(tmp_path_factory.getbasetemp())
    return read_trace(shutil.copytree(recorded, tmp_path / "trace"))
