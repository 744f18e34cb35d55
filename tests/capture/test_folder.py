"""A folder of pictures in the place of a display."""

import threading
from pathlib import Path

import pytest
from PIL import Image

from trueclick.capture.errors import CaptureError, DisplayChanged
from trueclick.capture.folder import FolderSource
from trueclick.geometry import Box, Point, Size, UsageError


def fill(folder: Path, *names: str, size: tuple[int, int] = (8, 6)) -> Path:
    """Pictures under these names; the first is grey 1, the second grey 2 and so on."""
    for grey, name in enumerate(names, start=1):
        Image.new("L", size, grey).save(folder / name, "PNG")
    return folder


def greys(source: FolderSource, count: int) -> list[int]:
    return [int(source.grab().pixels[0, 0, 0]) for _ in range(count)]


def test_pictures_come_in_the_order_people_count_in(tmp_path: Path) -> None:
    names = ("shot.png", "Shot1.PNG", "shot02.png", "shot2.png", "shot2b.jpg", "shot10.png")
    fill(tmp_path, *names, "é.webp")
    with FolderSource(tmp_path) as source:
        assert greys(source, 7) == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_no_picture_is_passed_over(tmp_path: Path) -> None:
    fill(tmp_path, "b.png", ".a.png", "notes.txt", "picture")
    (tmp_path / "a.png").mkdir()
    with FolderSource(str(tmp_path), at_end="repeat") as source:
        assert greys(source, 2) == [1, 1]


@pytest.mark.parametrize(
    ("at_end", "seen"), [("stay", [1, 2, 2, 2, 2]), ("repeat", [1, 2, 1, 2, 1])]
)
def test_after_the_last_picture_it_stays_or_starts_again(
    at_end: str, seen: list[int], tmp_path: Path
) -> None:
    with FolderSource(fill(tmp_path, "1.png", "2.png"), at_end=at_end) as source:  # type: ignore[arg-type]
        assert greys(source, 5) == seen


def test_after_the_last_picture_it_can_stop(tmp_path: Path) -> None:
    with FolderSource(fill(tmp_path, "1.png", "2.png"), at_end="stop") as source:
        assert greys(source, 2) == [1, 2]
        for _ in range(2):
            with pytest.raises(CaptureError, match="has no picture after its 2: add the missing"):
                source.grab()


def test_another_way_to_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='"stay", "repeat" or "stop", not \'loop\''):
        FolderSource(fill(tmp_path, "1.png"), at_end="loop")  # type: ignore[arg-type]


def test_the_display_has_the_size_of_the_first_picture(tmp_path: Path) -> None:
    with FolderSource(fill(tmp_path, "1.png"), origin=Point(-100, 20)) as source:
        assert source.display.box == Box(-100, 20, -92, 26)
        assert source.image_size == Size(8, 6)
        assert source.grab().size == Size(8, 6)
        assert source.touched() is None


def test_a_part_is_cut_out_of_the_next_picture(tmp_path: Path) -> None:
    picture = Image.new("RGB", (8, 6))
    picture.putpixel((3, 2), (255, 128, 0))
    fill(tmp_path, "1.png")
    picture.save(tmp_path / "2.png")
    with FolderSource(tmp_path) as source:
        assert source.grab(Box(0, 0, 1, 1)).pixels[0, 0, 0] == 1
        part = source.grab(Box(3, 2, 8, 3))
        assert part.size == Size(5, 1)
        assert part.pixels[0, :2, :3].tolist() == [[0, 128, 255], [0, 0, 0]]


def test_a_part_outside_is_refused_and_uses_no_picture_up(tmp_path: Path) -> None:
    with FolderSource(fill(tmp_path, "1.png", "2.png")) as source:
        for box in (Box(0, 0, 9, 6), Box(0, 0, 8, 7), Box(-1, 0, 3, 3), Box(0, -1, 3, 3)):
            with pytest.raises(UsageError, match="is not inside the 8x6 display"):
                source.grab(box)
        assert greys(source, 1) == [1]


def test_a_picture_of_another_size_is_a_display_that_changed(tmp_path: Path) -> None:
    fill(tmp_path, "1.png")
    fill(tmp_path, "2.png", size=(9, 6))
    with FolderSource(tmp_path, origin=Point(5, 5)) as source:
        source.grab()
        source.check()
        for ask in (source.grab, source.grab, source.check):
            with pytest.raises(DisplayChanged) as caught:
                ask()
            assert caught.value.before == Box(5, 5, 13, 11)
            assert caught.value.now == Box(5, 5, 14, 11)


def test_a_file_is_read_when_its_turn_comes(tmp_path: Path) -> None:
    fill(tmp_path, "1.png")
    (tmp_path / "2.png").write_bytes(b"not yet")
    with FolderSource(tmp_path) as source:
        source.grab()
        with pytest.raises(UsageError, match=r"2\.png' is no picture"):
            source.grab()
        Image.new("L", (8, 6), 77).save(tmp_path / "2.png")
        assert greys(source, 1) == [77]
        (tmp_path / "2.png").unlink()  # it stays without being read again
        assert greys(source, 1) == [77]


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    for folder, reason in (
        (tmp_path, r"holds no picture: none of its files ends in \.gif, \.jpeg, \.jpg, \.png, "),
        (tmp_path / "missing", "there is no folder .*missing': check the path"),
        (tmp_path / "notes.txt", r"notes\.txt' is not a folder: name the one"),
        (tmp_path / ("n" * 300), "cannot be read: File name too long"),
        (Path("null\0byte"), r"'null\\x00byte' is not the name of a folder"),
        (tmp_path / "two\nlines", r"two\\nlines': check the path"),
    ):
        with pytest.raises(UsageError, match=reason):
            FolderSource(folder)


def test_threads_share_the_pictures_out_among_them(tmp_path: Path) -> None:
    count = 40
    fill(tmp_path, *(f"{number}.png" for number in range(count)))
    seen: list[int] = []
    with FolderSource(tmp_path, at_end="stop") as source:
        threads = [
            threading.Thread(target=lambda: seen.extend(greys(source, count // 4)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(seen) == list(range(1, count + 1))


def test_a_closed_source_is_refused(tmp_path: Path) -> None:
    source = FolderSource(fill(tmp_path, "1.png"))
    source.close()
    source.close()
    for ask in (source.grab, source.check):
        with pytest.raises(UsageError, match="was closed: open it anew"):
            ask()


def test_a_link_to_a_picture_is_a_picture_and_a_broken_one_is_none(tmp_path: Path) -> None:
    fill(tmp_path, "real")
    (tmp_path / "1.png").symlink_to(tmp_path / "real")
    (tmp_path / "2.png").symlink_to(tmp_path / "missing")
    with FolderSource(tmp_path, at_end="stop") as source:
        assert greys(source, 1) == [1]
        with pytest.raises(CaptureError, match="after its 1"):
            source.grab()
