"""What a model sees unscaled, and what an image costs: patches, limits and visual tokens.

An image costs one visual token per started patch of 28x28 pixels. A model has two limits, one on
the longer edge and one on the tokens; an image within both is not scaled. It is padded on the
right and the bottom to whole patches, which moves nothing.

Source: the "Vision" and "Coordinates and bounding boxes" pages of the Claude documentation, read
on 2026-11-21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from .errors import UsageError
from .shapes import Size, require_integers

S = TypeVar("S")

PATCH = 28
"""The edge of a patch in pixels: the vision encoder's unit, and one visual token."""

Limit: TypeAlias = Literal["max_edge", "max_tokens", "ceiling"]
"""The name of a limit: an attribute of `ResolutionLimits`."""


@dataclass(frozen=True, slots=True)
class ResolutionLimits:
    """The largest image a model sees unscaled.

    Attributes:
        max_edge: the longer edge after padding to whole patches, in pixels.
        max_tokens: visual tokens.
        ceiling: the longer edge of the image itself, in pixels, where the caller wants less than
            the model takes; see `capped`.

    Raises:
        UsageError: if a number is not an `int`, or leaves no room for one patch.
    """

    max_edge: int
    max_tokens: int
    ceiling: int | None = None

    def __post_init__(self) -> None:
        ceiling = self.max_edge if self.ceiling is None else self.ceiling
        require_integers(
            "ResolutionLimits", max_edge=self.max_edge, max_tokens=self.max_tokens, ceiling=ceiling
        )
        if self.max_edge < PATCH or self.max_tokens < 1 or ceiling < 1:
            raise UsageError(
                f"limits need max_edge >= {PATCH}, max_tokens >= 1 and ceiling >= 1, "
                f"got max_edge={self.max_edge} max_tokens={self.max_tokens} ceiling={self.ceiling}"
            )

    def broken(self, size: Size[S]) -> tuple[Limit, ...]:
        """The limits that an image of this size is over, if any."""
        whole = padded(size)
        over: list[Limit] = []
        if whole.long_edge > self.max_edge:
            over.append("max_edge")
        if visual_tokens(size) > self.max_tokens:
            over.append("max_tokens")
        if self.ceiling is not None and size.long_edge > self.ceiling:
            over.append("ceiling")
        return tuple(over)

    def fits(self, size: Size[S]) -> bool:
        """Whether an image of this size is within all limits."""
        return not self.broken(size)

    def capped(
        self, max_edge: int | None = None, *, max_tokens: int | None = None
    ) -> ResolutionLimits:
        """These limits lowered further; neither number raises what the model takes.

        Args:
            max_edge: the longer edge of the image itself: 2000 for requests of many images.
            max_tokens: a budget of visual tokens an image.

        Raises:
            UsageError: if a number is not an `int` of at least 1.
        """
        for name, number in (("max_edge", max_edge), ("max_tokens", max_tokens)):
            if number is not None:
                require_integers("capped", **{name: number})
                if number < 1:
                    raise UsageError(f"capped needs {name} >= 1, got {number}")
        return ResolutionLimits(
            self.max_edge,
            _lower(self.max_tokens, max_tokens),
            max_edge if self.ceiling is None else _lower(self.ceiling, max_edge),
        )


STANDARD = ResolutionLimits(max_edge=1568, max_tokens=1568)
"""Every Claude model before 4.7."""

HIGH_RESOLUTION = ResolutionLimits(max_edge=2576, max_tokens=4784)
"""Claude 4.7 and every later model."""


def padded(size: Size[S]) -> Size[S]:
    """`size` grown on the right and the bottom to whole patches; the origin stays."""
    return Size(_patches(size.width) * PATCH, _patches(size.height) * PATCH)


def visual_tokens(size: Size[S]) -> int:
    """What an image of this size costs, if it is within the model's limits."""
    return _patches(size.width) * _patches(size.height)


def legacy_token_estimate(size: Size[S]) -> int:
    """The tokens of an image by the older rule of thumb, `width * height / 750`, rounded up.

    Older documents print it. It is within a few percent of `visual_tokens` for most images and
    far below for thin ones; bills are made out by `visual_tokens`.
    """
    return -(-size.width * size.height // 750)


def _patches(edge: int) -> int:
    return -(-edge // PATCH)


def _lower(known: int, asked: int | None) -> int:
    return known if asked is None else min(known, asked)
