"""What the operator of the machine must mend before a screen can be seen."""

from trueclick.geometry import TrueclickError


class CaptureError(TrueclickError):
    """A display cannot be reached, started or captured; the message names the remedy."""
