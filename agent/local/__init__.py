"""A model that needs no network: it reads screenshots with OCR and follows plain steps.

    click "Save"; type "Ada" into "Name"; expect "Saved"

It speaks the Messages API in process and refuses what the API refuses. It follows the sentences
of `FORMS` and understands no others.
"""

if __name__ != "trueclick.agent.local":
    raise ImportError(f"import trueclick.agent.local, not {__name__}")

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
