"""What is kept between runs: whole or as it was, whoever writes, and nothing but its own."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from trueclick.agent.qa import kept as kept_module
from trueclick.agent.qa.kept import Kept, RecordingError, named
from trueclick.geometry import UsageError

from .agents import files, until

ROUNDS = 10


def picture(text: str) -> tuple[str, bytes]:
    """Bytes that stand for a picture, and their name."""
    data = text.encode()
    return f"{hashlib.sha256(data).hexdigest()}.png", data


def filled(kept: Kept, *texts: str) -> bytes:
    """Keep some pictures; the content of the main file."""
    pictures = dict(map(picture, texts))
    content = "".join(f'"{name}"\n' for name in pictures).encode()
    kept.keep(content, pictures)
    return content


def whole(folder: Path) -> bool:
    """Whether a copy has every picture that its main file names, as it should be."""
    return all(
        hashlib.sha256((folder / "images" / name).read_bytes()).hexdigest() == name[:64]
        for name in named((folder / "main").read_bytes())
    )


def test_what_was_kept_is_replaced_with_its_pictures(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "test" / "01-a", "main")
    assert not kept.copied(tmp_path / "none")
    filled(kept, "one", "two")
    content = filled(kept, "two", "three")
    assert sorted(files(kept.folder)) == sorted(
        ["main", *(f"images/{picture(text)[0]}" for text in ("two", "three"))]
    )
    assert kept.copied(tmp_path / "copy")
    assert files(tmp_path / "copy") == files(kept.folder)
    assert (kept.folder / "main").read_bytes() == content
    assert os.listdir(tmp_path / "test") == ["01-a"]  # no lock, no part  # noqa: PTH208


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_cannot_be_written_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, error: BaseException
) -> None:
    kept = Kept(tmp_path / "test" / "01-a", "main")
    if there:
        filled(kept, "one", "two")
    before = files(tmp_path)

    def fails(path: Path) -> None:
        raise error

    monkeypatch.setattr(kept_module, "whole_file", fails)
    with pytest.raises((RecordingError, KeyboardInterrupt)) as raised:
        filled(kept, "two", "three")
    assert files(tmp_path) == before
    assert kept.folder.exists() == there
    if isinstance(raised.value, RecordingError):
        assert "No space left on device; it is as it was" in str(raised.value)


def written(folder: Path, who: int) -> None:
    """Keep one state after the other."""
    for number in range(ROUNDS):
        filled(Kept(folder, "main"), "one", f"{who}-{number}")


def written_by_a_process(folder: Path, who: int) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from tests.agent.qa.test_recordings_kept import written; "
        "written(Path(sys.argv[1]), int(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, str(folder), str(who)], check=True)


@pytest.mark.parametrize(
    "write", [written, pytest.param(written_by_a_process, marks=pytest.mark.slow)]
)
def test_many_that_write_and_read_at_once_see_each_state_whole(
    tmp_path: Path, write: Callable[[Path, int], None]
) -> None:
    folder = tmp_path / "test" / "01-a"
    filled(Kept(folder, "main"), "one", "0")

    def read(who: int) -> None:
        for turn in range(ROUNDS):
            copy = tmp_path / f"{who}-{turn}"
            assert Kept(folder, "main").copied(copy)
            assert whole(copy)

    with ThreadPoolExecutor(4) as pool:
        for end in [
            *(pool.submit(write, folder, n) for n in range(2)),
            *(pool.submit(read, n) for n in range(2)),
        ]:
            end.result()
    assert whole(folder)
    assert len(files(folder)) == 3


def has_changed(path: Path, before: bytes) -> bool:
    return path.read_bytes() != before


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_what_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "test" / "01-a"
    filled(Kept(folder, "main"), "one", "0")
    code = (
        "import sys, itertools; from pathlib import Path; "
        "from tests.agent.qa.test_recordings_kept import filled, Kept\n"
        "print(flush=True)\n"
        "for number in itertools.count(): "
        "filled(Kept(Path(sys.argv[1]), 'main'), *(f'{number}-{n}' for n in range(20)))"
    )
    for turn in range(6):
        writer = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        before = (folder / "main").read_bytes()
        until(partial(has_changed, folder / "main", before))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        copy = tmp_path / str(turn)
        assert Kept(folder, "main").copied(copy)
        assert whole(copy)
    filled(Kept(folder, "main"), "last")
    assert len(files(folder)) == 2


@pytest.mark.parametrize("link", ["test", "test/01-a", "test/01-a/images"])
def test_a_link_leads_nowhere(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = tmp_path / link
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(elsewhere)
    kept = Kept(tmp_path / "test" / "01-a", "main")
    acts: list[Callable[[], object]] = [
        partial(filled, kept, "one"),
        partial(kept.copied, tmp_path / "copy"),
        kept.require_room,
        kept.remove,
    ]
    for act in acts:
        with pytest.raises(RecordingError, match="is a link"):
            act()
    assert not files(elsewhere)


def test_a_main_file_that_is_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "test" / "01-a", "main")
    kept.folder.mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (kept.folder / "main").symlink_to(tmp_path / "secret")
    with pytest.raises(RecordingError, match="cannot be read"):
        kept.copied(tmp_path / "copy")
    (kept.folder / "main").unlink()
    os.mkfifo(kept.folder / "main")
    with pytest.raises(RecordingError, match="no plain file"):
        kept.copied(tmp_path / "other")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir(mode=0o500)
    with pytest.raises(UsageError, match="it cannot be written"):
        Kept(tmp_path / "test" / "01-a", "main").require_room()


def test_a_file_in_the_place_of_a_folder_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "test").write_text("")
    with pytest.raises(UsageError, match="nothing can be recorded in"):
        Kept(tmp_path / "test" / "01-a", "main").require_room()


def test_nothing_is_removed_that_is_not_its_own(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "test" / "01-a", "main")
    filled(kept, "one")
    (kept.folder / "notes.txt").write_text("mine")
    (kept.folder / "images" / "mine.png").write_text("mine")
    filled(kept, "two")
    kept.remove()
    assert sorted(files(kept.folder)) == ["images/mine.png", "notes.txt"]


def test_a_folder_that_somebody_keeps_locked_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(kept_module, "_WAIT_S", 0.05)
    kept = Kept(tmp_path / "test" / "01-a", "main")
    filled(kept, "one")
    holder = os.open(tmp_path / "test", os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_SH)
        assert kept.copied(tmp_path / "copy")
        with pytest.raises(RecordingError, match="is kept locked by another process"):
            filled(kept, "two")
    finally:
        os.close(holder)
