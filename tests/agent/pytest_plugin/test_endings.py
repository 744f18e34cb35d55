"""However a session ends, nothing of it goes on running, and what was kept is whole."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ...programs import EMPTY_WINDOW, TK_PYTHON
from .project import PATIENCE_S, STRICT, Project

pytestmark = pytest.mark.slow

LONG = f"""
    import os
    import time
    from pathlib import Path

    import pytest

    STARTED = Path(__file__).with_name("started")

    @pytest.mark.parametrize("n", range(4))
    def test_of_many(app, display, screen, n):
        app([{TK_PYTHON!r}, "-c", {EMPTY_WINDOW!r}])
        children = []
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                status = entry.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(status[1]) == os.getpid():
                children.append(entry.parent.name)
        STARTED.mkdir(exist_ok=True)
        (STARTED / f"{{n}}.part").write_text(" ".join([str(os.getpid()), *children]))
        (STARTED / f"{{n}}.part").rename(STARTED / str(n))
        THE_END
    """

WAITS = "time.sleep(300)"
CRASHES = "assert n != 2 if n != 1 else os.kill(os.getpid(), 9)"
FAILS = "assert n == 0"


def until(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def started(project: Project) -> set[int]:
    """The processes that the tests have noted: their own, their display's, their program's."""
    notes = (project.folder / "started").glob("?")
    return {int(pid) for note in notes for pid in note.read_text().split()}


def running(pids: set[int]) -> set[int]:
    """Those that run; one that nobody has waited for does not."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.add(pid)
    return found


def project_of(tmp_path: Path, end: str) -> Project:
    project = Project(tmp_path)
    project.write("test_long.py", LONG.replace("THE_END", end))
    return project


@pytest.mark.parametrize("workers", [0, 2])
def test_nothing_is_left_after_ctrl_c(tmp_path: Path, workers: int) -> None:
    project = project_of(tmp_path, WAITS)
    process = project.start(*(["-n", str(workers)] if workers else []), CI="")
    until("a test waits", lambda: len(list(tmp_path.glob("started/?"))) == max(workers, 1))
    pids = started(project)
    assert running(pids) == pids
    os.killpg(process.pid, signal.SIGINT)
    ran = project.ended(process)
    assert ran.status == 2, ran.output
    assert "KeyboardInterrupt" in ran.output
    if not workers:  # workers are not given the time
        assert not (tmp_path / "artifacts").exists()  # for there is nothing in it
    until("all has ended", lambda: not running(pids))


def test_a_worker_that_crashes_leaves_nothing_and_the_others_go_on(tmp_path: Path) -> None:
    project = project_of(tmp_path, CRASHES)
    ran = project.run("-n", "2", CI="")
    assert ran.outcomes == {"failed": 2, "passed": 2}, ran.output
    assert "crashed while running 'test_long.py::test_of_many[1]'" in ran.output
    (shown,) = tmp_path.glob("artifacts/*test_of_many-2*/screenshot.png")
    assert str(shown.relative_to(tmp_path)) in ran.output
    until("all has ended", lambda: not running(started(project)))


def test_nothing_is_left_after_the_first_failure(tmp_path: Path) -> None:
    project = project_of(tmp_path, FAILS)
    ran = project.run("-x", CI="")
    assert ran.outcomes == {"failed": 1, "passed": 1}, ran.output
    assert "screenshot: artifacts/test_long.py--test_of_many-1-" in ran.output
    assert not running(started(project))


def test_artifacts_that_cannot_be_kept_are_told_and_hide_no_failure(tmp_path: Path) -> None:
    project = Project(tmp_path, STRICT + "trueclick_artifacts = taken\n")
    project.write("taken", "a file")
    project.write("test_a.py", "def test_b(desktop): assert 0, 'the very reason'\n")
    ran = project.run()
    assert ran.outcomes == {"failed": 1}, ran.output
    assert "the very reason" in ran.output
    assert "no artifacts are kept: taken: Not a directory: name another" in ran.output
    again = project.run("--trueclick-artifacts=/dev/null/x")
    assert "no artifacts are kept: /dev/null/x: Not a directory" in again.output


def test_two_sessions_at_once_keep_their_own(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "test_a.py",
        """
        import time
        from pathlib import Path

        def test_b(screen):
            (screen.artifacts / "mine.txt").touch()
            here = Path(__file__).parent
            (here / f"{screen.artifacts.name}.there").touch()
            deadline = time.monotonic() + 60
            while len(list(here.glob("*.there"))) < 2:
                assert time.monotonic() < deadline, "the other session does not come"
                time.sleep(0.05)
            assert 0
        """,
    )
    sessions = [project.start(f"--junitxml=junit-{n}.xml", CI="") for n in range(2)]
    outputs = [project.ended(session).output for session in sessions]
    folders = sorted((tmp_path / "artifacts").iterdir())
    assert len(folders) == 2
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"mine.txt", "screenshot.png"}
        shown = f"screenshot: artifacts/{folder.name}/screenshot.png\n"
        assert sum(shown in output for output in outputs) == 1


HANGS = """
    import os
    import signal
    from pathlib import Path

    def test_stops_its_display(desktop):
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, status = entry.read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            if name == "Xvfb" and int(status.split()[1]) == os.getpid():
                os.kill(int(entry.parent.name), signal.SIGSTOP)

    def test_has_another(desktop):
        assert str(desktop.glance().size) == "400x300"
    """


def test_a_display_that_hangs_fails_its_own_test_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_a.py", HANGS)
    ran = project.run()
    assert ran.outcomes == {"passed": 2, "error": 1}, ran.output
    assert "ERROR test_a.py::test_stops_its_display - Failed: the display :" in ran.output
    assert "has not answered for" in ran.output
    assert "errors while tearing down" not in ran.output
