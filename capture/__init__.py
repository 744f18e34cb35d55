"""Displays and their pictures: what can be captured, private displays, stillness, PNG."""

if __name__ != "trueclick.capture":
    raise ImportError(f"import trueclick.capture, not {__name__}")

from .clock import Clock, SystemClock
from .display import Display
from .encode import encode
from .errors import CaptureError, DisplayChanged
from .screenshot import Screenshot
from .source import Source, displays
from .still import Settled, Stillness, wait_until_still
from .virtual import VirtualDisplay, application_environment, is_private

__all__ = [
    "CaptureError",
    "Clock",
    "Display",
    "DisplayChanged",
    "Screenshot",
    "Settled",
    "Source",
    "Stillness",
    "SystemClock",
    "VirtualDisplay",
    "application_environment",
    "displays",
    "encode",
    "is_private",
    "wait_until_still",
]
