"""A recorded run, done again without a model."""

if __name__ != "trueclick.agent.replay":
    raise ImportError(f"import trueclick.agent.replay, not {__name__}")

from .replaying import replay
from .results import Mismatch, ReplayResult, StepResult

__all__ = ["Mismatch", "ReplayResult", "StepResult", "replay"]
