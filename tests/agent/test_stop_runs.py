"""The list of runs: only what goes on is on it, and nothing that others planted is believed."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from trueclick.agent.stop import StopSwitch
from trueclick.agent.stop.runs import ASKED, UnlistedError, _Entry, folders, listed, runs

SOON_S = 20.0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of its own: the runs of others go on."""
    apart = tmp_path / "runs"
    monkeypatch.setenv("TRUECLICK_RUNS", str(apart))
    return apart


LISTED = """
import sys, time
from trueclick.agent.stop import StopSwitch
from trueclick.agent.stop.runs import listed
with listed(StopSwitch()):
    print("listed", flush=True)
    time.sleep(300)
"""


@pytest.fixture
def other() -> Generator[subprocess.Popen[str]]:
    """Another process with a run of its own."""
    process = subprocess.Popen([sys.executable, "-c", LISTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "listed\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_run_is_on_the_list_for_as_long_as_it_goes_on(folder: Path) -> None:
    with listed(StopSwitch()):
        with runs() as found:
            assert [run.pid for run in found] == [os.getpid()]
            assert not found[0].ended()
        (file,) = folder.iterdir()
        assert (file.stat().st_size, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with runs() as found:
        assert found == ()
    assert list(folder.iterdir()) == []


def test_a_run_that_is_asked_stops_and_is_seen_to_end() -> None:
    stop = StopSwitch()
    with runs() as nothing:
        assert nothing == ()
    with listed(stop):
        assert stop.requested is None
        with runs() as found:
            found[0].ask()
        assert stop.requested == ASKED


def test_what_a_killed_process_left_is_no_run(other: subprocess.Popen[str], folder: Path) -> None:
    with runs() as found:
        assert [run.pid for run in found] == [other.pid]
        other.kill()
        other.wait()
        assert found[0].ended()
    with runs() as found:
        assert found == ()
    assert list(folder.iterdir()) == []


def test_a_stopped_process_still_runs(other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGSTOP)
    with runs() as found:
        assert [run.pid for run in found] == [other.pid]


def test_nothing_that_is_planted_is_followed_or_kept_waiting_for(
    folder: Path, tmp_path: Path
) -> None:
    with listed(StopSwitch()):
        pass  # makes the folder
    victim = tmp_path / "victim"
    victim.write_text("mine")
    victim.chmod(0o644)
    (folder / f"1-{'0' * 16}").symlink_to(victim)
    os.link(victim, folder / f"2-{'0' * 16}")
    os.mkfifo(folder / f"3-{'0' * 16}")
    (folder / f"4-{'0' * 16}").mkdir()
    (folder / "not ours").touch()
    with runs() as found:
        assert found == ()
        for run in found:
            run.ask()
    assert victim.read_text() == "mine"
    assert stat.S_IMODE(victim.stat().st_mode) == 0o644
    assert len(list(folder.iterdir())) == 5


def test_a_folder_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnlistedError, match="would not find this run"), listed(StopSwitch()):
        pytest.fail("it was listed")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(UnlistedError, match="another user can write there"), listed(StopSwitch()):
        pytest.fail("it was listed")
    with runs() as found:
        assert found == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to give a folder away")
def test_a_folder_of_another_user_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, -1)
    with pytest.raises(UnlistedError, match="another user can write there"), listed(StopSwitch()):
        pytest.fail("it was listed")


def test_a_run_that_need_not_be_listed_goes_on(folder: Path) -> None:
    folder.write_text("no folder at all")
    went_on = False
    with listed(StopSwitch(), needed=False):
        went_on = True
    assert went_on


def test_a_full_disk_is_told_and_does_not_keep_a_run_from_being_stopped(
    folder: Path,
) -> None:
    folder.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=2,mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("takes root to mount a small disk")
    try:
        stop = StopSwitch()
        with listed(stop):  # the folder itself is the other of the two
            with (
                pytest.raises(UnlistedError, match="No space left on device"),
                listed(StopSwitch()),
            ):
                pytest.fail("it was listed")
            with runs() as found:
                found[0].ask()
            assert stop.requested == ASKED
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_forked_child_leaves_its_parents_run_on_the_list(folder: Path) -> None:
    script = (
        "import os, sys\n"
        "from trueclick.agent.stop import StopSwitch\n"
        "from trueclick.agent.stop.runs import listed, runs\n"
        "with listed(StopSwitch()):\n"
        "    child = os.fork()\n"
        "    if child:\n"
        "        os.waitpid(child, 0)\n"
        "        with runs() as found:\n"
        "            print([run.pid for run in found] == [os.getpid()])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
    assert list(folder.iterdir()) == []


def test_a_run_is_over_though_a_forked_child_lives_on(folder: Path) -> None:
    script = (
        "import os, sys\n"
        "from trueclick.agent.stop import StopSwitch\n"
        "from trueclick.agent.stop.runs import listed, runs\n"
        "with listed(StopSwitch()), runs() as found:\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        sys.stdin.read()\n"
        "        os._exit(0)\n"
        "    going_on = found[0].ended()\n"
        "    looked = runs()\n"
        "    (again,) = looked.__enter__()\n"
        "print(going_on, again.ended())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input="", capture_output=True, text=True, check=True
    )
    assert done.stdout == "False True\n"


FORKED = """
import os, time
from trueclick.agent.stop import StopSwitch
from trueclick.agent.stop.runs import listed
stop = StopSwitch()
with listed(stop):
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(theirs)
        os.write(1, b"going on\\n" if stop.requested is None else b"asked\\n")
        os.read(ours, 1)  # until the parent is gone, and on
        time.sleep(300)
    os.write(1, b"%d\\n" % child)
    time.sleep(300)
"""


def test_a_killed_run_is_over_though_a_forked_child_lives_on(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", FORKED], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    said = sorted(parent.stdout.readline() for _ in range(2))
    child = int(said[0])
    try:
        assert said[1] == "going on\n"
        with runs() as found:
            assert [run.pid for run in found] == [parent.pid]
            parent.kill()
            parent.wait()
            os.kill(child, 0)
            assert found[0].ended()
        with runs() as found:
            assert found == ()
        assert list(folder.iterdir()) == []
    finally:
        os.kill(child, signal.SIGKILL)
        parent.kill()
        parent.wait()
        parent.stdout.close()


def test_processes_forked_while_runs_are_listed_keep_none_of_them(folder: Path) -> None:
    script = (
        "import os, signal, sys, threading\n"
        "from trueclick.agent.stop import StopSwitch\n"
        "from trueclick.agent.stop.runs import listed, runs\n"
        "over = threading.Event()\n"
        "def list_runs():\n"
        "    while not over.is_set():\n"
        "        with listed(StopSwitch()):\n"
        "            pass\n"
        "threads = [threading.Thread(target=list_runs) for _ in range(3)]\n"
        "for thread in threads: thread.start()\n"
        "wrong = 0\n"
        "for _ in range(100):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        open_files = [os.readlink(f'/proc/self/fd/{fd}') for fd in range(3, 64)\n"
        "            if os.path.lexists(f'/proc/self/fd/{fd}')]\n"
        "        entry = f'/{os.getppid()}-'\n"
        "        os._exit(any(entry in name and 'deleted' not in name for name in open_files))\n"
        "    wrong += os.waitpid(child, 0)[1] != 0\n"
        "over.set()\n"
        "for thread in threads: thread.join()\n"
        "print(wrong)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
    assert list(folder.iterdir()) == []


def test_many_who_look_at_once_do_not_take_each_other_for_a_run(
    other: subprocess.Popen[str], folder: Path
) -> None:
    with contextlib.ExitStack() as looking:
        found = [looking.enter_context(runs()) for _ in range(20)]
        assert [run.pid for (run,) in found] == [other.pid] * 20
        assert not any(run.ended() for (run,) in found)
        other.kill()
        other.wait()
        assert all(run.ended() for (run,) in found)
        assert all(run.ended() for (run,) in found)
    with runs() as left:
        assert left == ()
    assert list(folder.iterdir()) == []


def test_a_thread_that_asks_on_after_the_end_is_answered(folder: Path) -> None:
    entry = _Entry.make(folder)
    entry.close()
    assert entry.asked() is None
    entry.close()


def test_runs_that_come_and_go_while_others_look_are_never_lost(folder: Path) -> None:
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            with runs():
                pass

    looking = [threading.Thread(target=look) for _ in range(2)]
    for thread in looking:
        thread.start()
    try:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            stop = StopSwitch()
            with listed(stop):
                with runs() as found:
                    assert [run for run in found if not run.ended()]
                assert stop.requested is None
    finally:
        over.set()
        for thread in looking:
            thread.join()
    assert list(folder.iterdir()) == []


def test_every_place_is_looked_into_whatever_the_environment_says(tmp_path: Path) -> None:
    given = list(folders({"XDG_RUNTIME_DIR": str(tmp_path)}))
    assert given[0] == tmp_path / "trueclick"
    assert given[-1:] == list(folders({}))[-1:] == [Path(f"/tmp/trueclick-{os.geteuid()}")]
    for senseless in ("relative", "/no/such/folder", "/tmp/a\0b"):
        assert list(folders({"XDG_RUNTIME_DIR": senseless})) == list(folders({}))
    assert list(folders({"TRUECLICK_RUNS": str(tmp_path)})) == [tmp_path]


def test_a_runtime_folder_that_cannot_be_used_has_a_way_round_it(tmp_path: Path) -> None:
    (tmp_path / "trueclick").symlink_to("/")
    environment = {"XDG_RUNTIME_DIR": str(tmp_path)}
    stop = StopSwitch()
    with listed(stop, environment=environment), runs(environment) as found:
        assert os.getpid() in {run.pid for run in found}
