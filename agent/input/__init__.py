"""The pointer and the keyboard: the names of keys, and a backend for each kind of system."""

if __name__ != "trueclick.agent.input":
    raise ImportError(f"import trueclick.agent.input, not {__name__}")

from .backend import Input, open_input

__all__ = ["Input", "open_input"]
