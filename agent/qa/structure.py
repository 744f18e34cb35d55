"""How alike the structure of two pictures is, as one figure.

The structural similarity index (SSIM) of Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli,
"Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE Transactions on
Image Processing 13 (4), 2004, with its own constants: brightness alone, a Gaussian window of 11x11
pixels with a standard deviation of 1.5, K1 = 0.01, K2 = 0.03, and the mean over all windows that
lie inside of the picture. It tells a page that was drawn a little differently (0.9 and more) from
another page, which the number of differing pixels does not.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from trueclick.capture import Screenshot
from trueclick.geometry import UsageError

_Plane: TypeAlias = NDArray[np.floating[Any]]

_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

_LUMA = np.array([0.114, 0.587, 0.299], np.float32)
"""Of blue, green and red: ITU-R BT.601."""

_ROWS = 256
"""Of windows that are looked at in one go: a large picture needs no memory of its own size."""


def similarity(first: Screenshot, second: Screenshot) -> float:
    """The SSIM of two pictures: 1 for the same one, about 0 where they have nothing in common.

    Pictures of fewer than 11 pixels a side are continued by those at their edges.

    Raises:
        UsageError: if they are of different sizes.
    """
    if first.size != second.size:
        raise UsageError(
            f"pictures of different sizes have no similarity: {first.size} and {second.size}"
        )
    total, count = 0.0, 0
    height = max(first.size.height, _WINDOW)
    for top in range(0, height - _WINDOW + 1, _ROWS):
        rows = slice(top, top + _ROWS + _WINDOW - 1)
        windows = _similarities(_brightness(first, rows), _brightness(second, rows))
        total, count = total + float(windows.sum(dtype=np.float64)), count + windows.size
    return total / count


def _brightness(shot: Screenshot, rows: slice) -> _Plane:
    plane: _Plane = (shot.pixels[rows, :, :3].astype(np.float32) @ _LUMA).astype(np.float32)
    missing = [(0, max(0, _WINDOW - length)) for length in plane.shape]
    return np.pad(plane, missing, mode="edge")


def _similarities(x: _Plane, y: _Plane) -> _Plane:
    """The SSIM of each window."""
    mean_x, mean_y = _weighted(x), _weighted(y)
    squares = mean_x * mean_x + mean_y * mean_y
    product = mean_x * mean_y
    variances = _weighted(x * x + y * y) - squares
    covariance = _weighted(x * y) - product
    alike = (2 * product + _C1) * (2 * covariance + _C2)
    whole = (squares + _C1) * (variances + _C2)
    return np.asarray(alike / whole)


def _weighted(plane: _Plane) -> _Plane:
    """The mean of each window, weighted by the Gaussian; the windows inside of the plane alone."""
    at = np.arange(_WINDOW) - _WINDOW // 2
    weights = np.exp(-(at**2) / (2 * _SIGMA**2))
    weights = (weights / weights.sum()).astype(np.float32)
    height, width = (length - _WINDOW + 1 for length in plane.shape)
    down = np.zeros((height, plane.shape[1]), np.float32)
    for row, weight in enumerate(weights):
        down += weight * plane[row : row + height]
    across = np.zeros((height, width), np.float32)
    for column, weight in enumerate(weights):
        across += weight * down[:, column : column + width]
    return across
