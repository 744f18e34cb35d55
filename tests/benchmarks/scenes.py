"""Screens of a small program as values, what may become of them, and windows that show them.

A scene is drawn by Tk, GTK and Chromium in real windows. A change of it is either a difference that
a test has to find, or noise that it has to let pass.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
from collections.abc import Callable, Generator, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from tests.browser import chromium
from tests.programs import TK_PYTHON
from trueclick.agent import Desktop, application, open_desktop
from trueclick.agent.actions import PressKeys
from trueclick.agent.input.keys import parse_keys
from trueclick.capture import (
    Screenshot,
    Source,
    Stillness,
    SystemClock,
    VirtualDisplay,
    application_environment,
    wait_until_still,
)
from trueclick.geometry import Size

Scene: TypeAlias = dict[str, Any]
"""A ground, an ink and items: JSON."""

Show: TypeAlias = Callable[[Scene], Screenshot]

SIZE = Size[Any](480, 320)

WORDS = (
    *("Invoice", "Customer", "Order", "Vienna", "Lisbon", "Brass lamp", "Cedar chest", "Paid"),
    *("Delivery", "Express", "Standard", "Discount", "Account", "Balance", "Message", "Pending"),
)
THEMES = (("#f6f5f4", "#202428"), ("#ffffff", "#000000"), ("#23272e", "#d7dae0"))

HINTS = ("none-none", "slight-none", "full-none", "slight-rgb", "full-rgb")
"""Hinting and subpixels, as fontconfig calls them."""


USUAL = "slight-none"


@dataclass(frozen=True)
class Change:
    """What becomes of a scene.

    Attributes:
        kind: in the table.
        noise: whether it is to be let pass.
        scene: what is shown.
        pattern: of a text that is masked.
        hints: how letters are drawn; `None` as before.
    """

    kind: str
    noise: bool
    scene: Scene
    pattern: str | None = None
    hints: str | None = None


def scene(seed: int) -> Scene:
    """A form with a title, texts, fields, buttons, a tick, an icon and a clock."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    ground, ink = THEMES[seed % len(THEMES)]
    words = chance.sample(WORDS, 6)
    items: list[Scene] = [
        _text(20, 14, f"{words[0]} {chance.randrange(1000, 9999)}", size=18),
        _text(20, 60, f"{words[1]}: Ada Lovelace, {words[2]}"),
        _text(20, 88, f"The quick brown fox, {chance.randrange(10000, 99999)}"),
        {"k": "box", "x": 20, "y": 120, "w": 170, "h": 30, "edge": "#8a8d91", "fill": "#ffffff"},
        _text(28, 126, words[3], ink="#101010"),
        _text(220, 126, f"Total: {_amount(chance)} EUR"),
        {"k": "button", "x": 20, "y": 180, "w": 110, "h": 34, "fill": "#2d6cdf", "t": "Save"},
        {"k": "button", "x": 150, "y": 180, "w": 110, "h": 34, "fill": "#5f6670", "t": "Cancel"},
        {"k": "tick", "x": 300, "y": 188, "edge": "#707880", "on": True},
        _text(324, 186, words[4]),
        {"k": "icon", "x": 400, "y": 20, "fill": "#c2452d"},
        _text(20, 250, f"{words[5]} at 12:30", size=12),
    ]
    return {"ground": ground, "ink": ink, "items": items}


