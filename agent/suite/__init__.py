"""Many tasks in parallel, on one machine or on many."""

if __name__ != "trueclick.agent.suite":
    raise ImportError(f"import trueclick.agent.suite, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .mistakes import SuiteError
    from .planning import Suite, read_suite
    from .results import Attempt, Result
    from .tasks import Task

__all__ = ["Attempt", "Result", "Suite", "SuiteError", "Task", "read_suite"]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "mistakes": ("SuiteError",),
        "planning": ("Suite", "read_suite"),
        "results": ("Attempt", "Result"),
        "tasks": ("Task",),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
