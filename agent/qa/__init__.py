"""What GUI tests say of a screen: texts, pictures, and tasks in plain words."""

if __name__ != "trueclick.agent.qa":
    raise ImportError(f"import trueclick.agent.qa, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .agent import Agent, Done
    from .baselines import Baselines
    from .errors import ExpectationError
    from .masks import Mask
    from .reading import Read, TextReader
    from .screen import Screen
    from .verdicts import Evidence, Verdict

__all__ = [
    "Agent",
    "Baselines",
    "Done",
    "Evidence",
    "ExpectationError",
    "Mask",
    "Read",
    "Screen",
    "TextReader",
    "Verdict",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: the SDK alone takes more than a second."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "agent": ("Agent", "Done"),
        "baselines": ("Baselines",),
        "errors": ("ExpectationError",),
        "masks": ("Mask",),
        "reading": ("Read", "TextReader"),
        "screen": ("Screen",),
        "verdicts": ("Evidence", "Verdict"),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
