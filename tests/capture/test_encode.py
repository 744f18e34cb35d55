"""What is sent: the scaled pixels in a file that everybody reads, within a limit of bytes."""

import base64
import importlib
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from trueclick.capture.encoding import png as png_module
from trueclick.capture.encoding import scale
from trueclick.capture.encoding.encode import EncodedImage, _base64, encode
from trueclick.capture.encoding.formats import MEASURED, Format, format_for
from trueclick.capture.encoding.png import _joined, indexed_png, png
from trueclick.capture.encoding.scale import scaled
from trueclick.capture.screenshot import Screenshot
from trueclick.geometry import Size, UsageError

from .realistic import drawn, noise, share_found
from .reference import luma, ssim

FORMATS: tuple[Format, ...] = get_args(Format)


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def rgb(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(opened(data).convert("RGB"))


def colours(screenshot: Screenshot) -> NDArray[np.uint8]:
    """Red, green and blue, as a file holds them."""
    return screenshot.pixels[..., 2::-1]


def plain(width: int, height: int) -> Screenshot:
    return Screenshot(np.full((height, width, 4), 200, np.uint8))


@pytest.fixture(params=["isal", "zlib"])
def deflate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With isal, and as if it were missing."""
    if request.param == "zlib":
        monkeypatch.setattr(png_module, "_deflate", lambda: zlib)
    else:
        assert png_module._deflate() is not zlib
    return str(request.param)


# PNG


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 400))
def test_a_png_holds_exactly_the_pixels(width: int, height: int) -> None:
    picture = noise(width, height)
    file = opened(png(picture.pixels))
    assert file.mode == "RGB"
    assert np.array_equal(np.asarray(file), colours(picture))


@pytest.mark.parametrize("effort", ["fast", "small"])
@pytest.mark.parametrize("size", [(1456, 819), (1, 1), (1, 9000), (300_000, 1), (300_000, 3)])
def test_pillow_and_libvips_read_the_same_from_it(
    deflate: str, size: tuple[int, int], effort: Any
) -> None:
    picture = drawn(*size).screenshot if size == (1456, 819) else noise(*size)
    file = png(picture.pixels, effort)
    assert np.array_equal(rgb(file), colours(picture))
    pyvips = pytest.importorskip("pyvips")
    read = pyvips.Image.new_from_buffer(file, "").numpy()
    assert np.array_equal(read, colours(picture))


def chunks(file: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG file, each with its checksum checked."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(file):
        (length,) = struct.unpack_from(">I", file, at)
        name, data = file[at + 4 : at + 8], file[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", file, at + 8 + length)
        assert zlib.crc32(name + data) == checksum
        found.append((name, data))
        at += length + 12
    return found


@pytest.mark.parametrize("size", [(1456, 819), (40, 30)], ids=["in two halves", "whole"])
def test_its_checksums_are_right(deflate: str, size: tuple[int, int]) -> None:
    # Most readers forgive a wrong checksum of the stream: zlib does not.
    found = chunks(png(drawn(1456, 819).screenshot.pixels[: size[1], : size[0]]))
    assert [name for name, _ in found if name != b"IDAT"] == [b"IHDR", b"IEND"]
    rows = zlib.decompress(b"".join(data for name, data in found if name == b"IDAT"))
    assert len(rows) == size[1] * (1 + 3 * size[0])


@given(st.binary(max_size=400), st.binary(max_size=400), st.integers(1, 300))
def test_two_checksums_make_the_one_of_both(first: bytes, second: bytes, often: int) -> None:
    first, second = first * often, second * often
    both = _joined(zlib.adler32(first), zlib.adler32(second), len(second))
    assert both == zlib.adler32(first + second)


def test_a_palette_png_holds_exactly_the_indexes() -> None:
    indexes = np.random.default_rng(3).integers(0, 5, (70, 90), dtype=np.uint8)
    palette = bytes(range(15))
    file = opened(indexed_png(indexes, palette))
    assert file.mode == "P"
    assert np.array_equal(np.asarray(file), indexes)
    assert bytes(file.getpalette() or ())[:15] == palette


# Every format


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("size", [(1456, 819), (1, 1), (1, 700), (700, 1), (2000, 1100)])
def test_every_format_comes_out_at_exactly_the_size(format_: Format, size: tuple[int, int]) -> None:
    asked = Size[object](*size)
    image = encode(drawn(960, 540).screenshot, asked, format=format_)
    file = opened(image.data)
    assert file.size == size
    assert image.size == asked
    assert image.reduced is None
    assert file.format is not None
    assert image.media_type == f"image/{file.format.lower()}"


def test_without_a_size_it_is_sent_at_its_own() -> None:
    picture = noise(123, 45)
    image = encode(picture)
    assert image.size == Size(123, 45)
    assert np.array_equal(rgb(image.data), colours(picture))


@pytest.mark.parametrize("format_", ["png", "webp"])
def test_png_and_webp_without_a_quality_lose_nothing(format_: Format) -> None:
    picture, size = drawn(960, 540).screenshot, Size[object](728, 410)
    image = encode(picture, size, format=format_)
    assert np.array_equal(rgb(image.data), colours(scaled(picture, size)))
    assert image.quality is None


@pytest.mark.parametrize(
    ("format_", "quality", "least"),
    [("palette", None, 0.97), ("webp", 80, 0.97), ("jpeg", 90, 0.98), ("jpeg", 50, 0.9)],
)
def test_the_other_formats_stay_near_the_picture(
    format_: Format, quality: int | None, least: float
) -> None:
    picture = drawn(960, 540).screenshot
    image = encode(picture, format=format_, quality=quality)
    assert ssim(luma(rgb(image.data)[..., ::-1]), luma(picture.pixels)) >= least
    assert image.quality == quality


def test_a_palette_png_is_a_quarter_of_a_png_of_text() -> None:
    picture, size = drawn(960, 540).screenshot, Size[object](728, 410)
    palette = encode(picture, size, format="palette")
    assert opened(palette.data).mode == "P"
    assert len(palette.data) < len(encode(picture, size).data) / 3


@pytest.mark.parametrize("format_", ["webp", "jpeg"])
def test_a_lower_quality_is_smaller(format_: Format) -> None:
    picture = drawn(960, 540).screenshot
    files = [encode(picture, format=format_, quality=q).data for q in (95, 75, 40)]
    assert len(files[0]) > len(files[1]) > len(files[2])


def test_jpeg_has_a_quality_of_90_and_full_colour_resolution_unless_told() -> None:
    image = encode(drawn(960, 540).screenshot, format="jpeg")
    assert image.quality == 90
    assert image.data == encode(drawn(960, 540).screenshot, format="jpeg", quality=90).data
    layers: Any = opened(image.data)
    assert {(across, down) for _, across, down, _ in layers.layer} == {(1, 1)}


@pytest.mark.parametrize("format_", FORMATS)
def test_the_fourth_byte_is_not_seen(format_: Format) -> None:
    picture = drawn(960, 540).screenshot
    files = set()
    for value in (0, 1, 255):
        pixels = picture.pixels.copy()
        pixels[..., 3] = value
        for size in (None, Size[object](700, 390)):
            files.add(encode(Screenshot(pixels), size, format=format_).data)
    assert len(files) == 2


@pytest.mark.parametrize("format_", FORMATS)
def test_views_and_read_only_pixels_are_packed_like_copies_of_them(format_: Format) -> None:
    view = drawn(960, 540).screenshot.pixels[10:500:2, 700:100:-1]
    view.flags.writeable = False
    assert not view.flags.c_contiguous
    copied = Screenshot(np.ascontiguousarray(view))
    for size in (None, Size[object](90, 60)):
        image = encode(Screenshot(view), size, format=format_)
        assert image.data == encode(copied, size, format=format_).data


def test_base64_is_the_file_and_is_made_once() -> None:
    image = encode(drawn(960, 540).screenshot)
    assert base64.b64decode(image.base64, validate=True) == image.data
    assert image.base64 is image.base64
    assert image.base64_bytes == len(image.base64)


def test_a_screenshot_is_not_printed_with_its_bytes() -> None:
    assert len(repr(encode(noise(90, 90)))) < 200


# Limits


def test_what_fits_is_left_as_it_is() -> None:
    picture = drawn(960, 540).screenshot
    image = encode(picture)
    assert encode(picture, max_bytes=image.base64_bytes) == image


def test_a_png_that_is_too_large_is_compressed_more_and_the_caller_is_told() -> None:
    picture = drawn(960, 540).screenshot
    fast = encode(picture)
    limit = fast.base64_bytes - 1
    image = encode(picture, max_bytes=limit)
    assert (image.format, image.quality) == ("png", None)
    assert image.base64_bytes <= limit
    assert np.array_equal(rgb(image.data), colours(picture))
    assert image.reduced == (
        f"PNG of {fast.base64_bytes} bytes in base64 exceeds {limit}: compressed more"
    )


def test_a_photograph_that_is_too_large_is_filtered_before_anything_is_lost() -> None:
    # Smooth: without a filter it hardly packs at all.
    down, across = np.mgrid[0:400, 0:600]
    bands = [(down * 3 + across * across // 70) % 256, (down + across) // 4, across * 2 % 256]
    grain = np.random.default_rng(5).integers(0, 3, (400, 600, 4))
    pixels = (np.stack([*bands, across * 0], axis=-1) + grain).clip(0, 255).astype(np.uint8)
    unfiltered = png(pixels, "small")
    image = encode(Screenshot(pixels), max_bytes=len(unfiltered))
    assert image.format == "png"
    assert len(image.data) < len(unfiltered) * 0.75
    assert np.array_equal(rgb(image.data), colours(Screenshot(pixels)))
    assert image.reduced is not None


@pytest.mark.parametrize(
    ("format_", "quality", "name"),
    [
        ("png", None, "PNG"),
        ("palette", None, "palette PNG"),
        ("webp", None, "WebP"),
        ("webp", 100, "WebP at quality 100"),
        ("jpeg", 100, "JPEG at quality 100"),
    ],
)
def test_noise_that_no_png_holds_is_sent_as_jpeg_and_the_caller_is_told(
    format_: Format, quality: int | None, name: str
) -> None:
    picture = noise(300, 200)
    asked = encode(picture, format=format_, quality=quality)
    limit = 60_000
    image = encode(picture, format=format_, quality=quality, max_bytes=limit)
    assert opened(image.data).format == "JPEG"
    assert image.format == "jpeg"
    assert image.size == Size(300, 200)
    assert len(image.base64) <= limit
    assert image.reduced == (
        f"{name} of {asked.base64_bytes} bytes in base64 exceeds {limit}: "
        f"sent as JPEG at quality {image.quality}"
    )


def test_the_highest_quality_that_fits_is_taken() -> None:
    picture = noise(300, 200)
    limits = {q: encode(picture, format="jpeg", quality=q).base64_bytes for q in (85, 60)}
    for quality, limit in limits.items():
        assert encode(picture, max_bytes=limit).quality == quality
        assert (encode(picture, max_bytes=limit - 1).quality or 0) < quality


def test_a_jpeg_that_is_too_large_never_gets_a_higher_quality() -> None:
    picture = noise(300, 200)
    asked = encode(picture, format="jpeg", quality=60)
    image = encode(picture, format="jpeg", quality=60, max_bytes=asked.base64_bytes - 1)
    assert image.quality == 50


def test_a_real_limit_holds_for_a_picture_of_noise() -> None:
    limit = 5 * 1024 * 1024
    image = encode(noise(1600, 900), max_bytes=limit)
    assert image.format == "jpeg"
    assert len(image.base64) <= limit


def test_where_nothing_fits_the_values_and_the_remedy_are_said() -> None:
    with pytest.raises(UsageError, match=r"exceeds 1000, .* smaller than 300x200") as caught:
        encode(noise(300, 200), max_bytes=1000)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "gif"}, "unknown format 'gif'; known: png, palette, webp, jpeg"),
        ({"format": "png", "quality": 90}, "png has no quality, got 90"),
        ({"format": "jpeg", "quality": 0}, "from 1 to 100, got 0"),
        ({"format": "webp", "quality": 101}, "from 1 to 100, got 101"),
        ({"format": "webp", "quality": 90.5}, "from 1 to 100, got 90.5"),
        ({"format": "jpeg", "quality": True}, "from 1 to 100, got True"),
        ({"max_bytes": 0}, "at least 1, got 0"),
        ({"max_bytes": 1.5}, "at least 1, got 1.5"),
    ],
)
def test_arguments_without_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        encode(noise(3, 2), **options)


@pytest.mark.parametrize(("format_", "edge"), [("webp", 16384), ("jpeg", 65501)])
def test_a_size_that_the_format_cannot_hold_is_refused(format_: Format, edge: int) -> None:
    with pytest.raises(UsageError, match=f"{format_} holds {edge - 1} px a side, not {edge}x1"):
        encode(plain(edge, 1), format=format_)
    assert opened(encode(plain(edge - 1, 1), format=format_).data).size == (edge - 1, 1)


def test_a_png_too_large_for_a_limit_and_for_jpeg_is_refused_as_such() -> None:
    with pytest.raises(UsageError, match="ask for a size smaller than 70000x1"):
        encode(noise(70_000, 1), max_bytes=1000)


# The libraries that may be missing


def without(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real: Callable[[str], Any] = importlib.import_module

    def import_module(asked: str) -> Any:
        if asked.split(".", maxsplit=1)[0] == name:
            raise ImportError(name)
        return real(asked)

    monkeypatch.setattr(importlib, "import_module", import_module)
    for looked_up in (scale._libvips, png_module._deflate, _base64):
        looked_up.cache_clear()


@pytest.fixture
def look_up_again() -> Any:
    """Forget afterwards which libraries were missing."""
    yield
    for looked_up in (scale._libvips, png_module._deflate, _base64):
        looked_up.cache_clear()


@pytest.mark.parametrize("name", ["isal", "pybase64", "pyvips"])
def test_a_missing_library_changes_no_result(
    monkeypatch: pytest.MonkeyPatch, look_up_again: None, name: str
) -> None:
    picture, size = drawn(960, 540).screenshot, Size[object](728, 410)
    usual = encode(picture, size)
    without(monkeypatch, name)
    other = encode(picture, size)
    assert base64.b64decode(other.base64, validate=True) == other.data
    assert other.size == usual.size
    if name == "pyvips":  # the last bit of a colour may differ
        assert ssim(luma(rgb(other.data)), luma(rgb(usual.data))) >= 0.999
    else:
        assert np.array_equal(rgb(other.data), rgb(usual.data))


def test_without_isal_the_file_is_packed_by_zlib(
    monkeypatch: pytest.MonkeyPatch, look_up_again: None
) -> None:
    assert png_module._deflate().__name__ == "isal.isal_zlib"
    without(monkeypatch, "isal")
    assert png_module._deflate() is zlib


# At once, and for long


def test_twenty_threads_make_the_same_files_as_one() -> None:
    pictures = [drawn(1200, 700).screenshot, noise(300, 900), plain(500, 400)]
    size = Size[object](640, 360)
    alone = [encode(picture, size).data for picture in pictures]
    ready = threading.Barrier(20)

    def work(_: int) -> list[bytes]:
        ready.wait()
        return [encode(picture, size).data for picture in pictures]

    with ThreadPoolExecutor(20) as pool:
        for files in pool.map(work, range(20)):
            assert files == alone


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    encode(drawn(1920, 1080).screenshot)
    assert threading.active_count() == before


def test_the_last_screenshot_of_a_program_that_ends_is_still_packed() -> None:
    program = """
import atexit
import numpy as np
from trueclick.capture.encoding.png import png

pixels = np.zeros((700, 900, 4), np.uint8)
before = png(pixels)
atexit.register(lambda: print(png(pixels) == before))
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("True\n", "")


@pytest.mark.slow
def test_three_hundred_frames_leave_nothing_behind() -> None:
    frame = drawn(1920, 1080).screenshot.pixels

    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * 4096

    def step() -> None:
        # A new array each time, as a source that does not reuse its memory hands it out.
        assert encode(Screenshot(frame.copy()), Size[object](1456, 819)).base64

    for _ in range(30):
        step()
    before = resident()
    for _ in range(300):
        step()
    assert resident() - before < 20_000_000


# Choice


@pytest.mark.parametrize(
    ("link_mbit_s", "exact", "expected"),
    [
        (1000, False, "png"),
        (100, False, "png"),
        (99, False, "palette"),
        (5, False, "palette"),
        (1000, True, "png"),
        (5, True, "webp"),
    ],
)
def test_a_slow_link_takes_the_format_that_arrives_first(
    link_mbit_s: float, exact: bool, expected: Format
) -> None:
    assert format_for(link_mbit_s, exact=exact) == expected


def test_the_choice_agrees_with_the_measured_times() -> None:
    for link in (1, 10, 50, 99):
        chosen = MEASURED[format_for(link)].send_ms(link)
        assert all(chosen <= MEASURED[name].send_ms(link) for name in ("png", "palette", "webp"))


@pytest.mark.parametrize("link", [0, -1, float("nan")])
def test_a_link_without_speed_is_refused(link: float) -> None:
    with pytest.raises(UsageError, match="link_mbit_s > 0"):
        format_for(link)


# Legibility


@pytest.mark.slow
def test_ocr_finds_the_words_that_pillow_leaves() -> None:
    pytest.importorskip("rapidocr")
    from .legibility import words_read

    # As 2560x1440 at 1456x819, a quarter of it: text of 8 px.
    picture, size = drawn(1280, 720), Size[object](728, 410)
    source = Image.fromarray(np.ascontiguousarray(colours(picture.screenshot)))
    usual = words_read(source.resize((728, 410), Image.Resampling.LANCZOS))
    least = 0.98 * share_found(usual, picture.words)
    assert least > 0.9
    names: tuple[Format, ...] = ("png", "palette")
    for name in names:
        image = encode(picture.screenshot, size, format=name)
        assert share_found(words_read(image.data), picture.words) >= least


def test_an_encoded_image_is_a_value() -> None:
    first, second = encode(plain(5, 4)), encode(plain(5, 4))
    assert first == second
    assert first.base64 == second.base64
    assert first == EncodedImage(first.data, "png", Size(5, 4))
