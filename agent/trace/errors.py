"""The error of a trace, beside those of the agent.

TrueclickError
├── UsageError       (trueclick.geometry) the folder that was named cannot be used
└── TraceError       a trace cannot be written any further, or what is in it cannot be read
"""

from trueclick.geometry import TrueclickError


class TraceError(TrueclickError):
    """A trace that broke off while it was written, or is damaged, or of a newer format."""
