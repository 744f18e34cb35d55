"""The loop from screen to model and back to a click that lands."""

if __name__ != "trueclick.agent":
    raise ImportError(f"import trueclick.agent, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .approval import AskAtTerminal, approve_all
    from .desktop import Desktop, open_desktop
    from .errors import ApplicationError, StopRequested
    from .events import Acted, Event, RunResult, Said
    from .launch import application
    from .loop import run
    from .older_tool import OlderTool
    from .outcome import Outcome
    from .stop import StopSwitch
    from .tool_versions import computer_tool
    from .toolset import ComputerToolset

__all__ = [
    "Acted",
    "ApplicationError",
    "AskAtTerminal",
    "ComputerToolset",
    "Desktop",
    "Event",
    "OlderTool",
    "Outcome",
    "RunResult",
    "Said",
    "StopRequested",
    "StopSwitch",
    "application",
    "approve_all",
    "computer_tool",
    "open_desktop",
    "run",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: the SDK alone takes more than a second."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "launch": ("application",),
        "approval": ("AskAtTerminal", "approve_all"),
        "desktop": ("Desktop", "open_desktop"),
        "errors": ("ApplicationError", "StopRequested"),
        "events": ("Acted", "Event", "RunResult", "Said"),
        "loop": ("run",),
        "older_tool": ("OlderTool",),
        "outcome": ("Outcome",),
        "stop": ("StopSwitch",),
        "tool_versions": ("computer_tool",),
        "toolset": ("ComputerToolset",),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
