"""A screenshot at another size: exactly that, nothing shifted, as good as slow arithmetic."""

import importlib
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueclick.capture.encoding import scale
from trueclick.capture.encoding.scale import scaled
from trueclick.capture.screenshot import Screenshot
from trueclick.geometry import Size

from .realistic import drawn, noise
from .reference import Floats, lanczos, luma, ssim

edges = st.integers(1, 90)


@pytest.fixture(params=["libvips", "Pillow"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With libvips, and as if it were missing."""
    if request.param == "Pillow":
        monkeypatch.setattr(scale, "_libvips", lambda: None)
    else:
        assert scale._libvips() is not None
    return str(request.param)


def _without_libvips(screenshot: Screenshot, size: Size[object]) -> Screenshot:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scale, "_libvips", lambda: None)
        return scaled(screenshot, size)


@settings(deadline=None)
@given(edges, edges, edges, edges)
def test_the_size_is_exactly_the_one_asked_for_by_libvips_and_by_pillow(
    width: int, height: int, new_width: int, new_height: int
) -> None:
    picture, size = noise(width, height), Size[object](new_width, new_height)
    with_libvips, with_pillow = scaled(picture, size), _without_libvips(picture, size)
    assert with_libvips.size == with_pillow.size == size
    assert with_libvips.pixels.shape == with_pillow.pixels.shape == (new_height, new_width, 4)


@pytest.mark.parametrize(
    ("source", "size"),
    [
        ((1, 1), (1456, 819)),
        ((1920, 1080), (1, 1)),
        ((1, 5000), (1, 1)),
        ((5000, 1), (7, 900)),
        ((8000, 2), (1000, 1)),
        ((1280, 720), (716, 403)),
        ((1366, 768), (1365, 767)),
        ((3841, 11), (1457, 3)),
        ((400, 225), (1456, 819)),
    ],
    ids=lambda size: f"{size[0]}x{size[1]}",
)
def test_extreme_sizes_come_out_exactly(
    backend: str, source: tuple[int, int], size: tuple[int, int]
) -> None:
    asked = Size[object](*size)
    assert scaled(noise(*source), asked).size == asked


def test_every_width_of_a_wide_screen_comes_out_exactly(backend: str) -> None:
    picture = noise(1920, 2)
    for width in range(1, 1921, 13):
        assert scaled(picture, Size[object](width, 1)).size == Size(width, 1)


PART = slice(100, 325), slice(20, 420)


@cache
def shrunk(width: int, height: int) -> Floats:
    """A text in floating point: once for both ways."""
    return luma(lanczos(drawn(960, 540).screenshot.pixels, width, height))


@cache
def enlarged() -> Floats:
    return luma(lanczos(drawn(960, 540).screenshot.pixels[PART], 1456, 819))


@pytest.mark.parametrize("size", [(728, 410), (364, 205), (500, 150), (150, 84)])
def test_scaled_text_is_as_good_as_in_floating_point(backend: str, size: tuple[int, int]) -> None:
    picture = drawn(960, 540).screenshot
    assert ssim(luma(scaled(picture, Size[object](*size)).pixels), shrunk(*size)) >= 0.995


def test_enlarged_text_is_as_good_as_in_floating_point(backend: str) -> None:
    picture = Screenshot(drawn(960, 540).screenshot.pixels[PART])
    assert ssim(luma(scaled(picture, Size[object](1456, 819)).pixels), enlarged()) >= 0.995


@settings(deadline=None)
@given(st.integers(16, 90), st.integers(16, 90), st.floats(0.13, 2.5), st.floats(0.13, 2.5))
def test_every_colour_is_near_that_of_floating_point(
    width: int, height: int, across: float, down: float
) -> None:
    # On average over the picture: a single pixel of noise may be clipped between the two passes.
    picture = noise(width, height)
    size = Size[object](max(1, round(width * across)), max(1, round(height * down)))
    exact = lanczos(picture.pixels, size.width, size.height).clip(0, 255)
    for result in (scaled(picture, size), _without_libvips(picture, size)):
        assert np.abs(result.pixels[..., :3] - exact).mean() < 4


@pytest.mark.parametrize("size", [(728, 410), (1456, 819), (1919, 1079), (2000, 1200), (300, 169)])
@pytest.mark.parametrize("axis", [0, 1], ids=["down", "across"])
def test_an_edge_stays_where_the_pixel_contract_puts_it(
    backend: str, size: tuple[int, int], axis: int
) -> None:
    # A half white picture has its edge at the half, whatever its size: how much white there is
    # around it tells where it is, to a fraction of a pixel.
    pixels = np.zeros((1080, 1920, 4), np.uint8)
    pixels[tuple([slice(None), slice(960, None)] if axis else [slice(540, None)])] = 255
    result = scaled(Screenshot(pixels), Size[object](*size)).pixels[..., :3] / 255
    length = size[0] if axis else size[1]
    start, stop = length // 2 - 8, length // 2 + 8
    edge = stop - result.mean(axis=(1 - axis, 2))[start:stop].sum()
    assert edge == pytest.approx(length / 2, abs=0.03)


def test_a_dot_keeps_its_centre(backend: str) -> None:
    pixels = np.zeros((1080, 1920, 4), np.uint8)
    pixels[300:304, 1500:1504] = 255
    result = scaled(Screenshot(pixels), Size[object](1456, 819)).pixels[..., 1].astype(float)
    rows, columns = np.indices(result.shape)
    # The centre of what is lit, where a pixel's own centre is at its half.
    across = ((columns + 0.5) * result).sum() / result.sum()
    down = ((rows + 0.5) * result).sum() / result.sum()
    assert across == pytest.approx(1502 * 1456 / 1920, abs=0.05)
    assert down == pytest.approx(302 * 819 / 1080, abs=0.05)


@pytest.mark.parametrize("size", [(600, 300), (1400, 900)], ids=["shrunk", "enlarged"])
def test_the_fourth_byte_changes_no_colour(backend: str, size: tuple[int, int]) -> None:
    random = drawn(960, 540).screenshot
    colours = scaled(random, Size[object](*size)).pixels[..., :3]
    for value in (0, 255):
        pixels = random.pixels.copy()
        pixels[..., 3] = value
        other = scaled(Screenshot(pixels), Size[object](*size)).pixels[..., :3]
        assert np.array_equal(colours, other)


def test_views_and_read_only_pixels_scale_like_copies_of_them(backend: str) -> None:
    whole = noise(400, 300).pixels
    view = whole[10:290:2, 300:100:-1]
    view.flags.writeable = False
    assert not view.flags.c_contiguous
    size = Size[object](90, 60)
    copied = scaled(Screenshot(np.ascontiguousarray(view)), size)
    assert np.array_equal(scaled(Screenshot(view), size).pixels, copied.pixels)


def test_the_result_outlives_its_source(backend: str) -> None:
    pixels = noise(400, 300).pixels.copy()
    result = scaled(Screenshot(pixels), Size[object](200, 150))
    before = result.pixels.copy()
    pixels[...] = 0
    assert np.array_equal(result.pixels, before)


def test_a_picture_that_has_the_size_is_not_copied(backend: str) -> None:
    picture = noise(40, 30)
    assert scaled(picture, Size[object](40, 30)) is picture


def test_libvips_and_pillow_make_the_same_picture() -> None:
    picture, size = drawn(1920, 1080).screenshot, Size[object](1456, 819)
    ours, other = scaled(picture, size), _without_libvips(picture, size)
    assert ssim(luma(ours.pixels), luma(other.pixels)) >= 0.999
    assert np.abs(ours.pixels[..., :3].astype(int) - other.pixels[..., :3]).mean() < 0.5


def test_libvips_remembers_no_frame() -> None:
    vips = scale._libvips()
    assert vips.cache_get_max() == 0


@pytest.mark.parametrize("error", [ImportError, OSError], ids=["no pyvips", "no libvips"])
def test_where_libvips_is_missing_pillow_scales(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    picture, size = noise(200, 100), Size[object](150, 70)
    expected = _without_libvips(picture, size)

    def import_module(name: str) -> object:
        raise error(name)

    scale._libvips.cache_clear()
    monkeypatch.setattr(importlib, "import_module", import_module)
    try:
        assert np.array_equal(scaled(picture, size).pixels, expected.pixels)
    finally:
        scale._libvips.cache_clear()
