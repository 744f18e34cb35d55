"""What a comparison takes, beside what people use instead. Run by `make bench`.

On the page that `tests/capture/realistic.py` describes. Medians, all ways in turns in one process:
on a busy machine the ratios mean more than the times. `ImageChops.difference` with `getbbox` says
only that something differs and around what, and counts every pixel that is off by one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageChops

from tests.benchmarks.timing import medians_s, report
from tests.capture.realistic import drawn
from trueclick.capture import Screenshot, compared, compared_roughly, difference

SIZES = [(1456, 819), (1920, 1080)]


def with_pillow(first: Screenshot, second: Screenshot) -> Callable[[], object]:
    """The usual way, from the same bytes."""

    def image(screenshot: Screenshot) -> Pillow.Image:
        size = screenshot.size
        return Pillow.frombuffer(
            "RGB", (size.width, size.height), screenshot.pixels, "raw", "BGRX", 0, 1
        )

    return lambda: ImageChops.difference(image(first), image(second)).getbbox()


def pairs(width: int, height: int) -> dict[str, tuple[Screenshot, Screenshot]]:
    """A page, and what has become of it."""
    page = drawn(width + 40, height).screenshot.pixels
    first = np.ascontiguousarray(page[:, :width])
    letter = first.copy()
    letter[300:310, 200:206, :3] ^= 0xFF
    noise = np.random.default_rng(1).integers(0, 256, first.shape, dtype=np.uint8)
    others = {
        "equal": first.copy(),
        "a letter": letter,
        "all moved": np.ascontiguousarray(page[:, 40:]),
        "noise": noise,
    }
    return {name: (Screenshot(first), Screenshot(other)) for name, other in others.items()}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_a_comparison_takes(width: int, height: int) -> None:
    print()
    for name, (first, second) in pairs(width, height).items():
        times = medians_s(
            {
                "ours": lambda a=first, b=second: compared(a, b),  # type: ignore[misc]
                "roughly": lambda a=first, b=second: compared_roughly(a, b),  # type: ignore[misc]
                "pillow": with_pillow(first, second),
            },
            5,
        )
        report(f"{width}x{height} {name}", times["ours"], "ImageChops", times["pillow"])
        report(f"{width}x{height} {name}, roughly", times["roughly"])
    first, second = pairs(width, height)["a letter"]
    found = compared(first, second)
    report(
        f"{width}x{height} picture of a difference",
        medians_s({"": lambda: difference(first, second, found)}, 5)[""],
    )