def differences(before: Scene, seed: int) -> Iterator[Change]:
    """What has to be found."""
    chance = random.Random(seed)  # noqa: S311 - no secret

    def changed(kind: str, item: int, **values: object) -> Change:
        after = deepcopy(before)
        after["items"][item].update(values)
        return Change(kind, noise=False, scene=after)

    def without(kind: str, item: int) -> Change:
        after = deepcopy(before)
        del after["items"][item]
        return Change(kind, noise=False, scene=after)

    items = before["items"]
    yield changed("button moved by 1 px", 6, x=items[6]["x"] + 1)
    yield changed("text moved by 1 px", 1, y=items[1]["y"] + 1)
    yield changed("tick moved by 1 px", 8, x=items[8]["x"] - 1)
    yield changed("button's colour", 6, fill="#3f86e0")
    yield changed("text's colour", 1, ink="#b03030")
    for item in (2, 5, 0):
        yield changed("digit", item, t=_other_digit(items[item]["t"], chance))
    yield changed("swapped word", 1, t=items[1]["t"].replace("Ada Lovelace", "Lovelace Ada"))
    yield changed("other word", 4, t=chance.choice([w for w in WORDS if w != items[4]["t"]]))
    yield changed("letter", 9, t=_other_letter(items[9]["t"], chance))
    yield changed("cut-off text", 1, w=120)
    yield changed("bold", 1, bold=True)
    yield changed("font a pixel larger", 1, size=14)
    yield without("missing icon", 10)
    yield changed("missing border", 3, edge="#ffffff")
    yield changed("tick off", 8, on=False)
    yield without("missing text", 9)
    for kind, values in (
        ("all text bold", {"bold": True}),
        ("all text larger", {"size": 14}),
        ("all ink paler", {"ink": "#8a8a8a"}),
    ):
        after = deepcopy(before)
        for item in after["items"]:
            if item["k"] == "text":
                item.update(values)
        yield Change(kind, noise=False, scene=after)
    after = deepcopy(before)
    for item in after["items"]:
        item["y"] += 1
    yield Change("all moved by 1 px", noise=False, scene=after)
    yield changed("comma to full stop", 1, t=items[1]["t"].replace(",", "."))
    for number, hints in enumerate(each for each in HINTS if each != USUAL):
        item = (2, 5, 0)[number % 3]
        digit = changed("digit, hinted anew", item, t=_other_digit(items[item]["t"], chance))
        yield replace(digit, hints=hints)


def noises(before: Scene) -> Iterator[Change]:
    """What has to be let pass."""
    clock = deepcopy(before)
    clock["items"][11]["t"] = before["items"][11]["t"].replace("12:30", "9:05")
    yield Change("clock under a mask", True, clock, pattern=r"[0-9]{1,2}:[0-9]{2}")
    caret = deepcopy(before)
    caret["items"].append({"k": "caret", "x": 150, "y": 126, "h": 17})
    yield Change("caret", True, caret)
    for hints in HINTS:
        if hints != USUAL:
            yield Change(f"hinting {hints}", True, before, hints=hints)


def _text(x: int, y: int, words: str, *, size: int = 13, ink: str | None = None) -> Scene:
    return {"k": "text", "x": x, "y": y, "t": words, "size": size, "ink": ink, "w": None}


def _amount(chance: random.Random) -> str:
    return f"{chance.randrange(10, 99)}.{chance.randrange(10, 99)}"


def _other_digit(words: str, chance: random.Random) -> str:
    at = chance.choice([n for n, letter in enumerate(words) if letter.isdigit()])
    other = chance.choice([digit for digit in "0123456789" if digit != words[at]])
    return words[:at] + other + words[at + 1 :]


def _other_letter(words: str, chance: random.Random) -> str:
    at = chance.choice([n for n, letter in enumerate(words) if letter.islower()])
    other = chance.choice([letter for letter in "aceonsurxz" if letter != words[at]])
    return words[:at] + other + words[at + 1 :]


# How letters are drawn


def fontconfig(folder: Path, hints: str) -> Path:
    """A configuration of fontconfig that has letters drawn in one way."""
    hinting, rgba = hints.split("-")
    values = {
        "antialias": "<bool>true</bool>",
        "hinting": f"<bool>{'false' if hinting == 'none' else 'true'}</bool>",
        "autohint": "<bool>false</bool>",
        "hintstyle": f"<const>hint{hinting}</const>",
        "rgba": f"<const>{rgba}</const>",
        "lcdfilter": "<const>lcddefault</const>",
    }
    edits = "".join(
        f'<edit name="{name}" mode="assign">{value}</edit>' for name, value in values.items()
    )
    file = folder / f"fonts-{hints}.conf"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f'<match target="pattern">{edits}</match><match target="font">{edits}</match>'
        "</fontconfig>",
        encoding="utf-8",
    )
    return file


# The windows


@contextlib.contextmanager
def gtk(folder: Path, hints: str) -> Generator[Show]:
    """Shows scenes in a GTK window."""
    with _told(folder, hints, [TK_SYSTEM, str(HERE / "scene_gtk.py"), hints]) as show:
        yield show


@contextlib.contextmanager
def tk(folder: Path, hints: str) -> Generator[Show]:
    """Shows scenes in a Tk window."""
    with _told(folder, hints, [TK_PYTHON, str(HERE / "scene_tk.py")]) as show:
        yield show


HERE = Path(__file__).parent
TK_SYSTEM = "/usr/bin/python3"


