"""A file is sent as it is exactly where that shows the model the same pixels, and nothing else."""

import base64
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from trueclick.agent.batches.pictures import Known, known, named, prepared
from trueclick.agent.batches.untouched import plain_png
from trueclick.agent.vision.images import Prepared, prepare
from trueclick.capture import read_image
from trueclick.geometry import find_model

SPEC = find_model("claude-opus-5-5")


def picture(mode: str = "RGB") -> Image.Image:
    values = np.arange(60 * 40 * 3, dtype=np.uint32).reshape(40, 60, 3) // 7 % 256
    return Image.fromarray(values.astype(np.uint8)).convert(mode)


def png(image: Image.Image, **more: Any) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", **more)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_a_plain_png_goes_as_it_is_without_what_was_written_beside_the_picture(mode: str) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Ada")
    data = png(picture(mode), pnginfo=notes, dpi=(90, 90))
    plain = plain_png(data)
    assert plain is not None
    assert b"Ada" in data
    assert b"Ada" not in plain
    assert np.array_equal(read_image(plain).pixels, read_image(data).pixels)


def test_what_shows_other_pixels_until_it_is_decoded_is_not_sent_as_it_is() -> None:
    deep = Image.fromarray(np.full((4, 4), 4000, np.uint16))
    turned = Image.Exif()
    turned[0x0112] = 6
    frames = [picture(), picture("L").convert("RGB")]
    for data in (
        png(picture("RGBA")),
        png(picture("LA")),
        png(picture(), transparency=(0, 0, 0)),
        png(picture("P"), transparency=3),
        png(picture(), icc_profile=b"a profile"),
        png(picture(), exif=turned),
        png(frames[0], save_all=True, append_images=frames[1:]),
        png(deep),
        b"",
        b"GIF89a",
    ):
        assert plain_png(data) is None


def test_no_damaged_file_is_sent_as_it_is() -> None:
    whole = png(picture())
    for end in range(0, len(whole), 7):
        assert plain_png(whole[:end]) is None
    for place in range(8, len(whole), 11):
        spoiled = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        assert plain_png(spoiled) is None
    head = struct.pack(">I", 4) + b"IHDR" + b"abcd"
    short = whole[:8] + head + struct.pack(">I", zlib.crc32(head[4:])) + whole[33:]
    assert plain_png(short) is None


@pytest.mark.parametrize("size", [(60, 40), (4000, 40)])
def test_it_is_prepared_as_one_that_was_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(picture().resize(size)))
    found = known(named(path))
    assert isinstance(found, Known)
    made, slowly = prepared(found, SPEC, 1), prepare(path, SPEC)
    assert isinstance(made, Prepared)
    assert (made.picture, made.tokens, made.strict) == (
        slowly.picture,
        slowly.tokens,
        slowly.strict,
    )
    first, second = (
        read_image(base64.b64decode(each.source["data"])).pixels for each in (made, slowly)
    )
    assert np.array_equal(first, second)
