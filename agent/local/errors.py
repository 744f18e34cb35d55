"""What can go wrong before the local model reads a screen."""

from __future__ import annotations

from trueclick.geometry import TrueclickError, UsageError


class StepError(UsageError):
    """A task holds a sentence that is none of the known forms; the message lists them."""


class MissingExtraError(TrueclickError):
    """The packages that read text from a picture are not installed; the message says which."""
