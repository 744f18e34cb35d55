from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.pytest_plugin.artifacts import ArtifactFolder, safe_name


def test_a_plain_name_of_a_test_can_be_read() -> None:
    assert safe_name("tests/gui/test_a.py::TestB::test_c") == "tests-gui-test_a.py--TestB--test_c"


@pytest.mark.parametrize(
    "nodeid",
    [
        "test_a.py::test_b[../../etc/passwd]",
        "test_a.py::test_b[\x1b[31m]",
        "test_a.py::test_b[ü\ud800 日本]",
        "test_a.py::test_b[" + "x" * 5000 + "]",
        "../test_a.py::test_b",
        "::",
        "",
    ],
)
def test_any_name_of_a_test_is_that_of_one_folder(nodeid: str) -> None:
    name = safe_name(nodeid)
    assert name.isascii()
    assert name.isprintable()
    assert 0 < len(name) < 120
    assert not set(name) & set("/\\[]: ")
    assert name.strip(".") == name


@given(st.text(max_size=12), st.text(max_size=12))
def test_two_tests_never_have_one_folder(one: str, other: str) -> None:
    assert (safe_name(f"a.py::{one}") == safe_name(f"a.py::{other}")) == (one == other)


def test_files_that_differ_in_separators_alone_have_two_folders() -> None:
    ids = ["a-b.py::c", "a/b.py::c", "a--b.py::c", "a.py::b[c]", "a.py::b-c", "a.py::b::c"]
    assert len({safe_name(nodeid) for nodeid in ids}) == len(ids)


def test_what_an_earlier_run_left_is_gone_and_nothing_else(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    first = ArtifactFolder.claim(tmp_path / "artifacts", "a.py::b")
    (first.path / "deep").mkdir()
    (first.path / "deep" / "old.png").touch()
    (first.path / "link").symlink_to(tmp_path)
    first.finish(keep=True)
    second = ArtifactFolder.claim(tmp_path / "artifacts", "a.py::b")
    assert second.path == first.path
    assert list(second.path.iterdir()) == []
    second.finish(keep=False)
    assert kept.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_session_beside_this_one_has_a_folder_of_its_own(tmp_path: Path) -> None:
    ours = ArtifactFolder.claim(tmp_path, "a.py::b")
    (ours.path / "ours.png").touch()
    theirs = ArtifactFolder.claim(tmp_path, "a.py::b")
    assert theirs.path != ours.path
    theirs.finish(keep=False)
    assert (ours.path / "ours.png").exists()
    ours.finish(keep=True)
    assert ours.path.is_dir()


def test_an_empty_folder_is_not_kept(tmp_path: Path) -> None:
    folder = ArtifactFolder.claim(tmp_path / "artifacts", "a.py::b")
    folder.finish(keep=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error_and_no_endless_wait(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        ArtifactFolder.claim(tmp_path / "file", "a.py::b")
    (tmp_path / safe_name("a.py::b")).symlink_to(tmp_path / "nowhere")
    with pytest.raises(OSError, match="exists"):
        ArtifactFolder.claim(tmp_path, "a.py::b")
