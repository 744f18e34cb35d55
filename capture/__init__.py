"""Displays and their pictures: what can be captured, private displays, stillness, PNG."""

if __name__ != "trueclick.capture":
    raise ImportError(f"import trueclick.capture, not {__name__}")

from .changes import Changes, boxes_shown, changed_boxes
from .clock import Clock, SystemClock
from .display import Display
from .encode import encode
from .errors import CaptureError, DisplayChanged
from .screenshot import Screenshot
from .source import Source, displays
from .still import Settled, Stillness, wait_until_still
from .virtual import VirtualDisplay, application_environment, is_private
from .x_servers import servers

__all__ = [
    "CaptureError",
    "Changes",
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
    "boxes_shown",
    "changed_boxes",
    "displays",
    "encode",
    "is_private",
    "servers",
    "wait_until_still",
]
