"""How long mapping takes, beside what one would use otherwise. Run by `make bench`.

Medians of several runs, all in one process: the ratios mean something on a busy machine, the
absolute figures less.
"""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from math import floor

import numpy as np

from trueclick.geometry import (
    HIGH_RESOLUTION,
    STANDARD,
    Box,
    Model,
    Point,
    Size,
    View,
    fit,
    tiles,
)

from .timing import many_s, median_s, report


def test_geometry() -> None:
    print()
    view = View.fitted(Box.from_xywh(1920, 0, 3840, 2160), Size(3840, 2160), HIGH_RESOLUTION)
    point = Point[Model](700, 400)

    def exact_without_us() -> tuple[int, int]:
        half = Fraction(1, 2)
        return (
            floor((point.x + half) * Fraction(3840, 2576) + 1920),
            floor((point.y + half) * Fraction(2160, 1449)),
        )

    ours, other = many_s(lambda: view.to_screen(point)), many_s(exact_without_us)
    report("a point to the screen", ours, "by hand with fractions", other)

    random = np.random.default_rng(1)
    points = random.integers(0, (2576, 1449), (1_000_000, 2))
    ours = median_s(lambda: view.to_screen(points), 7)

    def with_floats() -> object:
        scale = np.array([3840 / 2576, 2160 / 1449])
        return np.floor((points + 0.5) * scale + (1920, 0)).astype(np.int64)

    report("a million points to the screen", ours, "floats, inexact", median_s(with_floats, 7))
    landed = view.to_screen(points)
    report("a million points to the model", median_s(lambda: view.to_model(landed), 7))
    box = Box[Model](3, 5, 700, 400)
    report("a box to the screen", many_s(lambda: view.to_screen(box)))
    report("fit 3840x2160", many_s(lambda: fit(Size(3840, 2160), STANDARD)))
    report("tiles of 7680x4320", median_s(lambda: tiles(Size(7680, 4320), STANDARD), 50))


def test_import() -> None:
    print()

    def import_s(module: str) -> float:
        return median_s(lambda: subprocess.run([sys.executable, "-c", module], check=True), 15)

    nothing = import_s("pass")
    ours, numpy = import_s("import trueclick.geometry"), import_s("import numpy")
    report("import trueclick.geometry", ours - nothing, "import numpy", numpy - nothing)
