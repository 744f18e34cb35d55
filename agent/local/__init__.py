"""A model that needs no network: it reads screenshots with OCR and follows plain steps.

    click "Save"; type "Ada" into "Name"; expect "Saved"

It speaks the Messages API in process and refuses what the API refuses. It follows the sentences
of `FORMS` and understands no others.
"""

if __name__ != "trueclick.agent.local":
    raise ImportError(f"import trueclick.agent.local, not {__name__}")

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import MissingExtraError, StepError
    from .steps import FORMS, Step, parse_steps
    from .transport import LocalModel, local_client

__all__ = [
    "FORMS",
    "LocalModel",
    "MissingExtraError",
    "Step",
    "StepError",
    "local_client",
    "parse_steps",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: reading a picture needs no SDK."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "errors": ("MissingExtraError", "StepError"),
        "steps": ("FORMS", "Step", "parse_steps"),
        "transport": ("LocalModel", "local_client"),
    }
    for module, names in homes.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
