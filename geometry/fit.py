"""The size at which a model sees an image: the published rule, so that nothing is scaled unseen.

An image over a limit is scaled to the largest size of its aspect ratio that is within all limits
(`limits.py`). Coordinates count pixels of the resized image without the padding.

Source: the "Coordinates and bounding boxes" page of the Claude documentation, read on 2026-11-21.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from math import inf
from typing import TypeVar

from .errors import UsageError
from .limits import PATCH, Limit, ResolutionLimits
from .shapes import Model, Size

S = TypeVar("S")


def fit(
    size: Size[S],
    limits: ResolutionLimits | str,
    *,
    max_edge: int | None = None,
    max_tokens: int | None = None,
    min_scale: float | None = None,
) -> Size[Model]:
    """The size at which a model sees an image of `size`.

    The image itself if it is within the limits; else the largest size of its aspect ratio that
    is. Never larger than the image.

    Args:
        size: the image's.
        limits: the model's, or its id.
        max_edge: a lower ceiling for the longer edge; 2000 for requests of many images.
        max_tokens: a lower budget of visual tokens.
        min_scale: the smallest scale that is acceptable, above 0 and up to 1: text that is
            shrunk below about a half can no longer be read.

    Raises:
        UnknownModelError: if the id is unknown.
        UsageError: if a number makes no sense, or the image would be shown below `min_scale`.
    """
    allowed = _lowered(limits, max_edge, max_tokens)
    sent, long, edge = _fitted(size, allowed)
    if min_scale is not None:
        if type(min_scale) not in {int, float} or not 0 < min_scale <= 1:
            raise UsageError(f"min_scale must be above 0 and at most 1, got {min_scale!r}")
        scale = Fraction(edge, long)
        if scale < min_scale:
            raise UsageError(
                f"{size} would be shown at {sent}, {float(scale):.3f} of its size and below "
                f"min_scale={min_scale}: cover it with tiles(), or raise the limits"
            )
    return sent


def binding_limits(
    size: Size[S],
    limits: ResolutionLimits | str,
    *,
    max_edge: int | None = None,
    max_tokens: int | None = None,
) -> tuple[Limit, ...]:
    """The limits that keep an image from being shown one pixel larger; none if it is shown whole.

    Args:
        size: the image's.
        limits: the model's, or its id.
        max_edge: as for `fit`.
        max_tokens: as for `fit`.

    Raises:
        UnknownModelError: if the id is unknown.
        UsageError: if a number makes no sense.
    """
    allowed = _lowered(limits, max_edge, max_tokens)
    _, long, edge = _fitted(size, allowed)
    return () if edge == long else allowed.broken(_scaled(size, edge + 1))


def limits_of(limits: ResolutionLimits | str) -> ResolutionLimits:
    """The limits themselves, or those of the model with this id.

    Raises:
        UnknownModelError: if the id is unknown.
        UsageError: if it is neither.
    """
    if isinstance(limits, str):
        from .catalogue import find_model  # noqa: PLC0415 - who has limits needs no table

        return find_model(limits).limits
    if not isinstance(limits, ResolutionLimits):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UsageError(f"limits are ResolutionLimits or the id of a model, got {limits!r}")
    return limits


def _lowered(
    limits: ResolutionLimits | str, max_edge: int | None, max_tokens: int | None
) -> ResolutionLimits:
    known = limits_of(limits)
    if max_edge is None and max_tokens is None:
        return known
    return known.capped(max_edge, max_tokens=max_tokens)


def _fitted(size: Size[S], limits: ResolutionLimits) -> tuple[Size[Model], int, int]:
    """The size that fits, the image's long edge and the scaled one."""
    long = size.long_edge
    if limits.fits(size):
        return Size(size.width, size.height), long, long
    ratio = _ratio(size)
    most_patches = limits.max_edge // PATCH

    def too_large(edge: int) -> bool:
        # `limits.broken` in plain integers, for speed.
        patches = -(-edge // PATCH)
        return (
            patches > most_patches
            or patches * -(-max(round(edge / ratio), 1) // PATCH) > limits.max_tokens
        )

    # A longer edge never costs fewer tokens, so the sizes that fit come first.
    most = min(limits.max_edge, limits.ceiling or limits.max_edge)
    edge = bisect_right(range(1, most + 1), 0, key=too_large)
    return _scaled(size, edge), long, edge


def _ratio(size: Size[S]) -> float:
    """Long over short edge as a double: the published rule computes it so."""
    try:
        return size.long_edge / min(size.width, size.height)
    except OverflowError:
        return inf


def _scaled(size: Size[S], edge: int) -> Size[Model]:
    """`size` with the given long edge: the other one rounded half to even, and at least 1."""
    other = max(round(edge / _ratio(size)), 1)
    return Size(edge, other) if size.width >= size.height else Size(other, edge)
