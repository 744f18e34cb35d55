"""Where stored pictures lie, and when they are written."""

import stat
from pathlib import Path

import pytest

from trueclick.agent.qa import Baselines
from trueclick.capture import compared
from trueclick.geometry import Size, UsageError

from .drawn import page

SIZE = Size(1280, 800)


def test_each_platform_and_size_has_a_picture_of_its_own(tmp_path: Path) -> None:
    path = Baselines(tmp_path, platform="macos").path("after login", SIZE)
    assert path == tmp_path / "after login" / "macos-1280x800.png"


def test_a_picture_is_read_as_it_was_written_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    baselines = Baselines(tmp_path / "new", say=said.append)
    assert baselines.load("login", SIZE) is None
    path = baselines.write("login", SIZE, page())
    stored = baselines.load("login", SIZE)
    assert stored is not None
    assert not compared(page(), stored).boxes
    assert len(said) == 1
    assert str(path) in said[0]
    assert baselines.written == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    baselines.write("login", SIZE, page(down=3))
    assert said[1].startswith("baseline updated")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            " ",
            ".",
            "..",
            "../up",
            "a/b",
            "a\\b",
            "/etc/passwd",
            ".hidden",
            "-x",
            "a\n",
            "a\0b",
        ),
        *("con", "NUL.txt", "end ", "end.", "x" * 101, "字" * 90, "\udc80", "a:b", "a*"),
    ],
)
def test_a_name_that_would_do_harm_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="a baseline cannot be called"):
        Baselines(tmp_path).load(name, SIZE)


@pytest.mark.parametrize(
    "name", ["login", "Über uns", "form[0]".replace("[0]", "(0)"), "v1.2", "登录"]
)
def test_usual_names_will_do(tmp_path: Path, name: str) -> None:
    baselines = Baselines(tmp_path)
    baselines.write(name, SIZE, page())
    assert baselines.others(name) == (f"{baselines.path(name, SIZE).stem}",)


def test_missing_ones_are_not_written_in_ci_unless_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert Baselines(tmp_path).write_new
    monkeypatch.setenv("CI", "true")
    assert not Baselines(tmp_path).write_new
    assert Baselines(tmp_path, update=True).write_new
    assert Baselines(tmp_path, write_new=True).write_new
    monkeypatch.setenv("CI", "false")
    assert Baselines(tmp_path).write_new


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "login").write_text("a file")
    with pytest.raises(UsageError, match="cannot be written"):
        Baselines(tmp_path).write("login", SIZE, page())


def test_names_that_are_written_alike_are_found(tmp_path: Path) -> None:
    baselines = Baselines(tmp_path)
    baselines.write("login", SIZE, page())
    assert baselines.near("logn") == ("login",)
    assert Baselines(tmp_path / "none").near("x") == ()
