"""What a trace consists of: the names in its folder, the number of its format, its limits.

`trace.jsonl` holds a JSON object a line, in ASCII: first `{"format": 2, "began": ...}`, then the
events in order, each with its kind (`event`) and the seconds since the run began (`t`). Pictures
are files of their own in `images`, named for the SHA-256 of what is in them; a line names the file.

A change to what a line may hold needs a new number, a reader of the old lines, and a sample of them
among the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FORMAT = 2
"""Format 1 has no `decided`, `glimpsed` and `faulted`; its lines lack `captured`, `same_screen`,
`start`, `settle_s` and `windows`."""

LINES = "trace.jsonl"

IMAGES = "images"

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
)
"""How the file of a picture ends, by its media type: those that the API takes."""

MAX_LINE_BYTES = 64 << 20
"""A line without its pictures; a request has at most 32 MB, and ASCII makes more of some texts."""

MAX_LINES_BYTES = 1 << 30
"""All lines; a step takes some kilobytes."""

MAX_IMAGE_BYTES = 64 << 20
"""A picture; the API takes 10 MB of base64."""
