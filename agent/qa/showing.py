"""Pictures of what a failed expectation saw, and the files that they are kept in."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from trueclick.capture import BoxMark, Screenshot, draw, encode
from trueclick.geometry import Box, Image

from ..whole_file import whole_file
from .errors import ExpectationError

_WIDE = 2.5
"""Pictures that are so many times as wide as high are laid out one below the other."""

_GAP_PX = 12
_LABEL_PX, _LABEL_PART = 16, 40
"""A label's height, and the part of the pictures' shorter side that it has at least: they are shown
smaller."""

_DETAIL_PX = (640, 400)
"""The largest size of a place that is shown again..."""

_LEAST, _LARGEST = 2, 8
"""...and how many times as large it is."""

_PAPER, _INK = (236, 236, 236), (20, 20, 20)
_MOST = 10_000
"""Pictures of one name in one folder."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of pictures that were to be kept.

    Attributes:
        files: by what they show.
        problem: why there are none, in words; `None` if they are there or nobody wanted them.
    """

    files: Mapping[str, Path]
    problem: str | None = None


def failed(
    folder: Path | None,
    sentence: str,
    details: Sequence[str],
    shot: Screenshot,
    *,
    name: str,
    region: Box[Image] | None = None,
    places: Sequence[Box[Image]] = (),
) -> ExpectationError:
    """An error that says what was expected, and has a picture of what was seen.

    Args:
        folder: where the picture is kept; `None` for no picture.
        sentence: what was expected, and is not so.
        details: what was seen, a line each.
        shot: the display as it was seen last.
        name: of the picture's file, without an ending.
        region: where it was looked, drawn into the picture.
        places: what was found, drawn as well.
    """
    marks = [] if region is None else [BoxMark(region, label="looked here", color="#0072b2")]
    marks += [BoxMark(place, color="#d55e00") for place in places]
    kept = keep(folder, name, {"screen": draw(shot, marks)})
    return with_pictures(sentence, details, kept)


def with_pictures(sentence: str, details: Sequence[str], kept: Kept) -> ExpectationError:
    """An error that says what was expected, what was seen, and where its pictures are."""
    pictures = [f"{what}: {path}" for what, path in kept.files.items()]
    problem = [] if kept.problem is None else [kept.problem]
    lines = [sentence, *(f"  {detail}" for detail in (*details, *pictures, *problem))]
    return ExpectationError("\n".join(lines), kept.files.values())


def side_by_side(pictures: Sequence[tuple[str, Screenshot]]) -> Screenshot:
    """Pictures beside each other in device resolution, each below its label.

    Args:
        pictures: at least one, with what is written above it.
    """
    images = [(label, _image(shot)) for label, shot in pictures]
    width = max(image.width for _, image in images)
    height = max(image.height for _, image in images)
    label_px = max(_LABEL_PX, min(width, height) // _LABEL_PART)
    head = label_px + _GAP_PX // 2
    across = width < _WIDE * height
    cell = width + _GAP_PX, height + head + _GAP_PX
    count = len(images)
    size = (cell[0] * count, cell[1]) if across else (cell[0], cell[1] * count)
    sheet = Pillow.new("RGB", (size[0] + _GAP_PX, size[1] + _GAP_PX), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(label_px)
    for number, (label, image) in enumerate(images):
        left = _GAP_PX + (cell[0] * number if across else 0)
        top = _GAP_PX + (0 if across else cell[1] * number)
        pen.text((left, top - 2), label, fill=_INK, font=font)
        sheet.paste(image, (left, top + head))
    return _shot(sheet)


def with_detail(
    pictures: Sequence[tuple[str, Screenshot]], boxes: Sequence[Box[Image]]
) -> Screenshot:
    """Pictures of one size beside each other; the first place, if it is small, again and large.

    Args:
        pictures: at least one, with what is written above it.
        boxes: where they differ.
    """
    whole = side_by_side(pictures)
    size = pictures[0][1].size
    wide, high = min(size.width, _DETAIL_PX[0]), min(size.height, _DETAIL_PX[1])
    box = boxes[0] if boxes else size.box
    by = min(wide // (box.width + 2 * _GAP_PX), high // (box.height + 2 * _GAP_PX), _LARGEST)
    if by < _LEAST:
        return whole
    wide, high = wide // by, high // by
    left = min(max(box.center.x - wide // 2, 0), size.width - wide)
    top = min(max(box.center.y - high // 2, 0), size.height - high)
    cut = np.s_[top : top + high, left : left + wide]
    large = side_by_side(
        [
            (
                f"{label}, {by} times as large",
                Screenshot(shot.pixels[cut].repeat(by, 0).repeat(by, 1)),
            )
            for label, shot in pictures
        ]
    )
    sheets = [_image(whole), _image(large)]
    across = max(sheet.width for sheet in sheets)
    both = Pillow.new("RGB", (across, sum(sheet.height for sheet in sheets)), _PAPER)
    both.paste(sheets[0], (0, 0))
    both.paste(sheets[1], (0, sheets[0].height))
    return _shot(both)


def keep(folder: Path | None, name: str, pictures: Mapping[str, Screenshot]) -> Kept:
    """Write pictures as `NAME-WHAT.png`, and as `NAME-2-WHAT.png` if that name is taken.

    What cannot be written is told, not raised: the failed expectation matters more.

    Args:
        folder: made if it is not there; `None` if nobody wants them.
        name: that of a file, without an ending.
        pictures: by what they show, one word each.
    """
    if folder is None:
        return Kept({})
    files: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stem = _free(folder, name, tuple(pictures))
        for what, picture in pictures.items():
            path = folder / f"{stem}-{what}.png"
            with whole_file(path) as file:
                file.write(encode(picture).data)
            files[what] = path
    except OSError as error:
        for path in files.values():
            with contextlib.suppress(OSError):
                path.unlink()
        return Kept({}, f"pictures cannot be kept in {folder}: {error.strerror or error}")
    return Kept(files)


def _free(folder: Path, name: str, kinds: Sequence[str]) -> str:
    """The first name of which there are no pictures yet."""
    for number in range(1, _MOST):
        stem = name if number == 1 else f"{name}-{number}"
        if not any((folder / f"{stem}-{kind}.png").exists() for kind in kinds):
            return stem
    return name


def _shot(image: Pillow.Image) -> Screenshot:
    pixels = np.frombuffer(image.tobytes("raw", "BGRX"), np.uint8)
    return Screenshot(pixels.reshape(image.height, image.width, 4))


def _image(shot: Screenshot) -> Pillow.Image:
    size = shot.size
    pixels = np.ascontiguousarray(shot.pixels)
    return Pillow.frombuffer("RGB", (size.width, size.height), pixels, "raw", "BGRX", 0, 1)
