"""A file is there whole, or as it was before."""

from __future__ import annotations

from pathlib import Path

import pytest

from trueclick.agent.whole_file import users_file, whole_file
from trueclick.geometry import UsageError


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with whole_file(path) as file:
        file.write(b"new")
        assert not path.exists()
        assert Path(file.name).suffix == ".html"
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_replaced_leaves_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(b"old")
    path.chmod(0o754)
    with users_file(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o754


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_breaks_off_leaves_all_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"old")

    def break_off() -> None:
        with users_file(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        break_off()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_that_anybody_may_have_made_is_not_followed(tmp_path: Path) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    other.write_bytes(b"mine")
    link.symlink_to(other)
    with pytest.raises(UsageError, match="is no plain file"), users_file(link):
        pass
    with whole_file(link) as file:
        file.write(b"new")
    assert other.read_bytes() == b"mine"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is no plain file"),
        ("a\0b", "is not the name of a file"),
        ("missing/file", "cannot be written: No such file"),
        ("n" * 300, "cannot be written: File name too long"),
    ],
)
def test_a_name_that_cannot_be_written_is_told(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why), users_file(tmp_path / name):
        pass
