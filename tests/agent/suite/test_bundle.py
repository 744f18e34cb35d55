"""Folders on their way to other machines and back."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from trueclick.agent.suite import bundle
from trueclick.agent.suite.bundle import BundleError, packed, packed_suite, unpack


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_a_suite_is_sent_without_hidden_files_caches_links_and_results(tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    for name in ("suite.toml", "sub/form.py", ".git/x", "__pycache__/y", "out/z", ".key"):
        (suite / name).parent.mkdir(parents=True, exist_ok=True)
        (suite / name).write_text(name)
    (suite / "sub" / "form.py").chmod(0o755)
    (suite / "link").symlink_to("/etc/passwd")
    (suite / "etc").symlink_to("/etc")
    os.mkfifo(suite / "pipe")
    unpack(packed_suite(suite, without=suite / "out"), tmp_path / "there")
    assert contents(tmp_path / "there") == {
        "suite.toml": b"suite.toml",
        "sub/form.py": b"sub/form.py",
    }
    assert os.access(tmp_path / "there" / "sub" / "form.py", os.X_OK)


def test_a_suite_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "film").write_bytes(bytes(1000))
    monkeypatch.setattr(bundle, "LARGEST", 999)
    with pytest.raises(BundleError, match="too large to be sent"):
        packed_suite(tmp_path, without=tmp_path / "out")


def test_of_a_tasks_files_the_small_ones_come_back_and_the_rest_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "film").write_bytes(bytes(1000))
    (folder / "report.html").write_bytes(b"report")
    monkeypatch.setattr(bundle, "LARGEST", 999)
    content, left = packed(folder)
    assert left == ("film",)
    unpack(content, tmp_path / "back")
    assert contents(tmp_path / "back") == {"report.html": b"report"}


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out", "."])
def test_nothing_leaves_its_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        unpack(zipped(**{name: b"x"}), tmp_path / "in")
    assert not (tmp_path / "out").exists()


def test_what_is_larger_than_it_may_be_or_damaged_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = zipped(a=bytes(5000))
    for content in (b"", b"no zip", whole[:-30]):
        with pytest.raises(BundleError):
            unpack(content, tmp_path / "in")
    monkeypatch.setattr(bundle, "LARGEST", 4999)
    with pytest.raises(BundleError, match="larger"):
        unpack(whole, tmp_path / "in")
