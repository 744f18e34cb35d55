"""The strict API under the name and in the form that older tests use."""

from __future__ import annotations

from trueclick.agent.testing import StrictApi as ScriptedApi
from trueclick.agent.testing import Turn, calls, says, served, uses

__all__ = ["ScriptedApi", "Turn", "calls", "says", "served", "uses"]
