"""Displays and their pictures: what can be captured, private displays, stillness, PNG."""

if __name__ != "trueclick.capture":
    raise ImportError(f"import trueclick.capture, not {__name__}")

from .changes import Changes, boxes_shown, changed_boxes
from .clock import Clock, SystemClock
from .compare import EXACT, Comparison, Tolerance, compared, difference
from .display import Display
from .draw import BoxMark, Mark, PointMark, draw
from .encoding.encode import EncodedImage, encode
from .encoding.formats import Format, format_for
from .encoding.scale import scaled
from .errors import CaptureError, DisplayChanged
from .folder import FolderSource
from .image_file import read_image
from .rough import ROUGH, compared_roughly
from .screenshot import Screenshot
from .source import Source, displays
from .still import Settled, Stillness, wait_until_still
from .virtual.display import VirtualDisplay, application_environment, is_private
from .x11.servers import servers

__all__ = [
    "EXACT",
    "ROUGH",
    "BoxMark",
    "CaptureError",
    "Changes",
    "Clock",
    "Comparison",
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
    "Tolerance",
    "VirtualDisplay",
    "application_environment",
    "boxes_shown",
    "changed_boxes",
    "compared",
    "compared_roughly",
    "difference",
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
