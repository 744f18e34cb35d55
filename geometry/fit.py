"""How Claude sizes an image: the published rule, so that nothing is scaled behind our back.

An image costs one visual token per started patch of 28x28 pixels. A model has two limits, one on
the longer edge and one on the tokens. An image over either is scaled to the largest size of its
aspect ratio that is within both, then padded on the right and the bottom to whole patches.
Coordinates count pixels of the resized image without the padding.

Source: the "Vision" and "Coordinates and bounding boxes" pages of the Claude documentation, read
on 2026-11-21.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeVar

from .errors import UsageError
from .shapes import Model, Size

S = TypeVar("S")

PATCH = 28
"""The edge of a patch in pixels: the vision encoder's unit, and one visual token."""


@dataclass(frozen=True, slots=True)
class ResolutionLimits:
    """The largest image a model sees unscaled.

    Attributes:
        max_edge: the longer edge after padding to whole patches, in pixels.
        max_tokens: visual tokens.
    """

    max_edge: int
    max_tokens: int

    def __post_init__(self) -> None:
        if self.max_edge < PATCH or self.max_tokens < 1:
            raise UsageError(
                f"limits need max_edge >= {PATCH} and max_tokens >= 1, "
                f"got max_edge={self.max_edge} max_tokens={self.max_tokens}"
            )

    def fits(self, size: Size[S]) -> bool:
        """Whether an image of this size is within both limits."""
        whole = padded(size)
        return (
            max(whole.width, whole.height) <= self.max_edge
            and visual_tokens(size) <= self.max_tokens
        )

    def capped(self, max_edge: int) -> ResolutionLimits:
        """These limits with the edge at most `max_edge` pixels."""
        return ResolutionLimits(min(self.max_edge, max_edge), self.max_tokens)


STANDARD = ResolutionLimits(max_edge=1568, max_tokens=1568)
"""Every Claude model before 4.7."""

HIGH_RESOLUTION = ResolutionLimits(max_edge=2576, max_tokens=4784)
"""Claude 4.7 and every later model."""

LARGEST_EDGE = 8000
"""The longest side, in pixels, of an image that the API takes at all."""

MANY_IMAGES = 20
"""A request with more images than this (earlier ones count) must keep each within
`MANY_IMAGES_MAX_EDGE`."""

MANY_IMAGES_MAX_EDGE = 2000
"""The longest side, in pixels, of an image in a request of more than `MANY_IMAGES`."""


def padded(size: Size[S]) -> Size[S]:
    """`size` grown on the right and the bottom to whole patches; the origin stays."""
    return Size(-(-size.width // PATCH) * PATCH, -(-size.height // PATCH) * PATCH)


def visual_tokens(size: Size[S]) -> int:
    """What an image of this size costs, if it is within the model's limits."""
    whole = padded(size)
    return (whole.width // PATCH) * (whole.height // PATCH)


def fit(size: Size[S], limits: ResolutionLimits) -> Size[Model]:
    """The size at which a model with `limits` sees an image of `size`.

    The image itself if it is within the limits; else the largest size of its aspect ratio that
    is. Never larger than the image.
    """
    if limits.fits(size):
        return Size(size.width, size.height)
    landscape = size.width >= size.height
    long, short = (size.width, size.height) if landscape else (size.height, size.width)
    ratio = long / short  # a double, and `round` to even: as the published rule computes it

    def scaled(edge: int) -> Size[Model]:
        other = max(round(edge / ratio), 1)
        return Size(edge, other) if landscape else Size(other, edge)

    # A longer edge never costs fewer tokens, so the sizes that fit come first.
    edge = bisect_right(range(1, long), 0, key=lambda edge: not limits.fits(scaled(edge)))
    return scaled(max(edge, 1))
