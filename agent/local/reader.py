"""Reads the text on a screenshot, and from the second one on only what has changed.

The cache never changes the answer, up to the noise of OCR itself: a line is kept only where no
pixel near it has changed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from trueclick.geometry import Box, Model

from .errors import MissingExtraError
from .pixels import Mask, Pixels, backdrop, blobs
from .words import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Engine = Callable[[npt.NDArray[np.uint8]], Any]

# 12 px: about a line's height, so that what changed is read with the text it belongs to.
_MARGIN = 12
# The detector works in cells of 32 px and would stretch anything else.
_CELL = 32
# Above this share of the picture one full read is faster than many small ones.
_MOST = 0.5


class ScreenReader:
    """Turns pictures into lines of text. It remembers the last picture, for speed alone.

    Args:
        threads: how many share the work; by default one for each core, and at most 4. They wait
            for each other busily: beside programs that want the cores too, one is best.

    Raises:
        MissingExtraError: when text is read for the first time and the OCR packages are absent.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        self._engine: Engine | None = None
        self._pixels: Pixels | None = None
        self._lines: tuple[Line, ...] = ()

    def prepare(self) -> None:
        """Load the OCR models now (about two seconds), so that the first read need not."""
        if self._engine is None:
            self._engine = load_engine(self._threads or _threads())
            self._engine(np.full((64, 320, 3), 255, np.uint8))

    def read(self, pixels: Pixels) -> tuple[Line, ...]:
        """The lines of text on the picture, in reading order.

        Args:
            pixels: `(height, width, 3)` of `uint8`, in RGB.
        """
        changed = self._changed(pixels)
        if changed is None:
            lines = [line for box in _content(pixels) for line in self._ocr(pixels, box)]
        else:
            lines = list(self._lines)
            for box in changed:
                lines = self._reread(pixels, box, lines)
        self._pixels = pixels
        self._lines = tuple(sorted(lines, key=lambda line: (line.box.y0, line.box.x0)))
        return self._lines

    def _changed(self, pixels: Pixels) -> list[Box[Model]] | None:
        """The areas to read again; None if the picture is to be read as a whole."""
        if self._pixels is None or self._pixels.shape != pixels.shape:
            return None
        areas = blobs(self._pixels != pixels, grow=_MARGIN)
        boxes = _covering(areas, [line.box for line in self._lines])
        height, width = pixels.shape[:2]
        if sum(box.width * box.height for box in boxes) > _MOST * width * height:
            return None
        return boxes

    def _reread(self, pixels: Pixels, area: Box[Model], lines: list[Line]) -> list[Line]:
        """The lines with those in `area` replaced by what stands there now."""
        kept = [line for line in lines if not _touch(line.box, area)]
        fresh = [
            line for line in self._ocr(pixels, _whole_cells(area, pixels)) if _touch(line.box, area)
        ]
        # A fresh line may have grown over one that was kept.
        kept = [old for old in kept if not any(_covers(new.box, old.box) for new in fresh)]
        return kept + fresh

    def _ocr(self, pixels: Pixels, area: Box[Model]) -> list[Line]:
        self.prepare()
        engine = cast("Engine", self._engine)
        # The models were trained on BGR.
        part = np.ascontiguousarray(pixels[area.y0 : area.y1, area.x0 : area.x1, ::-1])
        result = engine(part)
        if result.boxes is None or result.txts is None:
            return []
        return [
            Line(str(text).strip(), _upright(corners, area))
            for corners, text in zip(result.boxes, result.txts, strict=True)
        ]


def load_engine(threads: int) -> Engine:
    """An OCR engine: 0.8 seconds for the first one in a process, 0.2 for another one.

    Raises:
        MissingExtraError: if the OCR packages are absent.
    """
    try:
        from rapidocr import RapidOCR  # noqa: PLC0415 - an optional dependency, slow to import
    except ImportError as error:
        raise MissingExtraError(
            'OCR needs the extra "local": pip install "trueclick[local]"'
        ) from error
    engine: Any = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # nobody turns a screen upside down
            "Global.max_side_len": 4000,
            # By default a small part is blown up to 736 px before it is searched: ten times slower.
            "Det.limit_type": "max",
            "Det.limit_side_len": 4000,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return cast("Engine", engine)


def _threads() -> int:
    """How many share the work of a reader that has the machine to itself."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, 4)


def _content(pixels: Pixels) -> list[Box[Model]]:
    """The part of the picture within its plain border; none of a picture that is all plain."""
    mask: Mask = (pixels != backdrop(pixels)).any(axis=2)
    if not mask.any():
        return []
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = Box[Model](int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return [_whole_cells(box, pixels)]


def _covering(areas: Sequence[Box[Model]], lines: Sequence[Box[Model]]) -> list[Box[Model]]:
    """The areas, grown over every line they touch, and merged where they meet."""
    grown: list[Box[Model]] = []
    waiting = list(areas)
    while waiting:
        box = waiting.pop()
        touched = [line for line in lines if _touch(line, box) and not _covers(box, line)]
        others = [other for other in grown if _touch(other, box)]
        if touched or others:
            grown = [other for other in grown if other not in others]
            waiting.append(_hull([box, *touched, *others]))
        else:
            grown.append(box)
    return grown


def _whole_cells(box: Box[Model], pixels: Pixels) -> Box[Model]:
    """The box grown on all sides to whole cells, as far as the picture goes."""
    height, width = pixels.shape[:2]

    def span(first: int, last: int, limit: int) -> tuple[int, int]:
        length = min(-(-(last - first + 8) // _CELL) * _CELL, limit)
        start = min(max(first - (length - (last - first)) // 2, 0), limit - length)
        return start, start + length

    x0, x1 = span(box.x0, box.x1, width)
    y0, y1 = span(box.y0, box.y1, height)
    return Box(x0, y0, x1, y1)


def _upright(corners: Any, area: Box[Model]) -> Box[Model]:
    """The upright box of a detected line; its four corners start at the top left, clockwise."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = (map(float, corner) for corner in corners)
    x0, x1 = round((ax + dx) / 2), round((bx + cx) / 2)
    y0, y1 = round((ay + by) / 2), round((cy + dy) / 2)
    x0, y0 = max(x0, 0), max(y0, 0)
    x1, y1 = max(min(x1, area.width), x0 + 1), max(min(y1, area.height), y0 + 1)
    return Box(area.x0 + x0, area.y0 + y0, area.x0 + x1, area.y0 + y1)


def _touch(one: Box[Model], other: Box[Model]) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _covers(one: Box[Model], other: Box[Model]) -> bool:
    """Whether `other` lies in `one`, but for two pixels of noise on each side."""
    return (
        one.x0 - 2 <= other.x0
        and one.y0 - 2 <= other.y0
        and other.x1 <= one.x1 + 2
        and other.y1 <= one.y1 + 2
    )


def _hull(boxes: Sequence[Box[Model]]) -> Box[Model]:
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
