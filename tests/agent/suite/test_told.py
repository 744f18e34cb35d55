"""What is told of a suite at its end: the page and JUnit's XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image as Pillow

from trueclick.agent.suite.junit import junit
from trueclick.agent.suite.overview import Overview
from trueclick.agent.suite.results import Attempt
from trueclick.agent.suite.summary import summary_html

from ...browser import BROWSER
from ...headless import headless
from .samples import result, task, whole

HOSTILE = "</style><script>alert(1)</script>\x00\x1b[31m\u202e]]>&amp;"
CELLS = (("size 1280x800",), ("size 640x480",))


def shop(folder: Path, words: str = "the text 'Saved' is not shown") -> Overview:
    """A suite with one of each verdict, and the files of it."""
    a, b = (task("gift wrap", number, cell=cell) for number, cell in enumerate(CELLS, start=1))
    c, d = task(words[:60], 3), task("look", 4)
    place = folder / "tasks" / b.id / "attempt-2"
    place.mkdir(parents=True)
    Pillow.new("RGB", (640, 480), "teal").save(place / "screen.png")
    (place / "report.html").write_text("report")
    (place / "output.txt").write_text("")
    failed = Attempt("failed", (f"{words}\nseen: Error 7",), 3.5, 120.0, pictures=("screen.png",))
    last = Attempt(
        "failed", (words,), 4.5, 130.0, ("a note",), "report.html", ("screen.png",), where="m"
    )
    return whole(
        (a, result(a, Attempt("passed", (), 2.5, 90.0))),
        (b, result(b, failed, last)),
        (c, result(c, Attempt("out of memory", (words,)), Attempt("passed"))),
        (d, result(d, verdict="skipped", reason=words)),
        name=words,
    )


def test_junit_has_a_suite_for_each_cell_and_tells_of_each_attempt(tmp_path: Path) -> None:
    root = ET.fromstring(junit(shop(tmp_path, "shop")))  # noqa: S314 - our own
    assert {k: root.attrib[k] for k in ("tests", "failures", "errors")} == {
        "tests": "4",
        "failures": "1",
        "errors": "0",
    }
    assert [suite.get("name") for suite in root] == [
        "shop [size 1280x800]",
        "shop [size 640x480]",
        "shop",
    ]
    cases = list(root.iter("testcase"))
    assert [[child.tag for child in case] for case in cases] == [
        [],
        ["failure", "rerunFailure", "system-out"],
        ["flakyError"],
        ["skipped"],
    ]
    said = cases[1].findtext("system-out") or ""
    assert "report: tasks/002-gift-wrap/attempt-2/report.html" in said


def test_a_task_with_a_size_of_its_own_stands_under_it(tmp_path: Path) -> None:
    sizes = ((1280, 800), (640, 480))
    both = [
        task("both", number, cell=(f"size {w}x{h}",), size=(w, h))
        for number, (w, h) in enumerate(sizes, start=1)
    ]
    one = task("one", 3, size=(640, 480))
    page = summary_html(
        whole(*((each, result(each, Attempt("passed"))) for each in (*both, one))), tmp_path
    ).decode()
    table = page.partition('<table class="matrix">')[2].partition("</table>")[0]
    assert re.findall("<th [^>]*>([^<]*)", table) == ["Task", "1280x800", "640x480", "both", "one"]
    assert re.findall("<td>(?:<a[^>]*>([^<]*))?", table) == ["passed", "passed", "", "passed"]


def test_no_word_of_a_task_becomes_markup(tmp_path: Path) -> None:
    overview = shop(tmp_path, HOSTILE)
    root = ET.fromstring(junit(overview))  # noqa: S314 - our own
    assert "<script>" in (root.get("name") or "")
    page = summary_html(overview, tmp_path).decode()
    assert "<script" not in page
    assert "alert(1)" in page
    assert not re.search("[\x00-\x08\x1b\u202e\ud800-\udfff]", page)
    (meta,) = re.findall('<meta [^>]*"Content-Security-Policy"[^>]*>', page)
    (policy,) = re.findall('content="([^"]*)"', meta)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert " style=" not in page.partition("</style>")[2]


def test_the_page_links_to_plain_files_in_its_folder_alone(tmp_path: Path) -> None:
    each = task()
    place = tmp_path / "tasks" / each.id / "attempt-1"
    place.mkdir(parents=True)
    (place / "link.png").symlink_to("/etc/passwd")
    (tmp_path / "secret.png").write_text("x")
    names = ("link.png", "/etc/passwd", "../../../secret.png", "gone.png", "a\0b", "")
    told = Attempt("failed", ("no",), report="javascript:alert(1)", pictures=names)
    page = summary_html(whole((each, result(each, told))), tmp_path).decode()
    assert re.findall('href="([^"]*)"', page) == ["junit.xml"]
    assert "<img" not in page


def test_a_long_output_is_told_in_part(tmp_path: Path) -> None:
    each = task()
    told = Attempt("failed", ("x" * 5_000_000,))
    page = summary_html(whole((each, result(each, told))), tmp_path)
    assert len(page) < 100_000


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs a Chromium")
def test_a_browser_shows_the_page_and_what_is_asked_for(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_bytes(summary_html(shop(tmp_path, HOSTILE), tmp_path))
    shown = "[...document.querySelectorAll('.tasks > li')].filter(e => e.offsetHeight).length"
    with headless() as browser:
        browser.resize(1200, 900)
        browser.open(page)
        assert browser.value(shown) == 4
        browser.value("document.querySelector('label[for=show-flaky]').click()")
        assert browser.value(shown) == 1
        browser.value("document.querySelector('label[for=show-all]').click()")
        assert browser.value(shown) == 4
        assert browser.value("document.querySelector('img').naturalWidth") > 100
        browser.resize(390, 800, phone=True)
        wide = "document.documentElement.scrollWidth <= innerWidth"
        assert browser.value(wide)
        assert browser.complaints == []
