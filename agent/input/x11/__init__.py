"""Input on X11, through its XTest extension."""

if __name__ != "trueclick.agent.input.x11":
    raise ImportError(f"import trueclick.agent.input.x11, not {__name__}")

from .xtest import XTestInput

__all__ = ["XTestInput"]
