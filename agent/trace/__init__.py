"""What happened in a run, on disk as it happens."""

if __name__ != "trueclick.agent.trace":
    raise ImportError(f"import trueclick.agent.trace, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import TraceError
    from .places import new_folder
    from .reading import Trace, read_trace
    from .resuming import Resumption, resumed
    from .story import Look, Part, Step, Story, Turn, story_of
    from .writing import TraceWriter

__all__ = [
    "Look",
    "Part",
    "Resumption",
    "Step",
    "Story",
    "Trace",
    "TraceError",
    "TraceWriter",
    "Turn",
    "new_folder",
    "read_trace",
    "resumed",
    "story_of",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: reading needs pydantic, resuming the SDK."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "errors": ("TraceError",),
        "places": ("new_folder",),
        "reading": ("Trace", "read_trace"),
        "resuming": ("Resumption", "resumed"),
        "story": ("Look", "Part", "Step", "Story", "Turn", "story_of"),
        "writing": ("TraceWriter",),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
