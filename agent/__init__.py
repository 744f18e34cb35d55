"""The loop from screen to model and back to a click that lands."""

if __name__ != "trueclick.agent":
    raise ImportError(f"import trueclick.agent, not {__name__}")

from .application import application
from .approval import AskAtTerminal, approve_all
from .desktop import Desktop, Outcome, open_desktop
from .errors import ApplicationError
from .loop import Event, RunResult, Said, run
from .toolset import Acted, ComputerToolset

__all__ = [
    "Acted",
    "ApplicationError",
    "AskAtTerminal",
    "ComputerToolset",
    "Desktop",
    "Event",
    "Outcome",
    "RunResult",
    "Said",
    "application",
    "approve_all",
    "open_desktop",
    "run",
]
