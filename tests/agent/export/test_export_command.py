"""`trueclick export`: what it makes, and one clear line for every mistake."""

from __future__ import annotations

import ast
import json
import os
import stat
from pathlib import Path

import pytest

from trueclick.agent.cli import main

from ..trace.told import image_block, result, text, user
from .runs import screen, started, story, turn


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that looked and clicked."""
    told = [
        *turn(1, "I look.", ("screenshot", {})),
        user(result("call1_0", image_block(screen())), text("seen \u202e \x9b")),
        *turn(2, "I click.", ("left_click", {"coordinate": [5, 5]})),
    ]
    folder = tmp_path_factory.mktemp("export") / "run"
    story(folder, told, start=started(setup={"app": ["form", "--new"]}))
    return folder


@pytest.mark.parametrize("suffix", [".py", ".gif", ".json"])
def test_what_is_made_follows_from_how_the_file_ends(
    trace: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"made{suffix}"
    path.write_text("old", encoding="utf-8")
    assert main(["export", str(trace), "-o", str(path)]) == 0
    size = path.stat().st_size
    told = f"{size} bytes" if size < 1000 else f"{size / 1000:.0f} kB"
    kind = {".py": "script", ".gif": "gif", ".json": "messages"}[suffix]
    assert capsys.readouterr().out == f"{kind}: {path} ({told})\n"
    assert path.read_bytes()[:3] in (b'"""', b"GIF", b"{\n ")
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name]


def test_a_program_starts_what_the_run_worked_on_or_what_is_said(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(trace), "-o", "-", "--kind", "script"]
    assert main(command) == 0
    assert 'APPLICATION = ["form", "--new"]' in capsys.readouterr().out
    assert main([*command, "--app", "other 'a b'"]) == 0
    assert 'APPLICATION = ["other", "a b"]' in capsys.readouterr().out
    assert main([*command, "--app", ""]) == 0
    out = capsys.readouterr().out
    assert "APPLICATION" not in out
    ast.parse(out)


def test_a_request_can_be_told_without_its_pictures(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(trace), "-o", "-", "--kind", "messages", "--turn", "2"]
    assert main(command) == 0
    whole = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in whole)
    content = json.loads(whole)["messages"][1]["content"]
    assert content[0]["content"][0]["source"]["data"] == screen().base64
    assert content[1]["text"] == "seen \u202e \x9b"
    assert main([*command, "--without-pictures"]) == 0
    told = json.loads(capsys.readouterr().out)["messages"][1]["content"][0]["content"][0]
    assert set(told["source"]) == {"type", "media_type", "bytes", "sha256"}
    assert told["source"]["bytes"] == len(screen().data)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-o", "film.avi"], "what is to be made for 'film.avi': say --kind"),
        (["-o", "-"], "what is to be made for standard output: say --kind"),
        (["-o", "-", "--kind", "gif"], "a gif is written to a file"),
        (["-o", "a.py", "--turn", "1"], "--turn is for messages alone, and script is to be made"),
        (["-o", "a.json", "--width", "9"], "--width is for gif and mp4 alone"),
        (["-o", "a.gif", "--app", "x"], "--app is for script alone"),
        (["-o", "a.gif", "--width", "9"], "the width is from 160 to 3840 pixels, got 9"),
        (["-o", "a.json", "--turn", "9"], "there is no turn 9"),
        (["-o", "a.py", "--app", "a 'b"], "cannot be split into words"),
        (["-o", "none/a.py"], "cannot be written: No such file or directory"),
        (["-o", "file/a.py"], "cannot be written: Not a directory"),
        (["-o", "dir.py"], "'dir.py' is there and is no plain file"),
        (["-o", "pipe.py"], "'pipe.py' is there and is no plain file"),
        (["-o", "link.py"], "'link.py' is there and is no plain file"),
        (["-o", f"{'a' * 300}.py"], "File name too long"),
        (["-o", "a\0.py"], "is not the name of a file"),
        (["-o", "", "--kind", "script"], "'.' is there and is no plain file"),
        ([], "the following arguments are required: -o/--output"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    trace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    why: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("dir.py").mkdir()
    os.mkfifo("pipe.py")
    Path("link.py").symlink_to("elsewhere")
    before = sorted(Path().iterdir())
    try:
        status = main(["export", str(trace), *words])
    except SystemExit as left:
        status = left.code  # type: ignore[assignment]
    assert status == 2
    out, err = capsys.readouterr()
    assert why in err
    assert (out, err.count("\n")) == ("", 1)
    assert sorted(Path().iterdir()) == before


def test_a_folder_without_a_trace_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tmp_path), "-o", str(tmp_path / "a.py")]) == 2
    assert "there is no trace in" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".py", ".mp4"])
def test_a_full_disk_is_told_and_the_old_file_stays(
    trace: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    path = tmp_path / f"made{suffix}"
    path.write_text("old", encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))
    try:
        status = main(["export", str(trace), "-o", str(path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert status == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "File too large" in err or "ffmpeg" in err
    assert path.read_text(encoding="utf-8") == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name]


def test_a_file_is_private_and_keeps_its_permissions_when_it_is_replaced(
    trace: Path, tmp_path: Path
) -> None:
    path = tmp_path / "made.py"
    for mode in (0o600, 0o644):
        assert main(["export", str(trace), "-o", str(path)]) == 0
        assert stat.S_IMODE(path.stat().st_mode) == mode
        path.chmod(0o644)
