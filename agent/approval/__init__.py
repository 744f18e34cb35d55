"""Who approves what a model does. Anything but a clear yes refuses."""

from .terminal import LOOKING, AskAtTerminal, approve_all, at_terminal

__all__ = ["LOOKING", "AskAtTerminal", "approve_all", "at_terminal"]
