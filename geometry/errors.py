"""The errors of every layer start here.

    TrueclickError
    ├── UsageError         the caller's mistake: wrong values, wrong order; the run stops
    │   └── UnknownModelError
    ├── Refusal            the model asked for what cannot be done; it reads the text and goes on
    └── CaptureError       (trueclick.capture) the machine must be mended; the text says how

A message holds fixed words and the numbers that were sent, and nothing read off a screen.
"""


class TrueclickError(Exception):
    """Any error that this project raises on purpose."""


class UsageError(TrueclickError, ValueError):
    """A value that the caller passed makes no sense."""


class UnknownModelError(UsageError):
    """A model id that the catalogue does not hold."""


class Refusal(TrueclickError):  # noqa: N818 - it is the model's to read, not a fault of the program
    """A request of the model's that must not be carried out; the model reads the message."""
