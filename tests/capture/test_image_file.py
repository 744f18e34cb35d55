"""Pictures from files: read as a screen would show them, or refused in one line."""

import os
import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from trueclick.capture import image_file
from trueclick.capture.image_file import MAX_BYTES, read_image
from trueclick.geometry import Size, UsageError


def packed(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def colours(file: str | Path | bytes) -> NDArray[np.uint8]:
    """Red, green and blue of each pixel that was read."""
    return read_image(file).pixels[..., 2::-1]


def noise(width: int = 17, height: int = 13) -> Image.Image:
    return Image.fromarray(
        np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def png(width: int, height: int, bits: int, colour: int, rows: bytes, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = [chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


EXAMPLES = {
    "PNG": packed(noise(), "PNG"),
    "PNG, 16 bits": packed(Image.new("I;16", (9, 7), 40_000), "PNG"),
    "PNG, palette": packed(noise().convert("P"), "PNG", transparency=3),
    "PNG, animated": packed(noise(), "PNG", save_all=True, append_images=[noise().rotate(180)]),
    "PNG, turned": packed(noise(), "PNG", exif=exif(6)),
    "JPEG": packed(noise(), "JPEG"),
    "JPEG, progressive": packed(noise(), "JPEG", progressive=True),
    "JPEG, turned": packed(noise(), "JPEG", exif=exif(6)),
    "JPEG, CMYK": packed(noise().convert("CMYK"), "JPEG"),
    "GIF": packed(noise().convert("P"), "GIF"),
    "GIF, animated": packed(
        noise().convert("P"), "GIF", save_all=True, append_images=[noise().rotate(180).convert("P")]
    ),
    "WebP": packed(noise(), "WEBP"),
    "WebP, lossless": packed(noise().convert("RGBA"), "WEBP", lossless=True),
    "WebP, animated": packed(
        noise(), "WEBP", save_all=True, append_images=[noise().rotate(180)], lossless=True
    ),
}
each_example = pytest.mark.parametrize("example", EXAMPLES)


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP"])
def test_a_lossless_picture_is_read_exactly(form: str, tmp_path: Path) -> None:
    picture = noise().quantize(200).convert("RGB")
    options = {"lossless": True} if form == "WEBP" else {}
    file = tmp_path / "picture"
    file.write_bytes(packed(picture, form, **options))
    assert (colours(file) == np.asarray(picture)).all()
    assert (colours(str(file)) == colours(file.read_bytes())).all()


def test_a_jpeg_is_read_as_its_decoder_reads_it() -> None:
    file = EXAMPLES["JPEG"]
    assert (colours(file) == np.asarray(Image.open(BytesIO(file)))).all()


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    file = tmp_path / "picture.jpg"
    file.write_bytes(EXAMPLES["PNG"])
    assert (colours(file) == np.asarray(noise())).all()


def test_a_name_may_hold_any_characters(tmp_path: Path) -> None:
    for name in ("größer 漢字 😀.png", "two\nlines.png", os.fsdecode(b"no text \xff.png")):
        (tmp_path / name).write_bytes(EXAMPLES["PNG"])
        assert read_image(tmp_path / name).size == Size(17, 13)
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(UsageError) as caught:
            read_image(tmp_path / name)
        str(caught.value).encode()  # no lone surrogate is left that a terminal cannot show
        assert "\n" not in str(caught.value)


def test_an_animation_is_its_first_frame() -> None:
    assert (colours(EXAMPLES["GIF, animated"]) == colours(EXAMPLES["GIF"])).all()
    assert (colours(EXAMPLES["PNG, animated"]) == np.asarray(noise())).all()
    assert (colours(EXAMPLES["WebP, animated"]) == np.asarray(noise())).all()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(10))
def test_a_picture_is_turned_as_exif_says(orientation: int, form: str) -> None:
    # Three flat corners of 16x16 tell all eight ways to hold a picture apart.
    upright = np.zeros((48, 64, 3), np.uint8)
    upright[:16, :16, 0] = upright[:16, -16:, 1] = upright[-16:, :16, 2] = 255
    undo: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
        2: np.fliplr,
        3: lambda held: np.rot90(held, 2),
        4: np.flipud,
        5: lambda held: held.transpose(1, 0, 2),
        6: lambda held: np.rot90(held, 1),
        7: lambda held: np.rot90(held, 2).transpose(1, 0, 2),
        8: lambda held: np.rot90(held, -1),
    }
    held = undo[orientation](upright) if orientation in undo else upright
    stored = np.ascontiguousarray(held)
    options: dict[str, Any] = {"quality": 95, "subsampling": 0} if form == "JPEG" else {}
    if form == "WEBP":
        options = {"lossless": True}
    file = packed(Image.fromarray(stored), form, exif=exif(orientation), **options)
    assert abs(colours(file).astype(int) - upright).max() < 40


def test_damaged_exif_data_turn_nothing() -> None:
    whole = exif(6)
    damaged = [whole[:length] for length in range(6, len(whole) - 6)]
    for data in (*damaged, b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0junk"):
        file = packed(noise(), "PNG", exif=data)
        assert (colours(file) == np.asarray(noise())).all()


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_transparency_lies_on_white(form: str) -> None:
    picture = Image.new("RGBA", (3, 1))
    for x, alpha in enumerate((0, 102, 255)):
        picture.putpixel((x, 0), (200, 100, 0, alpha))
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    assert colours(packed(picture, form, **options)).tolist() == [
        [[255, 255, 255], [233, 193, 153], [200, 100, 0]]
    ]


def test_grey_with_transparency_lies_on_white() -> None:
    picture = Image.new("LA", (2, 1), (100, 0))
    picture.putpixel((1, 0), (100, 102))
    assert colours(packed(picture, "PNG"))[0, :, 2].tolist() == [255, 193]
    plain = packed(Image.new("L", (2, 1), 100), "PNG", transparency=100)
    assert colours(plain)[0, :, 2].tolist() == [255, 255]


@pytest.mark.parametrize("transparency", [1, bytes([255, 0, 255])])
def test_a_palettes_transparent_entry_becomes_white(transparency: int | bytes) -> None:
    picture = Image.new("P", (3, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    picture.putdata([0, 1, 2])
    assert colours(packed(picture, "PNG", transparency=transparency)).tolist() == [
        [[10, 20, 30], [255, 255, 255], [70, 80, 90]]
    ]


def test_a_gif_is_white_where_it_is_transparent() -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putdata([0, 1])
    assert colours(packed(picture, "GIF", transparency=0)).tolist() == [[[255] * 3, [40, 50, 60]]]


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_and_black_and_white_are_read(mode: str) -> None:
    picture = Image.new(mode, (2, 1), 255)
    picture.putpixel((0, 0), 0)
    assert colours(packed(picture, "PNG")).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_cmyk_comes_out_in_the_right_polarity() -> None:
    for ink, paint in (
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 255, 255, 0), (255, 0, 0)),
    ):
        file = packed(Image.new("CMYK", (16, 16), ink), "JPEG", quality=95)
        assert abs(colours(file).astype(int) - paint).max() <= 3


def test_ycck_comes_out_in_the_right_colour() -> None:
    # The stored bytes are the inks inverted; read as luma and chroma (76, 85, 255) they are red,
    # and an inverted picture's red is full cyan ink.
    stored = packed(Image.new("CMYK", (16, 16), (255 - 76, 255 - 85, 0, 0)), "JPEG", quality=100)
    at = stored.index(b"Adobe") + 11
    assert stored[at] == 0
    file = stored[:at] + b"\2" + stored[at + 1 :]
    assert abs(colours(file).astype(int) - (0, 255, 255)).max() <= 4


def swapped_profile(name: str) -> bytes:
    """A profile in which red means blue and blue means red."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    table, rest = profile[:400], profile[400:]
    table = table.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    assert "sRGB".encode("utf-16-be") in table + rest
    return (table + rest).replace("sRGB".encode("utf-16-be"), name.encode("utf-16-be"))


def test_a_profile_is_converted_to_srgb() -> None:
    profile = swapped_profile("swap")
    for form in ("PNG", "JPEG"):
        file = packed(Image.new("RGB", (16, 16), "red"), form, icc_profile=profile, quality=95)
        assert abs(colours(file).astype(int) - (0, 0, 255)).max() <= 6
    clear = Image.new("RGBA", (1, 1), (255, 0, 0, 0))
    assert colours(packed(clear, "PNG", icc_profile=profile)).tolist() == [[[255, 255, 255]]]


def test_a_picture_in_srgb_is_left_as_it_is() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (colours(packed(noise(), "PNG", icc_profile=srgb)) == np.asarray(noise())).all()


def test_a_profile_that_does_not_fit_is_ignored() -> None:
    grey = np.asarray(noise().convert("L"))
    for profile in (b"junk", swapped_profile("swap")[:300], swapped_profile("swap")):
        file = packed(noise().convert("L"), "PNG", icc_profile=profile)
        assert (colours(file)[..., 0] == grey).all()


def test_the_result_is_whole_and_read_only() -> None:
    shot = read_image(EXAMPLES["PNG, turned"])
    assert shot.pixels.shape == (17, 13, 4)
    assert shot.pixels.dtype == np.uint8
    assert not shot.pixels.flags.writeable


@each_example
def test_a_picture_cut_off_anywhere_is_refused_unless_all_its_pixels_are_there(
    example: str,
) -> None:
    file = EXAMPLES[example]
    whole = colours(file)
    refused = 0
    for length in range(len(file)):
        try:
            part = colours(file[:length])
        except UsageError as error:
            refused += 1
            assert re.search("damaged or cut off|no picture|empty", str(error))  # noqa: PT017
        else:
            assert (part == whole).all()
    assert refused > len(file) / 3


@each_example
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_picture_with_wrong_bytes_is_read_or_refused(example: str, data: st.DataObject) -> None:
    file = bytearray(EXAMPLES[example])
    places = st.integers(0, len(file) - 1)
    for at, value in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=12)).items():
        file[at] = value
    try:
        shot = read_image(bytes(file))
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert shot.pixels.shape == (shot.size.height, shot.size.width, 4)


@given(st.binary(max_size=200), st.sampled_from([b"", *(file[:30] for file in EXAMPLES.values())]))
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_bytes_that_are_no_picture_are_refused(junk: bytes, start: bytes) -> None:
    with pytest.raises(UsageError, match=r"damaged or cut off|no picture|empty|pixels|only JPEG"):
        read_image(start + junk)


@pytest.mark.parametrize("form", ["BMP", "TIFF", "ICO", "PDF", "JPEG2000"])
def test_another_format_is_refused_by_its_name(form: str) -> None:
    name = "JPEG 2000" if form == "JPEG2000" else form
    with pytest.raises(UsageError, match=f"is {name}, and only JPEG, PNG, GIF and WebP are read"):
        read_image(packed(noise(), form))


def test_other_formats_of_a_few_letters_are_told_apart() -> None:
    for start, name in (
        (b"\0\0\0\x20ftypavif", "AVIF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"<svg xmlns=", "SVG"),
        (b"8BPS\0\1", "PSD"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    ):
        with pytest.raises(UsageError, match=f"is {name}, and only"):
            read_image(start)


def test_a_decompression_bomb_is_refused_by_its_declared_size() -> None:
    with pytest.raises(UsageError, match=r"has 50000x50000 pixels, more than 64000000: scale it"):
        read_image(png(50_000, 50_000, 8, 2, bytes(100)))
    gif = EXAMPLES["GIF"]
    with pytest.raises(UsageError, match="has 65535x65535 pixels"):
        read_image(gif[:6] + b"\xff" * 4 + gif[10:])
    frame = gif.index(b",\0\0\0\0")
    for edge in (b"\xff\xff", struct.pack("<H", 10_000)):
        with pytest.raises(UsageError, match="more than 64000000"):
            read_image(gif[: frame + 5] + edge * 2 + gif[frame + 9 :])
    webp = EXAMPLES["WebP, animated"]
    with pytest.raises(UsageError, match="more than 64000000"):
        read_image(webp[:24] + b"\xff\x3f\0" * 2 + webp[30:])


def test_the_limit_itself_is_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "MAX_PIXELS", 120)
    assert read_image(packed(noise(12, 10), "PNG")).size == Size(12, 10)
    with pytest.raises(UsageError, match="has 11x11 pixels, more than 120"):
        read_image(packed(noise(11, 11), "PNG"))


def test_text_that_unpacks_to_a_gigabyte_is_not_unpacked() -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(10**7)) for _ in range(20)) + packer.flush()
    with pytest.raises(UsageError, match="damaged"):
        read_image(png(1, 1, 8, 0, b"\0\0", chunk(b"zTXt", b"a\0\0" + bomb)))


def test_a_jpeg_that_goes_over_its_pixels_for_ever_is_refused() -> None:
    file = EXAMPLES["JPEG, progressive"]
    last = file[file.rindex(b"\xff\xda") : -2]
    assert read_image(file[:-2] + last * 20 + file[-2:]).size == Size(17, 13)
    with pytest.raises(UsageError, match="damaged"):
        read_image(file[:-2] + last * 1000 + file[-2:])


def test_the_limit_of_pillow_is_neither_used_nor_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    for file in (EXAMPLES["PNG"], EXAMPLES["JPEG"], EXAMPLES["GIF"]):
        assert read_image(file).size == Size(17, 13)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path, reason in (
        (tmp_path / "nothing.png", "there is no file .*nothing.png': check the path"),
        (tmp_path, "is a folder: name a picture in it"),
        (pipe, "is not a file that holds a picture"),
        (Path("/dev/zero"), "'/dev/zero' is not a file that holds a picture"),
        (loop, "loop' cannot be read: "),
        (tmp_path / ("n" * 300), "cannot be read: File name too long"),
        (Path("null\0byte"), r"'null\\x00byte' is not the name of a file"),
        (Path("lone\ud800surrogate"), r"'lone\\ud800surrogate' is not the name of a file"),
        (Path("/proc/self/status"), "is empty"),
    ):
        with pytest.raises(UsageError, match=reason):
            read_image(path)


def test_an_empty_file_and_one_that_is_too_large_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.touch()
    with pytest.raises(UsageError, match=r"picture\.png' is empty: save the picture again"):
        read_image(file)
    with pytest.raises(UsageError, match="is empty"):
        read_image(b"")
    with file.open("wb") as sparse:
        sparse.truncate(MAX_BYTES + 1)
    with pytest.raises(UsageError, match=f"has {MAX_BYTES + 1} bytes, more than {MAX_BYTES}"):
        read_image(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(EXAMPLES["PNG"])
    file.chmod(0)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        read_image(file)


def test_no_file_stays_open(tmp_path: Path) -> None:
    whole, damaged = tmp_path / "whole.png", tmp_path / "damaged.png"
    whole.write_bytes(EXAMPLES["PNG"])
    damaged.write_bytes(EXAMPLES["PNG"][:100])
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        read_image(whole)
        with pytest.raises(UsageError):
            read_image(damaged)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
