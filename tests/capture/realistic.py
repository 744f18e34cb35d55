"""Pictures of a desktop as people have them: a browser page full of text, and a terminal.

One layout, two painters: Pillow, which is always there, and Chromium, which draws as browsers do.
Every word on a picture is known, so what a scaling or a format costs can be counted.
"""

from __future__ import annotations

import html
import random
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from trueclick.capture.screenshot import Screenshot

_VOCABULARY: list[str] = re.findall(
    r"\w+",
    """
account address amount annual answer archive balance because between branch budget button calendar
change charge column comment company compare contact control country current customer default
delivery department detail discount document during editor estimate example export figure filter
following general group heading history important include invoice item january label language later
letter license manager market material measure meeting member message minute monitor network notice
number office option order output package page paragraph payment people percent period person place
policy position price problem process product profile project public quality quantity question rate
reason receipt record reference region remove report request result return review sample schedule
screen search section service setting several shipping simple source standard status storage street
subject summary supplier support table target team text their through time today together total
transfer unit update upload user value vendor version view volume warehouse week welcome window
within without work year yesterday
""",
)

_FACES = {
    "sans": ("DejaVuSans.ttf", "font-family:'DejaVu Sans'"),
    "bold": ("DejaVuSans-Bold.ttf", "font-family:'DejaVu Sans';font-weight:bold"),
    "mono": ("DejaVuSansMono.ttf", "font-family:'DejaVu Sans Mono'"),
}


@dataclass(frozen=True, slots=True)
class Patch:
    """A filled rectangle, in the layout's pixels."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with its top left corner, in the layout's pixels."""

    x: float
    y: float
    text: str
    px: float
    colour: str = "#222222"
    face: str = "sans"


@dataclass(frozen=True, slots=True)
class Picture:
    """A screenshot, and every word that can be read on it."""

    screenshot: Screenshot
    words: tuple[str, ...]


def words(text: str) -> list[str]:
    """The words of a text, as they are compared: small letters and digits."""
    return re.findall(r"[a-z0-9]+", text.lower())


def share_found(found: Iterable[str], wanted: Iterable[str]) -> float:
    """How many of the wanted words are among the found ones, from 0 to 1; each counts once."""
    there, due = Counter(found), Counter(wanted)
    return sum((there & due).values()) / due.total()


def drawn(width: int, height: int, scale: float = 1.0) -> Picture:
    """The desktop, drawn by Pillow; `scale` is that of the display, 2 where all is twice as big."""
    layout = _layout(width / scale, height / scale)
    picture = Image.new("RGB", (width, height), "white")
    brush = ImageDraw.Draw(picture)
    for part in layout:
        if isinstance(part, Patch):
            corner = ((part.x + part.width) * scale - 1, (part.y + part.height) * scale - 1)
            brush.rectangle((part.x * scale, part.y * scale, *corner), fill=part.colour)
        else:
            place = (part.x * scale, part.y * scale)
            font = _font(part.face, part.px * scale)
            brush.text(place, part.text, fill=part.colour, font=font)
    return _picture(picture, layout)


