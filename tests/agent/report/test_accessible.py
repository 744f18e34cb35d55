"""Who cannot see the page, or not well, or has no mouse, can use it as well."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from tests.headless import Headless

from .test_page import FOCUS, drawn

NAMED = {"button", "heading", "image", "link", "navigation", "searchbox", "slider"}
"""Roles that mean nothing without a name."""

CONTRASTS = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = read(getComputedStyle(each).backgroundColor);
      if (colour[3] > 200) return colour;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, .caption, svg, :disabled")) continue;
    const pair = [light(read(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 80)}`);
  }
  return found;
})()
"""

SMALL_TARGETS = """
[...document.querySelectorAll("button, input, summary, nav a")]
  .filter((each) => each.checkVisibility())
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([, box]) => box.height < 39.9 || box.width < 39.9)
  .map(([each, box]) => `${each.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)
"""


def tree(browser: Headless) -> list[tuple[str, str]]:
    """Roles and names, as a screen reader is told them."""
    nodes: list[Any] = browser.send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]


def test_a_screen_reader_finds_its_way(browser: Headless, page: Path) -> None:
    browser.open(page, "#step-2")
    drawn(browser, "step-2")
    browser.press("s")
    browser.until(lambda: browser.value("document.getElementById('frame').dataset.view") == "both")
    found = tree(browser)
    for role, name in (
        *(("banner", ""), ("main", ""), ("navigation", "Steps"), ("search", "")),
        *(("region", "Step 2 of 13"), ("region", "Details of the step")),
        *(("heading", "Order a walnut table, then tell me what it costs."),),
        *(("heading", "Step 2 · left click done"), ("heading", "Tokens a turn")),
        *(("searchbox", "Search the steps"), ("button", "Only problems")),
        *(("button", "4 problems ↓"), ("button", "Previous step"), ("button", "Next step")),
        *(("button", "Before"), ("button", "Both"), ("button", "After"), ("button", "Marks")),
        *(("slider", "How much of the picture before is shown"),),
    ):
        assert (role, name) in found
    pictures = [name for role, name in found if role == "image" and "screen" in name]
    assert pictures[0].startswith("The screen before step 2; asked (300, 200); landed on screen")
    assert pictures[1].startswith("The screen after step 2")
    assert [pair for pair in found if pair[0] in NAMED and not pair[1].strip()] == []


def test_what_is_current_is_told_and_headings_have_an_order(browser: Headless, page: Path) -> None:
    browser.open(page, "#step-9")
    drawn(browser, "step-9")
    assert browser.value("document.querySelector('[aria-current]').hash") == "#step-9"
    assert browser.value("document.getElementById('live').getAttribute('aria-live')") == "polite"
    levels = browser.value("[...document.querySelectorAll('h1, h2, h3')].map((h) => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - level <= 1 for level, later in itertools.pairwise(levels))


def test_the_keyboard_reaches_everything_in_order(browser: Headless, page: Path) -> None:
    browser.open(page)
    drawn(browser, "step-1")
    reached = []
    for _ in range(9):
        browser.press("Tab")
        reached.append(browser.value(f"{FOCUS} || document.activeElement.className"))
    assert reached == [
        *("skip", "problems", "theme", "help-open", "search", "only"),
        *("", "", ""),  # links of the filmstrip
    ]
    browser.press("?")
    assert browser.value("document.getElementById('help').open")
    browser.press("Escape")
    assert not browser.value("document.getElementById('help').open")


def test_all_text_stands_out_from_its_ground(browser: Headless, page: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    grounds = set()
    for scheme in ("light", "dark"):
        browser.prefer(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
        browser.open(page)
        for step in ("step-1", "step-9", "step-13"):
            browser.value(f"location.hash = '#{step}'")
            drawn(browser, step)
            assert browser.value(CONTRASTS) == []
        grounds.add(browser.value(ground))
        browser.press("t")  # the other way round
        grounds.add(browser.value(ground))
        assert browser.value(CONTRASTS) == []
    assert len(grounds) == 2


def test_a_thumb_hits_what_it_aims_at(browser: Headless, page: Path) -> None:
    browser.resize(390, 844, phone=True)
    browser.send("Emulation.setTouchEmulationEnabled", enabled=True)
    browser.open(page, "#step-2")
    drawn(browser, "step-2")
    browser.press("s")
    assert browser.value(SMALL_TARGETS) == []
    browser.send("Emulation.setTouchEmulationEnabled", enabled=False)
