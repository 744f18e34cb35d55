"""A strict model of the Messages API, for testing agents without a network."""

if __name__ != "trueclick.agent.testing":
    raise ImportError(f"import trueclick.agent.testing, not {__name__}")

from .api import StrictApi
from .port import served
from .turns import Turn, calls, says, uses

__all__ = ["StrictApi", "Turn", "calls", "says", "served", "uses"]
