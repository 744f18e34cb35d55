"""The error of a trace, beside those of the agent.

TrueclickError
├── UsageError       (trueclick.geometry) the folder that was named cannot be used
└── TraceError       a trace cannot be written any further, or what is in it cannot be read
    └── LostPictureError    a picture's file is missing, or holds something else
"""

from trueclick.geometry import TrueclickError


class TraceError(TrueclickError):
    """A trace that broke off while it was written, or is damaged, or of a newer format."""


class LostPictureError(TraceError):
    """A picture that is not in its file: taken away, changed, or never on the disk."""
