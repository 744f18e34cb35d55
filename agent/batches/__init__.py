"""Thousands of pictures, each judged once through the Message Batches API, at half the price.

from trueclick.agent.batches import Question, judge_many

report = judge_many(Question("nothing is cut off", "claude-opus-5-5"), paths, client=client,
                    folder=Path("state"))
print(report.holding, report.not_holding, report.failed, report.usd)
"""

if __name__ != "trueclick.agent.batches":
    raise ImportError(f"import trueclick.agent.batches, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import BatchError, UnsureError
    from .judging import Settings, judge_many
    from .limits import Split
    from .question import Question
    from .report import Failure, Judged, Report

__all__ = [
    "BatchError",
    "Failure",
    "Judged",
    "Question",
    "Report",
    "Settings",
    "Split",
    "UnsureError",
    "judge_many",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: the SDK alone takes more than a second."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "errors": ("BatchError", "UnsureError"),
        "judging": ("Settings", "judge_many"),
        "limits": ("Split",),
        "question": ("Question",),
        "report": ("Failure", "Judged", "Report"),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
