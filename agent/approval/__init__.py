"""Who approves what a model does. Anything but a clear yes refuses."""

if __name__ != "trueclick.agent.approval":
    raise ImportError(f"import trueclick.agent.approval, not {__name__}")

from .call import LOOKING
from .policy import Approver, Policy, approver, read_policy
from .terminal import AskAtTerminal, approve_all, at_terminal

__all__ = [
    "LOOKING",
    "Approver",
    "AskAtTerminal",
    "Policy",
    "approve_all",
    "approver",
    "at_terminal",
    "read_policy",
]
