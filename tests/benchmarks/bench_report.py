"""How long a report takes to be written and to open, and what it weighs. Run by `make bench`.

A run of 500 steps, with as many different screenshots of 1456x819 of a page full of text. It should
open in less than two seconds, and be less than 200 kB beside its pictures. The other way to the
same end is the naive one: all pictures in one page, each in an `img` of its own.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from tests.agent.report.runs import MODEL, long_run
from tests.agent.trace.told import written
from tests.browser import BROWSER
from tests.capture.realistic import drawn
from tests.headless import headless
from trueclick.agent.report import report_text, write_report
from trueclick.agent.report.facts import images_of
from trueclick.agent.trace import Trace, story_of
from trueclick.capture import EncodedImage, Screenshot, encode

from .timing import report

STEPS = 500
OPENINGS = 5

_SHOWN = """
new Promise((done) => {
  const look = () => {
    const image = document.querySelector("#frame img");
    if (image && image.complete && image.naturalWidth > 0) {
      requestAnimationFrame(() => done(performance.now()));
    } else requestAnimationFrame(look);
  };
  look();
})
"""
"""When the first step's picture was shown, in milliseconds since the page was asked for."""

_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def looks() -> Iterator[EncodedImage]:
    """Pictures of a page full of text, none like another."""
    page = drawn(1920, 1080).screenshot
    for number in range(STEPS):
        pixels = np.roll(page.pixels, number * 2, axis=0)
        yield encode(Screenshot(pixels), MODEL)


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_a_report_of_500_steps(tmp_path: Path) -> None:
    print()
    trace = written(tmp_path / "run", long_run(looks(), STEPS))
    story = story_of(trace)
    start = time.perf_counter()
    page = write_report(story)
    report("writing the report", time.perf_counter() - start)
    start = time.perf_counter()
    report_text(story)
    report("the story as text", time.perf_counter() - start)
    naive = naive_report(trace, tmp_path / "naive.html")
    own = beside_its_pictures(page)
    sizes = page.stat().st_size / 1e6, naive.stat().st_size / 1e6
    print(f"{len(story.steps)} steps, {len(images_of(story))} pictures")
    print(f"{'the file':<34} {sizes[0]:9.1f} MB     naive {sizes[1]:9.1f} MB")
    print(f"{'beside the pictures':<34} {own / 1e3:9.1f} kB")
    painted, shown, whole = zip(*(opened(page) for _ in range(OPENINGS)), strict=True)
    others, _, other_whole = zip(*(opened(naive) for _ in range(OPENINGS)), strict=True)
    report("to the first paint", median(painted), "naive", median(others))
    report("to the first step, with its picture", median(shown))
    report("to the end of the file", median(whole), "naive", median(other_whole))
    assert own < 200_000


def beside_its_pictures(page: Path) -> int:
    """Bytes of code, markup and data; the file is read piece by piece, for it may be large."""
    own = 0
    with page.open("rb") as file:
        for line in file:
            own += 0 if line.startswith(b'<script type="text/plain"') else len(line)
    return own


def naive_report(trace: Trace, page: Path) -> Path:
    with page.open("w", encoding="ascii") as file:
        file.write("<!doctype html><title>run</title>\n")
        for number, name in enumerate(images_of(story_of(trace))):
            data = base64.b64encode(trace.image(name)).decode("ascii")
            file.write(f'<h2>{number}</h2><img src="data:image/png;base64,{data}">\n')
    return page


def opened(page: Path) -> tuple[float, float, float]:
    """Seconds until something was painted, the first picture shown, and all of the file read."""
    with headless() as browser:
        browser.open(page, wait=False)
        shown = 0.0
        if "naive" not in page.name:
            browser.until(lambda: browser.value("document.querySelector('#frame') !== null"))
            shown = browser.value(_SHOWN) / 1e3
        browser.until(lambda: browser.value("document.readyState") == "complete")
        whole = browser.value("performance.timing.loadEventStart - performance.timing.fetchStart")
        browser.until(lambda: browser.value(_PAINTED) is not None)
        return browser.value(_PAINTED) / 1e3, shown, whole / 1e3
