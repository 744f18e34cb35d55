"""Points, boxes and labels on a screenshot, for reports and for people.

Every line is a colour between white and black ones, so that it stands out from whatever lies below;
every size follows from the picture's shorter edge, so that marks are seen at 640x480, at 7680x4320
and where the picture is shown smaller. Labels tell marks apart without their colours.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageColor, ImageDraw, ImageFont

from trueclick.geometry import Box, Image, Point, Size, UsageError

from .screenshot import Screenshot

COLORS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")
"""What the marks get in turn: colours that people who see them differently still tell apart.

M. Okabe and K. Ito, "Color Universal Design", 2008, https://jfly.uni-koeln.de/color/
"""

_LONGEST = 60
"""Characters of a label that are shown."""

_LAST_TO_COVER = 8
"""A pixel of another label counts so many times what one of another mark does."""

_TICK = 1.7
"""A point's ticks end so many radii of its ring away from it."""

_FINE = 4
"""Rings and arrows are drawn so many times larger, and reduced: their edges come out smooth."""

_FONTS = (
    *("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "arialbd.ttf"),
    *("Arial Bold.ttf", "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc"),
    *("msyhbd.ttc", "PingFang.ttc", "Arial Unicode.ttf", "Symbola.ttf", "seguiemj.ttf"),
)
"""Fonts of Linux, Windows and macOS; the first that has all of a label's characters shows it."""

_Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    """What all marks have.

    Attributes:
        label: the text beside it; its number among the marks by default, empty for none.
        color: such as `"#d55e00"`; by default the next of `COLORS`.

    Raises:
        UsageError: if the colour is written in another way.
    """

    label: str | None = None
    color: str | None = None

    def __post_init__(self) -> None:
        if self.color is not None and not re.fullmatch("#[0-9a-fA-F]{6}", self.color):
            raise UsageError(f'a colour is written as "#d55e00", got {self.color!r}')


@dataclass(frozen=True, slots=True)
class PointMark(_Labelled):
    """A ring with four ticks round a pixel, which itself keeps its colour.

    A point outside of the picture becomes an arrow at the edge.
    """

    point: Point[Image]


@dataclass(frozen=True, slots=True)
class BoxMark(_Labelled):
    """A frame round a box, all of whose own pixels are left as they are.

    Where the box ends at the picture's edge, the frame lies on its outermost pixels; a side that
    is beyond the edge is not drawn. A box outside of the picture becomes an arrow at the edge.
    """

    box: Box[Image]


Mark: TypeAlias = PointMark | BoxMark


def draw(screenshot: Screenshot, marks: Iterable[Mark]) -> Screenshot:
    """A copy of a screenshot with marks and their labels on it.

    The pixel of a `PointMark` is never covered. A label stays inside of the picture and off the
    mark that it names, and keeps off other labels and marks as far as there is room; a box that
    leaves no room beside it has its label inside, in a corner, and a picture too small for a label
    gets none. A label is one line, cut where it is long, without control characters; a character
    that no font here has becomes an empty box.
    """
    size = screenshot.size
    source = np.ascontiguousarray(screenshot.pixels)
    picture = Pillow.frombuffer("RGB", (size.width, size.height), source, "raw", "BGRX", 0, 1)
    brush = _Brush.of(size)
    drawn = [
        (mark, mark.color or color, _draw_mark(picture, brush, mark, mark.color or color))
        for mark, color in zip(marks, itertools.cycle(COLORS), strict=False)
    ]
    _draw_labels(picture, brush, drawn)
    pixels = np.frombuffer(picture.tobytes("raw", "BGRX"), np.uint8).reshape(source.shape).copy()
    for mark, _, _ in drawn:
        if isinstance(mark, PointMark) and size.box.contains(mark.point):
            pixels[mark.point.y, mark.point.x] = source[mark.point.y, mark.point.x]
    return Screenshot(pixels)


@dataclass(frozen=True, slots=True)
class _Brush:
    """How large everything is in a picture, in its pixels.

    Attributes:
        picture: all of its pixels.
        core: the width of a line's coloured part.
        halo: the width of the white, and of the black line on each side of that.
        stroke: the width of a line with all of these.
        radius: of a point's ring.
        clear: how far on each side of a point its ticks keep off it.
        font: the height of the letters' squares.
    """

    picture: Box[Image]
    core: int
    halo: int
    stroke: int
    radius: int
    clear: int
    font: int

    @classmethod
    def of(cls, size: Size[Image]) -> _Brush:
        short = min(size.width, size.height)
        core, halo = max(3, round(short / 270)), max(1, round(short / 1080))
        radius, font = max(9, round(short / 75)), max(14, round(short / 40))
        return cls(size.box, core, halo, core + 4 * halo, radius, max(2, radius // 3), font)

    def layers(self, color: str) -> tuple[tuple[int, str], ...]:
        """By how much each layer of a line is wider on each side than its core, and its colour."""
        return (2 * self.halo, "black"), (self.halo, "white"), (0, color)


def _draw_mark(picture: Pillow.Image, brush: _Brush, mark: Mark, color: str) -> list[Box[Image]]:
    """The box of all that was drawn, and then those that other labels keep off."""
    area = brush.picture
    if isinstance(mark, BoxMark) and area.intersection(mark.box) is not None:
        return _draw_frame(picture, brush, mark.box, color)
    point = mark.point if isinstance(mark, PointMark) else mark.box.center
    at = area.clamp(point)
    right, down = (point.x > at.x) - (point.x < at.x), (point.y > at.y) - (point.y < at.y)
    shape = _arrow(brush, color, right, down) if right or down else _ring(brush, color)
    whole = Box[Image].from_center(at, Size(*shape.size))
    picture.paste(shape, (whole.x0, whole.y0), shape)
    return [area.intersection(whole) or area] * 2


def _draw_frame(
    picture: Pillow.Image, brush: _Brush, box: Box[Image], color: str
) -> list[Box[Image]]:
    area, stroke = brush.picture, brush.stroke
    left, right = _sides(box.x0, box.x1, area.x1, stroke)
    top, bottom = _sides(box.y0, box.y1, area.y1, stroke)
    for wider, ink in brush.layers(color):
        out = brush.core + 2 * brush.halo + wider
        corners = left - out, top - out, right + out - 1, bottom + out - 1
        ImageDraw.Draw(picture).rectangle(corners, outline=ink, width=brush.core + 2 * wider)
    whole = Box[Image](left - stroke, top - stroke, right + stroke, bottom + stroke)
    shown = area.intersection(whole) or area
    if min(shown.width, shown.height) < 4 * brush.font:  # a control, not a region that holds others
        return [shown, shown]
    sides = (
        Box[Image](whole.x0, whole.y0, whole.x1, top),
        Box[Image](whole.x0, bottom, whole.x1, whole.y1),
        Box[Image](whole.x0, whole.y0, left, whole.y1),
        Box[Image](right, whole.y0, whole.x1, whole.y1),
    )
    return [shown, *filter(None, map(area.intersection, sides))]


def _sides(low: int, high: int, end: int, stroke: int) -> tuple[int, int]:
    """What a frame lies round on one axis, so that it is seen where the box is: see `BoxMark`."""
    beyond = 2 * stroke
    if high - low >= 4 * stroke:  # room for the frame on the box itself
        low = max(low, stroke) if low >= 0 else low
        high = min(high, end - stroke) if high <= end else high
    return max(low, -beyond), min(high, end + beyond)


def _ring(brush: _Brush, color: str) -> Pillow.Image:
    """A ring with ticks; the middle pixel is the point, and clear."""

    def layer(pen: ImageDraw.ImageDraw, middle: float, half: float, ink: str) -> None:
        outer = (brush.radius + half) * _FINE
        corners = [middle - outer] * 2 + [middle + outer - 1] * 2
        pen.ellipse(corners, outline=ink, width=round(2 * half * _FINE))
        wider = half - brush.core / 2
        near = (brush.clear + 0.5 + 2 * brush.halo - wider) * _FINE
        far = (brush.radius * _TICK + wider) * _FINE
        across = middle - half * _FINE, middle + half * _FINE - 1
        for along in ((middle - far, middle - near - 1), (middle + near, middle + far - 1)):
            pen.rectangle((along[0], across[0], along[1], across[1]), fill=ink)
            pen.rectangle((across[0], along[0], across[1], along[1]), fill=ink)

    return _smooth(brush, color, layer)


def _arrow(brush: _Brush, color: str, right: int, down: int) -> Pillow.Image:
    """A triangle whose tip is the middle pixel; `right` and `down` are -1, 0 or 1."""
    length = brush.radius * (1.0 if right and down else 1.4) * _FINE

    def layer(pen: ImageDraw.ImageDraw, middle: float, half: float, ink: str) -> None:
        x, y, aside = middle - right * length, middle - down * length, length * 0.6
        corners = [(middle, middle), (x - down * aside, y + right * aside)]
        corners += [(x + down * aside, y - right * aside), *corners[:2]]
        pen.polygon(corners, fill=ink)
        pen.line(corners, fill=ink, width=round((2 * half - brush.core) * _FINE), joint="curve")

    return _smooth(brush, color, layer)


def _smooth(
    brush: _Brush, color: str, layer: Callable[[ImageDraw.ImageDraw, float, float, str], None]
) -> Pillow.Image:
    """A shape, given how a layer is drawn about a middle with half a line's width in a colour."""
    edge = (2 * (round(brush.radius * _TICK) + 2 * brush.halo + 1) + 1) * _FINE
    large = Pillow.new("RGBA", (edge, edge))
    pen = ImageDraw.Draw(large)
    for wider, ink in brush.layers(color):
        layer(pen, edge / 2, brush.core / 2 + wider, ink)
    return large.reduce(_FINE)


def _draw_labels(
    picture: Pillow.Image, brush: _Brush, drawn: Sequence[tuple[Mark, str, Sequence[Box[Image]]]]
) -> None:
    """Labels beside marks; `drawn` has each mark's colour, its box, and what labels keep off."""
    rows = [(*astuple(part), 1) for _, _, boxes in drawn for part in boxes[1:]]
    busy = np.array(rows, np.int64).reshape(-1, 5)
    tags: list[tuple[Pillow.Image, Box[Image]]] = []
    for number, (mark, color, (target, *_)) in enumerate(drawn, start=1):
        tag = _tag(brush, str(number) if mark.label is None else mark.label, color)
        spot = _spot(brush, mark, target, tag, busy) if tag else None
        if tag is None or spot is None:
            continue
        tags.append((tag, spot))
        busy = np.vstack([busy, (*astuple(spot), _LAST_TO_COVER)])
        end, middle = target.clamp(spot.center), target.center
        start = spot.clamp(end)
        if max(abs(end.x - start.x), abs(end.y - start.y)) > tag.height // 2:
            if isinstance(mark, PointMark):  # its ring does not fill the corners
                end = Point[Image]((end.x + middle.x) // 2, (end.y + middle.y) // 2)
            for wider, ink in brush.layers(color):
                line, width = (start.x, start.y, end.x, end.y), brush.core + 2 * wider
                ImageDraw.Draw(picture).line(line, fill=ink, width=width)
    for tag, spot in tags:
        picture.paste(tag, (spot.x0, spot.y0))


def _spot(
    brush: _Brush, mark: Mark, target: Box[Image], tag: Pillow.Image, busy: NDArray[np.int64]
) -> Box[Image] | None:
    """Where a label covers least, the nearest such place; `None` if there is no room for it."""
    area, width, height = brush.picture, tag.width, tag.height
    framed = isinstance(mark, BoxMark) and area.intersection(mark.box) is not None
    beside = _beside(target, width, height, area, brush.core, above_first=framed)
    found = _least_covering((spot for spot in beside if area.contains(spot)), busy)
    if found is not None:
        return found
    # No room beside it: in a corner of the box, or of the picture but off the point's own pixel.
    room, off = (target, None) if framed else (area, target)
    inset = brush.stroke if framed else 0
    if isinstance(mark, PointMark) and area.contains(mark.point):
        off = Box[Image].from_center(mark.point, Size(2 * brush.clear + 1, 2 * brush.clear + 1))
    corners = (
        Box[Image].from_xywh(x, y, width, height)
        for y in (room.y0 + inset, room.y1 - inset - height)
        for x in (room.x0 + inset, room.x1 - inset - width)
    )
    fitting = (
        spot for spot in corners if room.contains(spot) and not (off and off.intersection(spot))
    )
    return _least_covering(fitting, busy)


def _beside(
    target: Box[Image], width: int, height: int, area: Box[Image], gap: int, *, above_first: bool
) -> Iterator[Box[Image]]:
    """Places of a label on all sides of a target, along the sides and further and further away."""
    x, y = target.center.x - width // 2, target.center.y - height // 2
    xs, ys = (target.x0, x, target.x1 - width), (y, target.y0, target.y1 - height)
    for away in range(gap, gap + 5 * height, height):
        left, right = target.x0 - away - width, target.x1 + away
        above, below = target.y0 - away - height, target.y1 + away
        # Along a side a label slides as far as it must to be in the picture.
        upright = [(max(0, min(x, area.x1 - width)), y) for y in (above, below) for x in xs]
        level = [(x, max(0, min(y, area.y1 - height))) for x in (right, left) for y in ys]
        slanted = [(x, y) for x in (right, left) for y in (above, below)]
        for x, y in [*(upright + level if above_first else level + upright), *slanted]:
            yield Box.from_xywh(x, y, width, height)


def _least_covering(spots: Iterable[Box[Image]], busy: NDArray[np.int64]) -> Box[Image] | None:
    """The first place that covers nothing `busy`, or else the one that covers least of it."""
    least, best = math.inf, None
    for spot in spots:
        wide = np.minimum(busy[:, 2], spot.x1) - np.maximum(busy[:, 0], spot.x0)
        high = np.minimum(busy[:, 3], spot.y1) - np.maximum(busy[:, 1], spot.y0)
        covered = int((wide.clip(0) * high.clip(0) * busy[:, 4]).sum())
        if covered < least:
            least, best = covered, spot
        if not covered:
            break
    return best


def _one_line(label: str) -> str:
    """What is shown of a label: no line ends, nothing that turns or hides text, not too long."""
    kinds = ((each, unicodedata.category(each)) for each in label[: 20 * _LONGEST])
    # Control characters; then formats (the bidirectional ones), halves of characters, private ones.
    seen = (" " if kind == "Cc" else each for each, kind in kinds if kind not in {"Cf", "Cs", "Co"})
    line = " ".join("".join(seen).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _tag(brush: _Brush, label: str, color: str) -> Pillow.Image | None:
    """A label as it is pasted; `None` if nothing is left of it that can be shown."""
    text = shown = _one_line(label)
    font = _best_font(text, brush.font)
    frame = 2 * brush.halo
    pad = frame + brush.font // 3  # room for what hangs below the line and stands above capitals
    limit = min(max(brush.picture.width // 2, 10 * brush.font), brush.picture.width - 2 * pad)
    while text and font.getlength(shown) > limit:
        text = text[:-1]
        shown = f"{text}…"
    if not text:
        return None
    top, bottom = font.getbbox("H")[1::2]
    width, height = math.ceil(font.getlength(shown)) + 2 * pad, round(bottom - top) + 2 * pad
    tag = Pillow.new("RGB", (width, height), "black")
    pen = ImageDraw.Draw(tag)
    for inset, ink in ((brush.halo, "white"), (frame, color)):
        pen.rectangle((inset, inset, width - inset - 1, height - inset - 1), fill=ink)
    light = np.array(ImageColor.getrgb(color)) / 255
    brightness = ((light + 0.055) / 1.055) ** 2.4 @ (0.2126, 0.7152, 0.0722)  # WCAG 2, near enough
    ink = "black" if brightness > 0.179 else "white"
    pen.text((pad, pad - top), shown, fill=ink, font=font)
    return tag


def _best_font(text: str, height: int) -> _Font:
    """The first font that has all characters, or else the one that lacks fewest."""
    lacks: list[tuple[int, _Font]] = []
    for name in (*_FONTS, None):
        font = _font(name, height)
        if font is not None:
            nothing = _shape(font, "\U0010ffff")
            lacks.append((sum(_shape(font, each) == nothing for each in set(text)), font))
            if not lacks[-1][0]:
                break
    return min(lacks, key=itemgetter(0))[1]


@lru_cache(maxsize=64)  # to look for one takes milliseconds
def _font(name: str | None, height: int) -> _Font | None:
    """A font of this machine, if it has that; Pillow's own for `None`, little more than ASCII."""
    try:
        return ImageFont.truetype(name, height) if name else ImageFont.load_default(height)
    except OSError:
        return None


def _shape(font: _Font, character: str) -> tuple[tuple[int, int], bytes]:
    mask: Any = font.getmask(character)
    return mask.size, bytes(mask)