def rendered(width: int, height: int, scale: float = 1.0) -> Picture | None:
    """The desktop as Chromium draws it, or `None` where there is no Chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return None
    layout = _layout(width / scale, height / scale)
    with tempfile.TemporaryDirectory(prefix="trueclick-page-") as folder:
        page, shot = Path(folder, "page.html"), Path(folder, "page.png")
        page.write_text(_page(layout), encoding="utf-8")
        command = [
            program,
            "--headless",
            "--no-sandbox",  # it draws our own page, often as root in a container
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/profile",
            f"--force-device-scale-factor={scale}",
            f"--window-size={round(width / scale)},{round(height / scale)}",
            f"--screenshot={shot}",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with Image.open(shot) as opened:
            return _picture(opened.convert("RGB"), layout)


def noise(width: int, height: int, seed: int = 0) -> Screenshot:
    """Random pixels, which nothing compresses."""
    random_bytes = np.random.default_rng(seed).bytes(width * height * 4)
    return Screenshot(np.frombuffer(random_bytes, np.uint8).reshape(height, width, 4))


def _picture(picture: Image.Image, layout: tuple[Patch | Line, ...]) -> Picture:
    pixels = np.empty((picture.height, picture.width, 4), np.uint8)
    pixels[..., :3] = np.asarray(picture)[..., ::-1]
    # As on X11: the fourth byte is anything.
    pixels[..., 3] = np.random.default_rng(4).integers(0, 256, pixels.shape[:2])
    lines = (part.text for part in layout if isinstance(part, Line))
    return Picture(Screenshot(pixels), tuple(word for line in lines for word in words(line)))


@cache
def _font(face: str, px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FACES[face][0], px)


def _page(layout: tuple[Patch | Line, ...]) -> str:
    parts = []
    for part in layout:
        place = f"left:{part.x}px;top:{part.y}px;"
        if isinstance(part, Patch):
            style = f"{place}width:{part.width}px;height:{part.height}px;background:{part.colour}"
            parts.append(f'<div style="{style}"></div>')
        else:
            style = f"{place}font-size:{part.px}px;color:{part.colour};{_FACES[part.face][1]}"
            parts.append(f'<div style="{style}">{html.escape(part.text)}</div>')
    rule = "div{position:absolute;white-space:pre;line-height:1.2}body{margin:0;background:#fff}"
    return f'<!doctype html><meta charset="utf-8"><style>{rule}</style>{"".join(parts)}'


def _layout(width: float, height: float) -> tuple[Patch | Line, ...]:
    """Headings and paragraphs on the left, a table above a terminal on the right."""
    chance = random.Random(7)  # noqa: S311 - the same text every time
    left, gap = round(width * 0.56), 20
    parts: list[Patch | Line] = [
        Patch(0, 0, width, 44, "#26527f"),
        Line(gap, 11, "Orders and invoices", 18, "#ffffff", "bold"),
        Patch(0, 44, width, 28, "#e8eef6"),
        Line(gap, 50, _filled(chance, width - 2 * gap, "sans", 13), 13, "#0b57a4"),
    ]
    y = 84.0
    while y + 22 < height:
        parts.append(Line(gap, y, _filled(chance, left * 0.4, "bold", 19), 19, face="bold"))
        y += 30
        for _ in range(5):
            if y + 22 < height:
                px = chance.choice((14, 15))
                parts.append(Line(gap, y, _filled(chance, left - 2 * gap, "sans", px), px))
                y += 22
        y += 10
    split = 84 + (height - 84) * 0.45
    parts += _table(chance, left, 84, width - gap - left, split - 84)
    parts += _terminal(chance, left, split + gap, width - gap - left, height - split - 2 * gap)
    return tuple(parts)


def _table(
    chance: random.Random, x: float, y: float, width: float, height: float
) -> list[Patch | Line]:
    parts: list[Patch | Line] = []
    for row in range(int(height // 20)):
        top = y + row * 20
        if row % 2:
            parts.append(Patch(x, top, width, 20, "#f4f6f8"))
        cells = (str(10_000 + row), chance.choice(_VOCABULARY), str(chance.randint(100, 99_999)))
        parts += [Line(x + 6 + i * width * 0.22, top + 2, c, 13) for i, c in enumerate(cells)]
        hue = chance.choice(("#d7f0dd", "#fde7c8", "#f8d7da", "#dbe7fb"))
        parts.append(Patch(x + width * 0.7, top + 2, width * 0.25, 16, hue))
        text = chance.choice(_VOCABULARY)
        parts.append(Line(x + width * 0.7 + 8, top + 2, text, 12, "#333355"))
    return parts


def _terminal(
    chance: random.Random, x: float, y: float, width: float, height: float
) -> list[Patch | Line]:
    parts: list[Patch | Line] = [Patch(x, y, width, height, "#1d1f28")]
    for row in range(int((height - 12) // 18)):
        colour = chance.choice(("#d8d8d8", "#d8d8d8", "#8fd694", "#e6c97a", "#89b4fa"))
        text = _filled(chance, (width - 16) * chance.uniform(0.3, 1), "mono", 14)
        parts.append(Line(x + 8, y + 6 + row * 18, text, 14, colour, "mono"))
    return parts


def _filled(chance: random.Random, width: float, face: str, px: float) -> str:
    """As many words as fit, with some room for a painter whose letters are wider."""
    text: str = chance.choice(_VOCABULARY)
    while True:
        word = chance.choice(_VOCABULARY) if chance.random() < 0.9 else str(chance.randint(2, 9999))
        if _font(face, px).getlength(f"{text} {word}") > width * 0.96:
            return text
        text = f"{text} {word}"
