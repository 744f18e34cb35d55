"""Pictures are named as people name them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from trueclick.agent.vision import sources_of
from trueclick.capture import Screenshot
from trueclick.geometry import UsageError

from .models import saved


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shots" / "old").mkdir(parents=True)
    for name in ("s10.png", "s2.png", "S1.JPG", ".s3.png", "notes.txt", "old/s0.webp"):
        (tmp_path / "shots" / name).write_bytes(b"")
    return tmp_path


def names(*words: str) -> list[str]:
    return [source.name for source in sources_of(words)]


def test_a_folder_gives_its_pictures_as_people_count(folder: Path) -> None:
    assert names("shots") == ["shots/S1.JPG", "shots/s2.png", "shots/s10.png"]


def test_a_pattern_gives_pictures_alone_and_looks_deeper_if_asked(folder: Path) -> None:
    assert names("shots/s*") == ["shots/s2.png", "shots/s10.png"]
    assert names("shots/**/*") == [
        *("shots/S1.JPG", "shots/s2.png", "shots/s10.png"),
        "shots/old/s0.webp",
    ]
    assert names(str(folder / "shots" / "s2.*")) == [str(folder / "shots" / "s2.png")]


def test_folders_of_a_pattern_are_counted_too(folder: Path) -> None:
    for number in (10, 9):
        (folder / f"run{number}").mkdir()
        (folder / f"run{number}" / "a.png").write_bytes(b"")
    assert names("run*/*") == ["run9/a.png", "run10/a.png"]


def test_a_file_that_is_called_like_a_pattern_is_a_file(folder: Path) -> None:
    (folder / "a[1].png").write_bytes(b"")
    assert names("a[1].png") == ["a[1].png"]


def test_addresses_and_ids_stay_as_they_are(folder: Path) -> None:
    (url, id_) = sources_of(["https://a.b/c.png?key=1", "file_abc"])
    assert (url.name, url.image) == ("https://a.b/c.png", "https://a.b/c.png?key=1")
    assert (id_.name, id_.image) == ("file_abc", "file_abc")


@pytest.mark.parametrize("word", ["-", "/dev/stdin"])
def test_standard_input_holds_a_picture(tmp_path: Path, word: str) -> None:
    read: Callable[[], bytes] = saved(tmp_path / "a.png").read_bytes
    (source,) = sources_of([word], read)
    assert source.name == "standard input"
    assert isinstance(source.image, Screenshot)
    assert source.image.size.width == 640


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("shots/old/none*", "matches no picture"),
        ("shots/*.txt", "matches no picture"),
        ("[", "matches no picture"),
        ("empty", "holds no picture: none of its files ends in .gif"),
    ],
)
def test_what_names_nothing_is_refused(folder: Path, word: str, told: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match=told):
        sources_of([word])


@pytest.mark.parametrize("word", ["a\0b.png", "", "\udcff", "x" * 5000, "nothing.png"])
def test_a_file_is_not_looked_for_until_it_is_read(word: str) -> None:
    assert names(word) == [str(Path(word))]
