"""The page in a real browser: what it shows, and what it does when somebody uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from tests.agent.trace.told import acted, answered, ended, picture, written
from tests.headless import Headless

from trueclick.agent.events import Event, Said
from trueclick.agent.report import write_report
from trueclick.agent.report.visible import visible
from trueclick.capture import EncodedImage

from .runs import START, long_run, look, spotted
from .test_facts import HOSTILE

STEP = "document.getElementById('stage-title').textContent"
FOCUS = "document.activeElement.id"


def drawn(browser: Headless, entry: str) -> None:
    """Wait until an entry's picture is in its place."""
    browser.until(lambda: browser.value("document.getElementById('frame')?.dataset.entry") == entry)


def text_of(browser: Headless, selector: str) -> str:
    text: str = browser.value(f"document.querySelector({selector!r}).innerText")
    return text


def test_a_run_is_shown(browser: Headless, page: Path) -> None:
    browser.open(page)
    drawn(browser, "step-1")
    assert browser.value(STEP) == "Step 1 of 13"
    assert text_of(browser, "h1") == START.task
    assert text_of(browser, "#badge") == "Done"
    assert browser.value("document.querySelectorAll('#strip li').length") == 14
    assert browser.value("document.querySelectorAll('#charts figure').length") == 3
    assert browser.value("document.querySelector('#frame img').naturalWidth") == 1456


def test_keys_go_from_step_to_step(browser: Headless, page: Path) -> None:
    browser.open(page)
    for key, step in (
        *(("j", 2), ("ArrowRight", 3), ("k", 2), ("ArrowLeft", 1), ("k", 1)),
        *(("End", None), ("Home", 1), ("e", 9), ("e", 10), ("E", 9), ("e", 10), ("e", 11)),
        *(("e", 13), ("e", 9)),
    ):
        browser.press(key)
        title = "Turn 5" if step is None else f"Step {step} of 13"
        assert browser.value(STEP) == title, key
    assert browser.value("location.hash") == "#step-9"
    drawn(browser, "step-9")
    live = text_of(browser, "#live")
    assert live.startswith("Step 9 of 13: left click (1500, 20), (1500, 20) is outside")


def test_a_link_leads_to_its_step(browser: Headless, page: Path) -> None:
    browser.open(page, "#step-5")
    drawn(browser, "step-5")
    browser.value("document.querySelector('a[href=\"#step-8\"]').click()")
    drawn(browser, "step-8")
    assert "zoom" in text_of(browser, "#details h2")
    browser.value("history.back()")
    drawn(browser, "step-5")


def test_the_search_and_the_filter_leave_the_steps_that_match(
    browser: Headless, page: Path
) -> None:
    left = (
        "[...document.querySelectorAll('#strip li:not([hidden]) a')].map((a) => a.hash).join(' ')"
    )
    browser.open(page)
    browser.press("/")
    assert browser.value(FOCUS) == "search"
    for letter in "zoé WEISS"[:3] + " <b>":
        browser.press(letter)
    assert browser.value(left) == "#step-3"
    assert text_of(browser, "#found") == "1 of 14"
    browser.press("Enter")
    assert browser.value(STEP) == "Step 3 of 13"
    browser.press("Escape")
    assert len(browser.value(left).split()) == 14
    browser.press("p")
    assert browser.value(left) == "#step-9 #step-10 #step-11 #step-13"
    browser.press("j")
    assert browser.value(STEP) == "Step 9 of 13"


def test_before_and_after_are_compared(browser: Headless, page: Path) -> None:
    split = "document.getElementById('frame').style.getPropertyValue('--split')"
    view = "document.getElementById('frame').dataset.view"
    images = "document.querySelectorAll('#frame img').length"
    browser.open(page, "#step-2")
    drawn(browser, "step-2")
    assert browser.value(view) == "before"
    browser.press("b")
    browser.until(lambda: browser.value(view) == "after")
    browser.press("s")
    browser.until(lambda: browser.value(view) == "both")
    assert browser.value(images) == 2
    assert browser.value(FOCUS) == "slider"
    browser.press("ArrowRight")
    browser.until(lambda: browser.value(split) == "51%")
    assert browser.value(STEP) == "Step 2 of 13"  # the arrow moved the slider alone
    assert browser.value("document.getElementById('slider').ariaValueText").startswith("51% before")


def marks_on(browser: Headless, picture: int) -> set[str]:
    """The kinds of marks over a picture of the stage."""
    kinds: list[str] = browser.value(
        f"[...document.querySelectorAll('#frame svg')[{picture}].querySelectorAll('.mark')]"
        ".map((mark) => mark.classList[1])"
    )
    return set(kinds)