@contextlib.contextmanager
def _told(folder: Path, hints: str, command: list[str]) -> Generator[Show]:
    """Shows scenes in the window of a program that reads them line by line."""
    with contextlib.ExitStack() as stack:
        display = stack.enter_context(VirtualDisplay(SIZE, window_manager=False))
        source = stack.enter_context(Source(display.name))
        environment = application_environment(display.name, os.environ)
        environment["FONTCONFIG_FILE"] = str(fontconfig(folder, hints))
        program = stack.enter_context(
            subprocess.Popen(
                command,
                env=environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        stack.callback(program.terminate)
        assert program.stdin is not None
        assert program.stdout is not None
        reads, writes = program.stdout, program.stdin

        def show(shown: Scene) -> Screenshot:
            writes.write(json.dumps(shown) + "\n")
            writes.flush()
            assert reads.readline() == "ok\n", "the window is gone"
            return still(source)

        yield show


def still(source: Source) -> Screenshot:
    """What a display shows once it has come to rest."""
    clock = SystemClock()
    rule = Stillness(floor_s=0.05, quiet_s=0.1, timeout_s=5)
    return wait_until_still(source, rule=rule, acted_at=clock.now(), clock=clock).screenshot


@contextlib.contextmanager
def browser(folder: Path, hints: str, scenes: list[Scene]) -> Generator[Iterator[Screenshot]]:
    """Shows scenes in a Chromium window, one after the other."""
    page = folder / "scenes.html"
    page.write_text(_PAGE.replace("SCENES", json.dumps(scenes)), encoding="utf-8")
    with contextlib.ExitStack() as stack:
        display = stack.enter_context(VirtualDisplay(SIZE, window_manager=False))
        command = chromium(page.as_uri(), folder / f"profile-{hints}", SIZE.width, SIZE.height)
        environment = {**os.environ, "FONTCONFIG_FILE": str(fontconfig(folder, hints))}
        passed = ["env", f"FONTCONFIG_FILE={environment['FONTCONFIG_FILE']}", *command]
        stack.enter_context(application(passed, display.name))
        desktop = stack.enter_context(open_desktop(display.name, model="local"))
        yield _pages(desktop, len(scenes))


def _pages(desktop: Desktop, count: int) -> Iterator[Screenshot]:
    clock = SystemClock()
    first = Stillness(floor_s=2.0, quiet_s=0.5, timeout_s=20)
    later = Stillness(floor_s=0.3, quiet_s=0.2, timeout_s=5)
    for number in range(count):
        if number:
            desktop.perform(PressKeys(parse_keys("Right")))
        rule = later if number else first
        shown = wait_until_still(desktop.glance, rule=rule, acted_at=clock.now(), clock=clock)
        yield shown.screenshot


_PAGE = """<!doctype html><meta charset=utf-8><title>0</title><style>
body { margin: 0; overflow: hidden; font-family: "DejaVu Sans" }
div { position: absolute; white-space: nowrap; overflow: hidden; box-sizing: border-box }
</style><body><script>
const scenes = SCENES
let number = 0
function show() {
  const scene = scenes[number]
  document.body.replaceChildren()
  document.body.style.background = scene.ground
  for (const item of scene.items) {
    const part = document.createElement("div"), s = part.style
    s.left = item.x + "px"; s.top = item.y + "px"
    if (item.turn) s.transform = `rotate(${item.turn}deg)`
    if (item.k == "text") {
      part.textContent = item.t
      s.fontSize = item.size + "px"; s.color = item.ink || scene.ink
      if (item.bold) s.fontWeight = "bold"
      if (item.w) s.width = item.w + "px"
    } else if (item.k == "button") {
      part.textContent = item.t
      s.width = item.w + "px"; s.height = item.h + "px"; s.lineHeight = item.h + "px"
      s.borderRadius = "6px"; s.background = item.fill; s.color = "white"
      s.textAlign = "center"; s.fontSize = "13px"
    } else if (item.k == "box") {
      s.width = item.w + "px"; s.height = item.h + "px"
      s.background = item.fill; s.border = "1px solid " + item.edge
    } else if (item.k == "tick") {
      s.width = s.height = "16px"; s.border = "2px solid " + item.edge
      if (item.on) s.background = item.edge
    } else if (item.k == "icon") {
      s.width = s.height = "32px"; s.borderRadius = "16px"; s.background = item.fill
    } else {
      s.width = "1px"; s.height = item.h + "px"; s.background = "#101010"
    }
    document.body.append(part)
  }
  document.title = number
}
addEventListener("keydown", () => { number++; show() })
show()
</script>"""
