"""What halts a run before its next action: a switch, and the ways in which it is tripped."""

if __name__ != "trueclick.agent.stop":
    raise ImportError(f"import trueclick.agent.stop, not {__name__}")

from .switch import StopClock, StopSwitch

__all__ = ["StopClock", "StopSwitch"]
