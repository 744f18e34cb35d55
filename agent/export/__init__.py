"""A trace as something else: a program, a film, a request of the run."""

if __name__ != "trueclick.agent.export":
    raise ImportError(f"import trueclick.agent.export, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .films import film
    from .program import script
    from .requests import request

__all__ = ["film", "request", "script"]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: films need Pillow, requests the SDK."""
    from importlib import import_module  # noqa: PLC0415

    homes = {"films": "film", "program": "script", "requests": "request"}
    for module, home in homes.items():
        if name == home:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
