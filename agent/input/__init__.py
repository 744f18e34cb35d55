"""The pointer and the keyboard: the names of keys, and a backend for each kind of system."""

if __name__ != "trueclick.agent.input":
    raise ImportError(f"import trueclick.agent.input, not {__name__}")

from .backend import Input, closed_at_the_end, open_input

__all__ = ["Input", "closed_at_the_end", "open_input"]
