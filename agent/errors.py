"""The errors of the agent, beside those of `trueclick.geometry.errors` and `trueclick.capture`.

TrueclickError
├── UsageError, Refusal      (trueclick.geometry)
├── CaptureError             (trueclick.capture)
├── ApplicationError         the application under test cannot be started, or has ended
├── TraceError               a trace cannot be written or read (trueclick.agent.trace)
└── StopRequested            somebody stopped the run
"""

from trueclick.geometry import TrueclickError


class ApplicationError(TrueclickError):
    """The application under test; the message holds its own last words."""


class StopRequested(TrueclickError):  # noqa: N818 - what happened, not a mistake
    """Somebody stopped the run; nothing was done on the screen after that but to release.

    Attributes:
        reason: who, or by what.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"stopped: {reason}")
        self.reason = reason
