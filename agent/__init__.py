"""The loop from screen to model and back to a click that lands."""

if __name__ != "trueclick.agent":
    raise ImportError(f"import trueclick.agent, not {__name__}")

from typing import TYPE_CHECKING

from .application import application
from .desktop import Desktop, Outcome, open_desktop
from .errors import ApplicationError
from .events import Acted, Event, RunResult, Said

if TYPE_CHECKING:
    from .approval import AskAtTerminal, approve_all
    from .loop import run
    from .toolset import ComputerToolset

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


def __getattr__(name: str) -> object:
    """Import what needs the SDK when it is asked for: the SDK alone takes more than a second."""
    from importlib import import_module  # noqa: PLC0415

    module = {
        "AskAtTerminal": ".approval",
        "ComputerToolset": ".toolset",
        "approve_all": ".approval",
        "run": ".loop",
    }.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(module, __name__), name)
