"""Many points at once, exact: integer arithmetic on numpy arrays, never a float.

numpy is imported by this module alone, and this module only where an array is mapped.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .errors import UsageError
from .shapes import Box

Integers: TypeAlias = npt.NDArray[np.integer[Any]]
"""An array of any integer type; what comes back is `int64`."""

_LARGEST = 2**63 - 1


def columns(points: Integers) -> tuple[Integers, Integers]:
    """The x and the y of the points.

    Raises:
        UsageError: if it is not an `(N, 2)` array of integers.
    """
    # No subclass: a masked array's gaps would be mapped as if they were points.
    if type(points) is not np.ndarray:
        raise UsageError(
            "this takes a Point, a Box or a numpy array of shape (N, 2), got "
            f"{type(points).__name__}"
        )
    if points.dtype.kind not in "iu":
        raise UsageError(f"points need an array of integers, got {points.dtype}")
    if points.ndim != 2 or points.shape[1] != 2:
        raise UsageError(f"points need an array of shape (N, 2), got {points.shape}")
    return points[:, 0], points[:, 1]


def joined(xs: Integers, ys: Integers) -> Integers:
    """The points with these coordinates."""
    points = np.empty((len(xs), 2), np.int64)
    points[:, 0] = xs
    points[:, 1] = ys
    return points


def divided(xs: Integers, factor: int, shift: int, divisor: int) -> Integers:
    """`(factor * x + shift) // divisor` of each `x`; `factor` and `divisor` are above zero.

    Raises:
        UsageError: if a result is beyond 64 bits.
    """
    if xs.dtype.kind not in "iu":
        raise UsageError(f"coordinates need an array of integers, got {xs.dtype}")
    if not xs.size:
        return np.empty(0, np.int64)
    widest = max(-int(xs.min()), int(xs.max()), 1)
    if widest * factor + abs(shift) <= _LARGEST and divisor <= _LARGEST:
        result = xs.astype(np.int64)
        result *= factor
        result += shift
        result //= divisor
        return result
    # Beyond 64 bits in between: Python's own integers have no end.
    exact = [(factor * x + shift) // divisor for x in xs.tolist()]
    if min(exact) < -_LARGEST - 1 or max(exact) > _LARGEST:
        raise UsageError(f"a mapped coordinate is beyond 64 bits: {max(exact, key=abs)}")
    return np.array(exact, np.int64)


def first_outside(points: Integers, box: Box[Any] | None) -> int | None:
    """The index of the first point that is no pixel of `box`, or `None` if all are.

    No point is a pixel of no box.

    Raises:
        UsageError: if it is not an `(N, 2)` array of integers.
    """
    xs, ys = columns(points)
    if box is None:
        return 0 if len(xs) else None
    inside = (xs >= box.x0) & (xs < box.x1) & (ys >= box.y0) & (ys < box.y1)
    return None if inside.all() else int(inside.argmin())
