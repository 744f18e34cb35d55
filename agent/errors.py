"""The errors of the agent, beside those of `trueclick.geometry.errors` and `trueclick.capture`.

TrueclickError
├── UsageError, Refusal      (trueclick.geometry)
├── CaptureError             (trueclick.capture)
└── ApplicationError         the application under test cannot be started, or has ended
"""

from trueclick.geometry import TrueclickError


class ApplicationError(TrueclickError):
    """The application under test; the message holds its own last words."""
