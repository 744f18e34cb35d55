"""What scaling should give, written the slow and obvious way, and how near another result comes."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def lanczos(pixels: NDArray[np.uint8], width: int, height: int) -> Floats:
    """Blue, green and red of a picture, scaled with Lanczos of three lobes, without rounding.

    Pixel `i` of the result is centred on `(i + 1/2) * scale` of the source; a kernel that reaches
    past the border is cut there and made to sum to 1.
    """
    colours = pixels[..., :3].astype(np.float64)
    down = _weights(pixels.shape[0], height)
    across = _weights(pixels.shape[1], width)
    return np.stack([down @ colours[..., band] @ across.T for band in range(3)], axis=-1)


@cache
def _weights(source: int, target: int) -> Floats:
    """`(target, source)`: what each source pixel adds to each one of the result."""
    scale = source / target
    stretch = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale
    distance = (np.arange(source) + 0.5 - centres[:, None]) / stretch
    weights = np.where(np.abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def luma(pixels: NDArray[np.uint8] | Floats) -> Floats:
    """Brightness from 0 to 255 of pixels in blue, green and red."""
    colours = pixels[..., :3].astype(np.float64).clip(0, 255)
    return np.asarray(colours @ np.array([0.114, 0.587, 0.299]))


def ssim(first: Floats, second: Floats) -> float:
    """The structural similarity of two pictures in brightness, 1 where they are the same.

    The mean over all windows, Gaussian with a sigma of 1.5 px over 11 px, as published by Wang
    and others in "Image quality assessment: from error visibility to structural similarity" (2004).
    """
    mean1, mean2 = _blurred(first), _blurred(second)
    variance1 = _blurred(first * first) - mean1 * mean1
    variance2 = _blurred(second * second) - mean2 * mean2
    covariance = _blurred(first * second) - mean1 * mean2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = ((2 * mean1 * mean2 + c1) * (2 * covariance + c2)) / (
        (mean1 * mean1 + mean2 * mean2 + c1) * (variance1 + variance2 + c2)
    )
    return float(similar.mean())


def _blurred(values: Floats) -> Floats:
    window = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window /= window.sum()
    down = np.lib.stride_tricks.sliding_window_view(values, 11, axis=0) @ window
    return np.asarray(np.lib.stride_tricks.sliding_window_view(down, 11, axis=1) @ window)