def test_each_mark_lies_on_the_picture_that_it_belongs_to(browser: Headless, page: Path) -> None:
    view = "document.getElementById('frame').dataset.view"
    browser.open(page, "#step-6")  # a scroll in the middle of a batch
    drawn(browser, "step-6")
    assert browser.value(view) == "seen"
    assert {"asked", "landed"} <= marks_on(browser, 0)
    browser.value("location.hash = '#step-3'")  # typed; what had changed was seen after it
    drawn(browser, "step-3")
    assert marks_on(browser, 0) == {"restless"}
    browser.press("s")
    browser.until(lambda: browser.value(view) == "both")
    assert marks_on(browser, 0) == {"restless"}
    assert marks_on(browser, 1) == {"near", "elsewhere", "restless", "hidden"}
    browser.value("location.hash = '#step-2'")  # the choice of the view stays
    drawn(browser, "step-2")
    assert marks_on(browser, 0) == {"asked", "landed", "restless"}
    assert not {"asked", "landed"} & marks_on(browser, 1)


def test_no_mark_is_seen_on_the_picture_of_another_step(browser: Headless, page: Path) -> None:
    press = "document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{}'}}));"
    browser.open(page, "#step-2")
    drawn(browser, "step-2")
    # The next step's picture is still being decoded when the marks are drawn anew.
    late = browser.value(
        f"(() => {{ {''.join(press.format(key) for key in 'jmm')}"
        " return document.querySelectorAll('#frame .asked').length })()"
    )
    assert late == 1
    drawn(browser, "step-3")
    assert "asked" not in marks_on(browser, 0)


