"""A picture of a film, drawn: the screen, what is done to it, and a bar of words below."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from trueclick.capture import read_image
from trueclick.geometry import Box, Model, Point, Size

from ..actions import Click, Direction, Drag, Move, Press, Scroll, Zoom
from ..trace import Trace
from .scenes import Scene, Tone

MAX_HEIGHT = 2160
"""Of the screen in a film, in pixels."""

_FINE = 4
"""What has round edges is drawn so many times larger, and reduced."""

_BACK = "#14171c"
_CARD = "#1d2129"
_TEXT = "#f2f4f8"
_DIM = "#9aa4b2"
_TRACK = "#2c323c"
_MARK = "#e8590c"
_TONES: dict[Tone, str] = {
    "plain": "#ffa94d",
    "quiet": "#74c0fc",
    "bad": "#ff6b6b",
    "good": "#69db7c",
}
_BAD_BACK = "#3a1518"

_FONTS = {
    "regular": ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf"),
    "bold": ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf"),
}

_LONGEST = 2000
"""Characters of a text that are looked at: what is beyond does not fit anyway."""

_Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
_Spot: TypeAlias = tuple[float, float]


class Canvas:
    """Draws the pictures of one film, all of one size.

    Args:
        trace: whose pictures are shown.
        screenshot: the size of most of them.
        width: of the film, in pixels; less where the screenshot is smaller, or so tall that the
            film would be higher than `MAX_HEIGHT`. Both edges come out even, as most video encoders
            want them.
    """

    def __init__(self, trace: Trace, screenshot: Size[Model], width: int) -> None:
        self._trace = trace
        scale = min(width / screenshot.width, MAX_HEIGHT / screenshot.height, 1)
        width, height = (
            max(2, round(edge * scale) // 2 * 2) for edge in (screenshot.width, screenshot.height)
        )
        self._unit = max(10, round(min(width, height * 2) / 60))
        self._bar = round(self._unit * 4.4) // 2 * 2
        self._screen = width, height
        self.size = Size[Model](width, height + self._bar)
        self._shown: tuple[str, Pillow.Image] | None = None

    def draw(self, scene: Scene) -> Pillow.Image:
        """A scene as an RGB picture of `size`.

        Raises:
            TraceError: if a picture has been damaged since the trace was read.
            UsageError: if it is no picture.
        """
        picture = Pillow.new("RGB", (self.size.width, self.size.height), _BACK)
        if scene.card:
            self._draw_card(picture, scene.card)
        elif scene.look is not None:
            screen = self._screenshot(scene.look.image).copy()
            at = _placed(screen.size, self._screen)
            scale = screen.width / scene.look.size.width
            _Marker(screen, scale, self._unit).mark(scene)
            picture.paste(screen, at)
        self._draw_bar(picture, scene)
        return picture

    def _screenshot(self, name: str) -> Pillow.Image:
        """A picture of the trace at the size at which it is shown."""
        if self._shown is None or self._shown[0] != name:
            pixels = read_image(self._trace.image(name)).pixels
            height, width = pixels.shape[:2]
            whole = Pillow.frombuffer(
                "RGB", (width, height), np.ascontiguousarray(pixels), "raw", "BGRX", 0, 1
            )
            scale = min(self._screen[0] / width, self._screen[1] / height)
            size = max(1, round(width * scale)), max(1, round(height * scale))
            self._shown = name, whole.resize(size, Pillow.Resampling.LANCZOS)
        return self._shown[1]

    def _draw_card(self, picture: Pillow.Image, text: str) -> None:
        """A text in the middle of the screen's place."""
        width, height = self._screen
        unit = self._unit
        pen = ImageDraw.Draw(picture)
        pen.rectangle((0, 0, width, height), fill=_CARD)
        size = unit * 2
        while size > unit and not _fits(
            text, _font("regular", size), width - 8 * unit, height * 0.8
        ):
            size -= 1
        font = _font("regular", size)
        lines = _wrapped(text, font, width - 8 * unit)
        most = max(1, int(height * 0.8 / (size * 1.5)))
        if len(lines) > most:
            lines = [*lines[: most - 1], "…"]
        top = (height - len(lines) * size * 1.5) / 2
        left = (width - max(font.getlength(line) for line in lines)) / 2
        for number, line in enumerate(lines):
            pen.text((left, top + number * size * 1.5), line, fill=_TEXT, font=font)

    def _draw_bar(self, picture: Pillow.Image, scene: Scene) -> None:
        """The words below the screen: what is done, and what the model said."""
        unit, (width, top) = self._unit, self._screen
        pen = ImageDraw.Draw(picture)
        tone = _TONES[scene.tone]
        if scene.tone == "bad":
            pen.rectangle((0, top, width, top + self._bar), fill=_BAD_BACK)
        thick = max(2, unit // 5)
        pen.rectangle((0, top, width, top + thick - 1), fill=_TRACK)
        if done := round(width * scene.progress):
            pen.rectangle((0, top, done - 1, top + thick - 1), fill=tone)
        bold, regular = _font("bold", round(unit * 1.15)), _font("regular", round(unit * 1.15))
        small = _font("regular", unit)
        x, y = float(unit), top + thick + unit * 1.35
        right = width - unit
        if scene.number:
            pen.text((x, y), scene.number, fill=_DIM, font=regular, anchor="lm")
            x += regular.getlength(scene.number) + unit * 0.8
        title = _cut(_plain(scene.title), bold, (right - x) / 2)
        pen.text((x, y), title, fill=tone, font=bold, anchor="lm")
        x += bold.getlength(title) + unit * 0.8
        detail = _cut(_plain(scene.detail), regular, right - x)
        pen.text((x, y), detail, fill=_TEXT, font=regular, anchor="lm")
        words = _cut(_plain(scene.words), small, width - 2 * unit)
        pen.text((unit, y + unit * 1.7), words, fill=_DIM, font=small, anchor="lm")


class _Marker:
    """Marks on a screen what is done to it.

    Args:
        screen: as it is shown.
        scale: how many of its pixels one of the screenshot's is.
        unit: the size of a letter.
    """

    def __init__(self, screen: Pillow.Image, scale: float, unit: int) -> None:
        self._screen = screen
        self._scale = scale
        self._unit = unit

    def mark(self, scene: Scene) -> None:  # noqa: C901 - a case for each action
        """Draw a scene's marks and the pointer."""
        inside = Size[Model](*(round(edge / self._scale) for edge in self._screen.size)).box
        path = [self._spot(point) for point in scene.path if inside.contains(point)]
        places = [place for place in _places(scene) if inside.contains(place)]
        drags = isinstance(scene.action, Drag)
        if len(path) == 2:
            self._line(path[0], path[1], strong=drags)
        match scene.action:
            case Click(_, count):
                for place in places:
                    self._rings(self._spot(place), count)
            case Drag():
                for place in places:
                    self._rings(self._spot(place), 1, small=True)
            case Press():
                for place in places:
                    self._rings(self._spot(place), 1)
            case Scroll(direction):
                for place in places:
                    self._chevrons(self._spot(place), direction)
            case Zoom(region) if (seen := inside.intersection(region)) is not None:
                self._frame(seen)
            case _:
                pass
        if scene.pointer is not None and inside.contains(scene.pointer):
            self._arrow(self._spot(scene.pointer))

    def _spot(self, point: Point[Model]) -> _Spot:
        """The middle of a pixel of the screenshot, in those of the screen."""
        return (point.x + 0.5) * self._scale, (point.y + 0.5) * self._scale

    def _rings(self, at: _Spot, count: int, *, small: bool = False) -> None:
        radius = self._unit * (0.55 if small else 1.1)
        wide = max(2.0, self._unit / 5)

        def paint(pen: ImageDraw.ImageDraw, x: float, y: float, fine: float) -> None:
            for number in range(count):
                out = (radius + number * wide * 2.2) * fine
                for more, ink in ((wide * 0.5, "#ffffffd0"), (0.0, _MARK)):
                    edge = out + more * fine
                    thick = round((wide + 2 * more) * fine)
                    pen.ellipse((x - edge, y - edge, x + edge, y + edge), outline=ink, width=thick)

        self._painted(at, radius + count * wide * 2.2 + wide * 2, paint)

    def _chevrons(self, at: _Spot, direction: Direction) -> None:
        unit = self._unit
        right, down = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}[direction]

        def paint(pen: ImageDraw.ImageDraw, x: float, y: float, fine: float) -> None:
            for thick, ink in ((unit * 0.62, "white"), (unit * 0.34, _MARK)):
                for step in (-0.75, 0.15, 1.05):
                    tip = (x + right * step * unit * fine, y + down * step * unit * fine)
                    back, aside = 0.55 * unit * fine, 0.75 * unit * fine
                    ends = [
                        (
                            tip[0] - right * back + side * down * aside,
                            tip[1] - down * back + side * right * aside,
                        )
                        for side in (-1, 1)
                    ]
                    pen.line(
                        [ends[0], tip, ends[1]], fill=ink, width=round(thick * fine), joint="curve"
                    )

        self._painted(at, unit * 2.6, paint)

    def _arrow(self, at: _Spot) -> None:
        """A pointer whose tip is at a place."""
        unit = self._unit * 1.25
        shape = (
            (0, 0),
            (0, 1.0),
            (0.23, 0.79),
            (0.38, 1.13),
            (0.53, 1.06),
            (0.38, 0.73),
            (0.7, 0.7),
        )

        def paint(pen: ImageDraw.ImageDraw, x: float, y: float, fine: float) -> None:
            corners = [(x + a * unit * fine, y + b * unit * fine) for a, b in shape]
            pen.line([*corners, *corners[:2]], fill="white", width=round(3.4 * fine), joint="curve")
            pen.polygon(corners, fill="#101318")

        self._painted(at, unit * 1.4, paint)

    def _painted(
        self,
        at: _Spot,
        reach: float,
        paint: Callable[[ImageDraw.ImageDraw, float, float, float], None],
    ) -> None:
        """Something small with smooth edges, about a place."""
        left, top = math.floor(at[0] - reach), math.floor(at[1] - reach)
        edge = math.ceil(reach * 2) + 1
        layer = Pillow.new("RGBA", (edge * _FINE, edge * _FINE))
        paint(ImageDraw.Draw(layer), (at[0] - left) * _FINE, (at[1] - top) * _FINE, _FINE)
        self._put(layer.reduce(_FINE), left, top)

    def _line(self, start: _Spot, end: _Spot, *, strong: bool) -> None:
        """The pointer's way, from thin to thick; strong where the button is down."""
        margin = self._unit
        left = math.floor(min(start[0], end[0])) - margin
        top = math.floor(min(start[1], end[1])) - margin
        width = math.ceil(abs(start[0] - end[0])) + 2 * margin
        height = math.ceil(abs(start[1] - end[1])) + 2 * margin
        fine = 2
        layer = Pillow.new("RGBA", (width * fine, height * fine))
        pen = ImageDraw.Draw(layer)
        ends = [((x - left) * fine, (y - top) * fine) for x, y in (start, end)]
        thick = self._unit / (3 if strong else 5)
        halo, ink = ("#ffffffe0", _MARK) if strong else ("#ffffff90", "#e8590ca0")
        pen.line(ends, fill=halo, width=round((thick + 2) * fine))
        pen.line(ends, fill=ink, width=max(fine, round(thick * fine)))
        self._put(layer.reduce(fine), left, top)

    def _frame(self, box: Box[Model]) -> None:
        pen = ImageDraw.Draw(self._screen)
        corners = [round(edge * self._scale) for edge in (box.x0, box.y0, box.x1, box.y1)]
        left, top, right, bottom = corners
        for out, ink, thick in ((3, "white", 7), (1, _MARK, 3)):
            ends = (max(left, right - 1) + out, max(top, bottom - 1) + out)
            pen.rectangle((left - out, top - out, *ends), outline=ink, width=thick)

    def _put(self, layer: Pillow.Image, left: int, top: int) -> None:
        self._screen.paste(layer, (left, top), layer)


