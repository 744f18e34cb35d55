"""Pictures with known places, and a model of the API that answers as a perfect model would."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from trueclick.agent.testing import Request, StrictApi, Turn, says
from trueclick.capture import Screenshot
from trueclick.geometry import Box, Image, Size

FAMILIES = (
    *("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2"),
    *("claude-opus-5", "claude-sonnet-5", "claude-opus-4-8", "claude-opus-4-6"),
    *("claude-sonnet-4-6", "claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5", "local"),
)

RED = (0, 0, 255)
"""In a screenshot's own order: blue, green, red."""


def screenshot(size: Size[Any], marked: Iterable[Box[Image]] = ()) -> Screenshot:
    """A grey picture with red rectangles."""
    pixels = np.full((size.height, size.width, 4), 200, np.uint8)
    for box in marked:
        pixels[box.y0 : box.y1, box.x0 : box.x1, :3] = RED
    return Screenshot(pixels)


def noise(size: Size[Any], seed: int = 1) -> Screenshot:
    """What no encoder makes small."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size.height, size.width, 4), np.uint8)
    return Screenshot(pixels)


def saved(path: Path, size: tuple[int, int] = (640, 400), **options: Any) -> Path:
    """A file with a picture, of the kind that its name says."""
    Pillow.new("RGB", size, "white").save(path, **options)
    return path


def verdict(*evidence: tuple[int, Sequence[int], str], holds: bool = True) -> Turn:
    """The answer that says so."""
    places = [{"image": image, "box": [*box], "what": what} for image, box, what in evidence]
    return says(json.dumps({"reason": "It is shown.", "holds": holds, "evidence": places}))


def places(*found: tuple[Sequence[int], str]) -> Turn:
    """The answer that something is there."""
    return says(json.dumps({"found": [{"box": [*box], "label": label} for box, label in found]}))


def seeing_red() -> StrictApi:
    """An API whose model finds every red rectangle in the picture it is shown, exactly."""
    return StrictApi(lambda request: places(*((box, "red") for box in red_in(request))))


def red_in(request: Request) -> list[list[int]]:
    """The red rectangles of a request's only picture, in its pixels; they do not touch."""
    data = next(
        block["source"]["data"]
        for block in request.messages[0]["content"]
        if block["type"] == "image"
    )
    with Pillow.open(io.BytesIO(base64.b64decode(data))) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(np.int16)
    red = (pixels[..., 0] - pixels[..., 1]) > 100
    found: list[list[int]] = []
    rest = red.copy()
    while rest.any():
        y, x = (int(i) for i in np.argwhere(rest)[0])
        x1 = x + int(np.argmin(np.append(rest[y, x:], False)))
        y1 = y + int(np.argmin(np.append(rest[y:, x], False)))
        found.append([x, y, x1, y1])
        rest[y:y1, x:x1] = False
    return found
