"""Starting and ending the application under test."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from trueclick.agent import ApplicationError, application
from trueclick.capture import CaptureError, VirtualDisplay
from trueclick.capture.virtual.processes import Program
from trueclick.geometry import UsageError

from ..programs import TK_PYTHON


def start(display: VirtualDisplay, *command: str) -> None:
    with application(command, display.name):
        pass


def test_a_program_that_is_not_there_is_named(display: VirtualDisplay) -> None:
    with pytest.raises(ApplicationError, match="no-such-program: no such program"):
        start(display, "no-such-program")


def test_a_program_that_ends_at_once_shows_its_last_words(display: VirtualDisplay) -> None:
    code = "import sys; print('line one\\nboom', file=sys.stderr); sys.exit(3)"
    with pytest.raises(ApplicationError) as failed:
        start(display, sys.executable, "-c", code)
    assert "ended with status 3 before it showed a window" in str(failed.value)
    assert str(failed.value).endswith("line one\nboom")


def test_an_empty_command_is_refused(display: VirtualDisplay) -> None:
    with pytest.raises(UsageError, match="empty"):
        start(display)


def test_a_display_that_is_not_there_is_told() -> None:
    with pytest.raises(CaptureError, match=":4242"), application(["true"], ":4242"):
        pass


def test_the_program_is_ended_with_its_children_even_if_they_do_not_want_to(
    display: VirtualDisplay, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    python = tmp_path / "app.py"
    python.write_text(
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '1000'])\n"
        f"open({str(pids)!r}, 'w').write(str(child.pid))\n"
        "import tkinter; tkinter.Tk().mainloop()\n"
    )
    start_ = time.monotonic()
    with application([TK_PYTHON, str(python)], display.name):
        child = int(pids.read_text())
        assert Path(f"/proc/{child}").exists()
    assert time.monotonic() - start_ < 10
    for _ in range(50):
        if (
            not Path(f"/proc/{child}").exists()
            or "(sleep) Z" in Path(f"/proc/{child}/stat").read_text()
        ):
            break
        time.sleep(0.02)
    else:
        pytest.fail("the child is still there")


def test_a_signal_while_it_is_being_ended_leaves_nothing_behind() -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('x', flush=True); "
    program = Program([sys.executable, "-c", deaf + "time.sleep(1000)"], dict(os.environ))
    time.sleep(0.3)  # until it is deaf

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            program.end()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert program.exit_status() == -signal.SIGKILL
