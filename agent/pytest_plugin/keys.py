"""Where the state of a test is kept on it; apart, because looking there must load nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .state import TestState

STATE: pytest.StashKey[TestState] = pytest.StashKey()