def _places(scene: Scene) -> Sequence[Point[Model]]:
    """Where an action is marked: where it was asked for, or where the pointer is."""
    match scene.action:
        case Drag(start, at):
            return start, at
        case Move():
            return ()
        case Click(at=Point() as at) | Scroll(at=Point() as at):
            return (at,)
        case Click() | Scroll() | Press() if scene.pointer is not None:
            return (scene.pointer,)
        case _:
            return ()


def _placed(size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """Where something lies in the middle of a room."""
    return (room[0] - size[0]) // 2, (room[1] - size[1]) // 2


@lru_cache(maxsize=64)
def _font(kind: str, size: int) -> _Font:
    for name in _FONTS[kind]:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _plain(text: str) -> str:
    """A text on one line, without what is invisible."""
    told = " ⏎ ".join(text[:_LONGEST].splitlines())
    return "".join(c if c.isprintable() else "·" for c in told)


def _cut(text: str, font: _Font, room: float) -> str:
    """As much of a text as fits, with an ellipsis where some is left out."""
    if font.getlength(text) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle].rstrip() + "…") <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…" if low else ""


def _fits(text: str, font: _Font, width: float, height: float) -> bool:
    size = getattr(font, "size", 10)
    return len(_wrapped(text, font, width)) * size * 1.5 <= height


def _wrapped(text: str, font: _Font, room: float) -> list[str]:
    """A text in lines that fit."""
    lines: list[str] = []
    for paragraph in text[:_LONGEST].splitlines():
        line = ""
        for word in _plain(paragraph).split(" "):
            longer = f"{line} {word}" if line else word
            if font.getlength(longer) <= room:
                line = longer
                continue
            if line:
                lines.append(line)
            line = _cut(word, font, room)
        lines.append(line)
    return lines or [""]
