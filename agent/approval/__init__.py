"""Who approves what a model does. Anything but a clear yes refuses."""

if __name__ != "trueclick.agent.approval":
    raise ImportError(f"import trueclick.agent.approval, not {__name__}")

from .terminal import LOOKING, AskAtTerminal, approve_all, at_terminal

__all__ = ["LOOKING", "AskAtTerminal", "approve_all", "at_terminal"]
