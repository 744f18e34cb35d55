"""Displays and their pictures: what can be captured, private displays, stillness, PNG."""

if __name__ != "trueclick.capture":
    raise ImportError(f"import trueclick.capture, not {__name__}")

from .changes import Changes, boxes_shown, changed_boxes
from .clock import Clock, SystemClock
from .display import Display
from .draw import BoxMark, Mark, PointMark, draw
from .encode import EncodedImage, encode
from .errors import CaptureError, DisplayChanged
from .folder import FolderSource
from .formats import Format, format_for
from .image_file import read_image
from .scale import scaled
from .screenshot import Screenshot
from .source import Source, displays
from .still import Settled, Stillness, wait_until_still
from .virtual import VirtualDisplay, application_environment, is_private
from .x_servers import servers

__all__ = [
    "BoxMark",
    "CaptureError",
    "Changes",
    "Clock",
    "Display",
    "DisplayChanged",
    "EncodedImage",
    "FolderSource",
    "Format",
    "Mark",
    "PointMark",
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
    "draw",
    "encode",
    "format_for",
    "is_private",
    "read_image",
    "scaled",
    "servers",
    "wait_until_still",
]
