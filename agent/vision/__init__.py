"""Questions about pictures, asked of a model: what is shown, where it is, whether a claim holds.

from trueclick.agent.vision import check

verdict = check("the total is 42 EUR", ["cart.png"], client=client, model="claude-opus-5-5")
print(verdict.holds, verdict.reason)
"""

if __name__ != "trueclick.agent.vision":
    raise ImportError(f"import trueclick.agent.vision, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .checking import Evidence, Verdict, check, check_params, verdict_of
    from .conversation import Answer, Conversation, Estimate
    from .errors import JudgementError
    from .images import Prepared, prepare, prepare_all
    from .locating import Located, Places, find_places, locate
    from .sources import Source, sources_of

__all__ = [
    "Answer",
    "Conversation",
    "Estimate",
    "Evidence",
    "JudgementError",
    "Located",
    "Places",
    "Prepared",
    "Source",
    "Verdict",
    "check",
    "check_params",
    "find_places",
    "locate",
    "prepare",
    "prepare_all",
    "sources_of",
    "verdict_of",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: the SDK alone takes more than a second."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "checking": ("Evidence", "Verdict", "check", "check_params", "verdict_of"),
        "conversation": ("Answer", "Conversation", "Estimate"),
        "errors": ("JudgementError",),
        "images": ("Prepared", "prepare", "prepare_all"),
        "locating": ("Located", "Places", "find_places", "locate"),
        "sources": ("Source", "sources_of"),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
