"""What scaling and packing take, and what each format leaves legible. Run by `make bench`.

On the page that `tests/capture/realistic.py` describes, as Chromium draws it where there is one.
Medians, all ways in turns in one process: on a busy machine the ratios mean more than the times.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.benchmarks.timing import medians_s
from tests.capture.legibility import words_read
from tests.capture.realistic import Picture, drawn, rendered, share_found
from tests.capture.reference import lanczos, luma, ssim
from trueclick.capture.encoding.encode import EncodedImage, encode
from trueclick.capture.encoding.formats import Format
from trueclick.capture.encoding.png import png
from trueclick.capture.encoding.scale import scaled
from trueclick.capture.screenshot import Screenshot
from trueclick.geometry import HIGH_RESOLUTION, STANDARD, Image, Model, Size, fit

SCREENS = [(1920, 1080, 1.0), (2560, 1440, 1.25), (3840, 2160, 1.5), (7680, 4320, 3.0)]
"""Width, height, and how much larger than usual people have it shown."""

FORMATS: list[tuple[Format, int | None]] = [
    ("png", None),
    ("palette", None),
    ("webp", None),
    ("webp", 90),
    ("webp", 75),
    ("jpeg", 90),
    ("jpeg", 75),
    ("jpeg", 50),
]


def desktop(width: int, height: int, scale: float) -> Picture:
    return rendered(width, height, scale) or drawn(width, height, scale)


def with_pillow(screenshot: Screenshot, size: Size[Model]) -> Pillow.Image:
    source = screenshot.size
    picture = Pillow.frombuffer(
        "RGB", (source.width, source.height), screenshot.pixels, "raw", "BGRX", 0, 1
    )
    return picture.resize((size.width, size.height), Pillow.Resampling.LANCZOS)


def usual_png(screenshot: Screenshot, size: Size[Model]) -> bytes:
    packed = BytesIO()
    with_pillow(screenshot, size).save(packed, "PNG")
    return packed.getvalue()


def in_base64(image: EncodedImage) -> str:
    return replace(image).base64  # the copy has not made it yet


def all_three(screenshot: Screenshot, size: Size[Model]) -> str:
    return encode(screenshot, size).base64


@pytest.mark.parametrize(("width", "height", "scale"), SCREENS)
def test_the_parts_of_encoding(width: int, height: int, scale: float) -> None:
    picture = desktop(width, height, scale).screenshot
    for limits in (STANDARD, HIGH_RESOLUTION):
        size = fit(Size[Image](width, height), limits)
        small = scaled(picture, size)
        file = encode(picture, size)
        times = medians_s(
            {
                "scale": partial(scaled, picture, size),
                "PNG": partial(png, small.pixels),
                "base64": partial(in_base64, file),
                "all three": partial(all_three, picture, size),
                "Pillow's Lanczos": partial(with_pillow, picture, size),
                "Pillow's Lanczos and PNG": partial(usual_png, picture, size),
            },
            9,
        )
        print(f"\n{width}x{height} to {size}, {len(file.data) // 1000} kB")
        ours = times["all three"]
        for name, time_s in times.items():
            beside = f"{time_s / ours:7.1f} times" if name.startswith("Pillow") else ""
            print(f"  {name:<26} {time_s * 1e3:8.2f} ms {beside}")


@pytest.mark.parametrize(("width", "height", "scale"), SCREENS)
def test_how_near_scaling_comes_to_floating_point(width: int, height: int, scale: float) -> None:
    picture = desktop(width, height, scale).screenshot
    for limits in (STANDARD, HIGH_RESOLUTION):
        size = fit(Size[Image](width, height), limits)
        exact = luma(lanczos(picture.pixels, size.width, size.height))
        ours = ssim(luma(scaled(picture, size).pixels), exact)
        theirs = ssim(luma(np.asarray(with_pillow(picture, size))[..., ::-1]), exact)
        print(f"\n{width}x{height} to {size}: SSIM {ours:.5f}, Pillow's {theirs:.5f}")
        assert ours >= 0.995


def test_what_each_format_takes() -> None:
    picture = desktop(1920, 1080, 1.0).screenshot
    small = scaled(picture, Size[Model](1456, 819))
    times = medians_s(
        {
            f"{name} {quality or ''}": partial(encode, small, format=name, quality=quality)
            for name, quality in FORMATS
        },
        9,
    )
    print("\n1456x819, packing alone")
    for (name, quality), time_s in zip(FORMATS, times.values(), strict=True):
        size = len(encode(small, format=name, quality=quality).data)
        print(f"  {name:<8} {quality or '':<4} {time_s * 1e3:8.2f} ms {size / 1000:7.0f} kB")


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(960, 540, 1.0), (1280, 720, 1.0), (1280, 720, 0.75)],
    ids=["letters of 11 px", "letters of 8 px", "letters of 6 px"],
)
def test_the_words_that_each_format_leaves(width: int, height: int, scale: float) -> None:
    # A quarter of 1456x819: what is read does not depend on how much there is of it.
    size = Size[Model](728, 410)
    picture = desktop(width, height, scale)
    usual = share_found(words_read(with_pillow(picture.screenshot, size)), picture.words)
    print(f"\n{width}x{height} at {scale} to {size}, {len(picture.words)} words")
    print(f"  {'Pillow, no file':<16} {usual:.3f}")
    for name, quality in FORMATS:
        image = encode(picture.screenshot, size, format=name, quality=quality)
        found = share_found(words_read(image.data), picture.words)
        print(f"  {name:<8} {quality or '':<7} {found:.3f}  {found / usual:.3f} of Pillow's")
