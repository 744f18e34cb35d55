"""The loop from screen to model and back to a click that lands."""

if __name__ != "trueclick.agent":
    raise ImportError(f"import trueclick.agent, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .actions import parse_action
    from .approval import AskAtTerminal, approve_all
    from .budget import Budget
    from .conversation.instructions import Instructions
    from .desktop import Desktop, open_desktop
    from .errors import ApplicationError, StopRequested
    from .events import (
        Acted,
        Added,
        Answered,
        Calling,
        Decided,
        Ended,
        Event,
        Faulted,
        Glimpsed,
        Instructed,
        Retried,
        RunResult,
        Said,
        Shortened,
        Started,
        Thought,
    )
    from .launch import Application, application
    from .loop import run
    from .older_tool import OlderTool
    from .outcome import Outcome
    from .secret import Secrets
    from .stop import StopSwitch
    from .tool_versions import computer_tool
    from .toolset import ComputerToolset
    from .usage import Usage

__all__ = [
    "Acted",
    "Added",
    "Answered",
    "Application",
    "ApplicationError",
    "AskAtTerminal",
    "Budget",
    "Calling",
    "ComputerToolset",
    "Decided",
    "Desktop",
    "Ended",
    "Event",
    "Faulted",
    "Glimpsed",
    "Instructed",
    "Instructions",
    "OlderTool",
    "Outcome",
    "Retried",
    "RunResult",
    "Said",
    "Secrets",
    "Shortened",
    "Started",
    "StopRequested",
    "StopSwitch",
    "Thought",
    "Usage",
    "application",
    "approve_all",
    "computer_tool",
    "open_desktop",
    "parse_action",
    "run",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: the SDK alone takes more than a second."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "actions": ("parse_action",),
        "approval": ("AskAtTerminal", "approve_all"),
        "budget": ("Budget",),
        "conversation.instructions": ("Instructions",),
        "desktop": ("Desktop", "open_desktop"),
        "errors": ("ApplicationError", "StopRequested"),
        "events": (
            "Acted",
            "Added",
            "Answered",
            "Calling",
            "Decided",
            "Ended",
            "Event",
            "Faulted",
            "Glimpsed",
            "Instructed",
            "Retried",
            "RunResult",
            "Said",
            "Shortened",
            "Started",
            "Thought",
        ),
        "launch": ("Application", "application"),
        "loop": ("run",),
        "older_tool": ("OlderTool",),
        "outcome": ("Outcome",),
        "secret": ("Secrets",),
        "stop": ("StopSwitch",),
        "tool_versions": ("computer_tool",),
        "toolset": ("ComputerToolset",),
        "usage": ("Usage",),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