def test_the_edge_between_both_pictures_follows_the_mouse(browser: Headless, page: Path) -> None:
    browser.open(page, "#step-2")
    drawn(browser, "step-2")
    browser.press("s")
    browser.until(lambda: browser.value("document.querySelector('.divider') !== null"))
    left, top, width = browser.value(
        "(() => { const r = document.getElementById('frame').getBoundingClientRect();"
        " return [r.left, r.top, r.width] })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        at = {"x": left + width / 4, "y": top + 100, "button": "left", "clickCount": 1}
        browser.send("Input.dispatchMouseEvent", type=kind, **at)
    assert browser.value("document.getElementById('slider').value") == "25"


def test_a_phone_shows_the_picture_in_its_first_view(browser: Headless, page: Path) -> None:
    browser.resize(360, 640, phone=True)
    browser.open(page, "#step-9")
    drawn(browser, "step-9")
    bottom = "document.getElementById('frame').getBoundingClientRect().bottom"
    assert browser.value(bottom) < 640 * 0.75
    assert "is outside the 1456x819" in text_of(browser, "#legend .why")
    # And nothing lies on the badge or the words beside the buttons.
    overlap = browser.value(
        "(() => { const [a, b] = ['#about', '.controls'].map((each) =>"
        " document.querySelector(each).getBoundingClientRect()); return a.top < b.bottom - 0.5 })()"
    )
    assert not overlap


def test_a_run_without_a_step_says_so(browser: Headless, tmp_path: Path) -> None:
    browser.open(write_report(written(tmp_path / "run", [START, ended(None)])))
    assert "no steps" in text_of(browser, "#nothing")
    assert not browser.value("document.querySelector('main').checkVisibility()")


def test_the_charts_say_the_same_as_tables(browser: Headless, page: Path) -> None:
    browser.open(page)
    cells = browser.value(
        "(async () => { const d = document.querySelector('#charts details'); d.open = true;"
        " await new Promise((r) => setTimeout(r, 50));"
        " return [...d.querySelectorAll('tr')].map((r) => r.innerText.trim().split(/\\s+/)) })()"
    )
    assert cells[1] == ["Turn", "1", "20", "1,700", "1,500", "120"]
    assert len(cells) == 6


@pytest.mark.parametrize("width", [360, 768, pytest.param(1024, marks=pytest.mark.slow)])
def test_no_page_is_wider_than_its_window(browser: Headless, page: Path, width: int) -> None:
    browser.resize(width, 800, phone=width < 500)
    browser.open(page, "#step-3")
    drawn(browser, "step-3")
    for key in ("s", "+", "+"):
        browser.press(key)
    assert browser.value("document.documentElement.scrollWidth") <= width


def test_hostile_text_stays_text(browser: Headless, tmp_path: Path) -> None:
    text = "\n".join(HOSTILE)
    events: list[Event] = [
        replace(START, task=text, model=text, platform=text),
        answered(1),
        Said(1, text),
        acted("a", text, text, **{text: text, "coordinate": [text]}),
        look("b", spotted(1)),
        ended(None),
    ]
    browser.open(write_report(written(tmp_path / "run", events)))
    drawn(browser, "step-1")
    assert browser.value("window.hurt") is None
    assert browser.value("document.querySelectorAll('script:not([type])').length") == 1
    made = "document.querySelectorAll('#details img, h1 *, #about *, #strip script').length"
    assert browser.value(made) == 0
    for selector in ("h1", "#about", "#details blockquote", "#details .note", "#details code"):
        shown = browser.value(f"document.querySelector({selector!r}).textContent")
        assert visible(text) in shown, selector
    assert not set("\u202e\u200b\x1b\u2028") & set(text_of(browser, "body"))


def test_very_long_words_break_nothing(browser: Headless, tmp_path: Path) -> None:
    words = "w" * 100_000
    events: list[Event] = [
        replace(START, task=words),
        answered(1),
        Said(1, words),
        acted("a", "type", text=words),
    ]
    browser.resize(390, 844, phone=True)
    browser.open(
        write_report(written(tmp_path / "run", [*events, look("", spotted(2)), ended(None)]))
    )
    drawn(browser, "step-1")
    assert browser.value("document.documentElement.scrollWidth") <= 390
    assert browser.value("document.documentElement.scrollHeight") < 6000


def test_a_picture_that_is_gone_is_told_of(browser: Headless, tmp_path: Path) -> None:
    trace = written(tmp_path / "run", [START, answered(1), look("a", spotted(3)), ended(None)])
    (picture,) = (trace.folder / "images").iterdir()
    picture.unlink()
    browser.open(write_report(trace))
    drawn(browser, "step-1")
    assert "missing or damaged" in text_of(browser, "#frame")


def test_beside_a_picture_that_is_gone_the_other_is_compared(
    browser: Headless, tmp_path: Path
) -> None:
    first, second = spotted(3), spotted(4)
    events: list[Event] = [START, answered(1), look("a", first), look("b", second), ended(None)]
    trace = written(tmp_path / "run", events)
    Path(trace.folder, "images", f"{sha256(first.data).hexdigest()}.png").unlink()
    browser.open(write_report(trace), "#step-2")
    drawn(browser, "step-2")
    browser.press("s")
    browser.until(lambda: browser.value("document.querySelector('.divider') !== null"))
    clip = "getComputedStyle(document.querySelector('#frame img')).clipPath"
    assert browser.value(clip) == "inset(0px 0px 0px 50%)"


def test_a_file_that_was_cut_off_shows_what_is_left(
    browser: Headless, page: Path, tmp_path: Path
) -> None:
    content = page.read_bytes()
    cut = tmp_path / "cut.html"
    cut.write_bytes(content[: content.index(b'id="p2"') + 2000])
    browser.open(cut, "#step-2")
    drawn(browser, "step-2")
    assert browser.value("document.querySelector('#frame img').naturalWidth") == 1456
    browser.value("location.hash = '#step-8'")
    drawn(browser, "step-8")
    assert "cannot be shown" in text_of(browser, "#frame")


COUNTED = """
window.live = 0;
const [make, free] = [URL.createObjectURL, URL.revokeObjectURL];
URL.createObjectURL = (blob) => { window.live += 1; return make.call(URL, blob); };
URL.revokeObjectURL = (url) => { window.live -= 1; return free.call(URL, url); };
"""


def test_pictures_are_decoded_when_they_are_looked_at_and_freed_again(
    browser: Headless, tmp_path: Path
) -> None:
    page = write_report(written(tmp_path / "run", long_run(small_pictures(), 50)))
    script = browser.send("Page.addScriptToEvaluateOnNewDocument", source=COUNTED)
    small = "document.querySelectorAll('#strip img[src]').length"
    browser.open(page)
    drawn(browser, "step-1")
    browser.until(lambda: 4 <= browser.value(small) <= 30)
    for _ in range(12):
        browser.press("j")
    browser.value("location.hash = '#step-31'")
    drawn(browser, "step-31")
    browser.until(lambda: browser.value("window.live") == 0)
    browser.until(lambda: 4 <= browser.value(small) <= 30)
    assert browser.value("document.querySelectorAll('#frame img').length") == 1
    browser.send("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])


def test_500_steps_are_less_than_200_kb_beside_their_pictures(tmp_path: Path) -> None:
    none, some = (
        own_bytes(write_report(written(tmp_path / f"{steps}", long_run(small_pictures(), steps))))
        for steps in (0, 100)
    )
    assert none + 5 * (some - none) < 192_000  # larger numbers have more digits


def own_bytes(page: Path) -> int:
    """What is in a page beside its pictures."""
    lines = page.read_bytes().splitlines(keepends=True)
    return sum(len(line) for line in lines if not line.startswith(b'<script type="text/plain"'))


def small_pictures() -> Iterator[EncodedImage]:
    """Pictures that take no time to be made small."""
    for number in range(500):
        shade = picture(number % 256)
        yield replace(shade, data=shade.data + bytes([number // 256]))
