"""A mark lies on the pixel that it means, in any window and on any screen: counted in pixels."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.agent.trace.told import answered, ended, written
from tests.headless import Headless

from trueclick.agent.events import Event
from trueclick.agent.report import write_report
from trueclick.capture.image_file import read_image
from trueclick.geometry import Model, Point

from .runs import START, did, look, on_screen, spotted
from .test_page import drawn

Pixels: TypeAlias = NDArray[np.float64]

SPOTS = (Point[Model](300, 200), Point[Model](1033, 611))
NEAR = 0.9
"""Of a pixel of the device: a browser puts a picture's edges on whole ones, and vectors between.

Enlarged eightfold, that is a ninth of the picture's pixel.
"""

AROUND = 80
"""Pixels of the device around a mark within which the spot is looked for: it has up to 144."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose steps click on the spots, or drag from one to the other."""
    folder = tmp_path_factory.mktemp("trace")
    first, second = ([spot.x, spot.y] for spot in SPOTS)
    events: list[Event] = [
        START,
        answered(1),
        look("a", spotted(230, SPOTS)),
        did("b", "left_click", coordinate=first),
        look("c", spotted(230, SPOTS)),
        did("d", "double_click", coordinate=second),
        look("e", spotted(230, SPOTS)),
        ended(None),
    ]
    return write_report(written(folder / "run", events), folder / "report.html")


def seen(browser: Headless) -> Pixels:
    """The stage in blue, green and red."""
    left, top, width, height = browser.value(
        "(() => { const r = document.getElementById('canvas').getBoundingClientRect();"
        " return [r.left + scrollX, r.top + scrollY, r.width, r.height] })()"
    )
    clip = {"x": left, "y": top, "width": width, "height": height, "scale": 1}
    shot = browser.send("Page.captureScreenshot", format="png", clip=clip)["data"]
    return read_image(base64.b64decode(shot)).pixels[..., :3].astype(np.float64)


def middle(weights: Pixels) -> tuple[float, float]:
    """The centre of what has a weight, in pixels of the screen."""
    rows, columns = np.indices(weights.shape)
    total = weights.sum()
    assert total > 0
    return float((columns * weights).sum() / total), float((rows * weights).sum() / total)


def redness(pixels: Pixels) -> Pixels:
    """How red each pixel is; in proportion, so that a pixel that is half red counts half."""
    return pixels[..., 2] - pixels[..., 1]


@pytest.mark.parametrize(
    ("width", "height", "scale", "enlarged", "step"),
    [
        (1440, 900, 1.0, False, 2),
        (390, 844, 3.0, False, 4),
        (1440, 900, 1.0, True, 4),
        pytest.param(1111, 700, 1.25, False, 4, marks=pytest.mark.slow),
        pytest.param(900, 800, 2.0, True, 2, marks=pytest.mark.slow),
    ],
)
def test_the_crosshair_is_centred_on_the_pixel_asked_for(
    browser: Headless,
    pages: Path,
    width: int,
    height: int,
    scale: float,
    enlarged: bool,
    step: int,
) -> None:
    browser.resize(width, height, scale, phone=width < 500)
    browser.open(pages, f"#step-{step}")
    drawn(browser, f"step-{step}")
    while enlarged and browser.value("document.getElementById('fit').textContent") != "800%":
        browser.press("+")
    browser.value("document.getElementById('canvas').scrollIntoView({block: 'center'})")
    with_mark = seen(browser)
    browser.value("document.getElementById('marks').click()")
    plain = seen(browser)
    mark_x, mark_y = middle(np.abs(with_mark - plain).sum(axis=2))
    left, top = round(mark_x) - AROUND, round(mark_y) - AROUND
    near = redness(plain)[top : top + 2 * AROUND + 1, left : left + 2 * AROUND + 1]
    spot_x, spot_y = middle(near)
    assert near.max() > 100
    assert (mark_x, mark_y) == pytest.approx((left + spot_x, top + spot_y), abs=NEAR)


@pytest.mark.parametrize("scale", [pytest.param(1.0, marks=pytest.mark.slow), 2.0])
def test_the_landing_pixel_is_drawn_as_large_as_it_is_and_where_it_is(
    browser: Headless, pages: Path, scale: float
) -> None:
    browser.resize(1440, 900, scale)
    browser.open(pages, "#step-2")
    drawn(browser, "step-2")
    for _ in range(5):
        browser.press("+")
    assert browser.value("document.getElementById('fit').textContent") == "1600%"
    box = browser.value(
        "(() => { const f = document.getElementById('frame').getBoundingClientRect();"
        " const r = document.querySelector('.landed .line').getBoundingClientRect();"
        " return [r.left - f.left, r.top - f.top, r.width, r.height] })()"
    )
    landed, pixel = on_screen([300, 200]), 16 * 1456 / 1920
    assert box == pytest.approx(
        [(landed.x + 1920) * pixel, landed.y * pixel, pixel, pixel], abs=1.1
    )
    # And the spot is where the page says that it is: 9 pixels, 16 times as large.
    shot = redness(seen(browser))
    assert (shot > 100).any(axis=0).sum() == pytest.approx(9 * 16 * scale, abs=2 * scale)
