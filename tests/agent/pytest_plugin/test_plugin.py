"""The plugin in pytest's own process, as users have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...programs import TK_PYTHON
from .project import STRICT, Project

OTHERS = """
    import pytest

    def pytest_addoption(parser):
        parser.addoption("--model", default="mine")
        parser.addoption("--update-baselines", metavar="WHICH", default="none")
        parser.addoption("--artifacts")

    @pytest.fixture
    def app():
        return "a web application"
    """

IDLE = """
    import sys

    import agent, capture

    HEAVY = ("numpy", "PIL", "anthropic", "rapidocr", "xcffib", "rich", "trueclick.capture")

    def test_the_users_own_come_first(app, pytestconfig):
        assert agent.MINE and capture.MINE
        assert app == "a web application"
        assert pytestconfig.getoption("--model") == "mine"
        assert pytestconfig.getoption("--update-baselines") == "all"

    def test_nothing_heavy_was_imported():
        assert "trueclick.agent.pytest_plugin" in sys.modules
        assert not [name for name in HEAVY if name in sys.modules]
    """


def test_a_project_that_does_not_use_it_does_not_notice_it(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("conftest.py", OTHERS)
    project.write("test_idle.py", IDLE)
    for package in ("agent", "capture"):
        project.write(f"{package}/__init__.py", "MINE = True\n")
    ran = project.run("--update-baselines", "all")
    assert ran.outcomes == {"passed": 2}, ran.output
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == {"agent", "capture"}


FAILING = f"""
    import os
    import signal
    import subprocess
    import unittest
    from pathlib import Path

    import pytest

    from trueclick.agent.qa import ExpectationError

    PYTHON = {TK_PYTHON!r}
    WINDOW = '''
    import sys, tkinter
    print("last\\x1b[31m words", file=sys.stderr, flush=True)
    window = tkinter.Tk()
    window.title("Grüße")
    window.mainloop()
    '''.replace("\\n    ", "\\n")
    shared = []

    def end_server():
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, _, status = entry.read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            if name == "Xvfb" and int(status.split()[1]) == os.getpid():
                os.kill(int(entry.parent.name), signal.SIGKILL)

    def test_passes(display, screen):
        shared.append(display.name)
        screen.expect_image("empty")
        assert screen.artifacts.is_dir()

    @pytest.mark.parametrize("what", ["münchen/1"])
    def test_fails(app, display, desktop, what):
        assert display.name == shared[0]
        started = app([PYTHON, "-c", WINDOW])
        assert started.exit_status == 0

    @pytest.mark.trueclick(display="test", size="640x200", model="local")
    def test_has_its_own(display, desktop):
        assert display.name != shared[0]
        assert str(display.size) == str(desktop.view.image) == "640x200"

    def test_its_display_dies(display, desktop):
        end_server()
        desktop.glance()

    def test_the_next_one_has_a_new_one(display, desktop):
        assert str(desktop.glance().size) == "400x300"

    @pytest.mark.trueclick(sise="640x480")
    def test_is_marked_by_mistake(display):
        pass

    @pytest.mark.trueclick(model="claude-nothing")
    def test_has_no_such_model(desktop):
        pass

    @pytest.mark.xfail(strict=True)
    def test_is_expected_to_fail(screen):
        (screen.artifacts / "written.txt").touch()
        assert False

    def test_differs(screen, tmp_path):
        picture = screen.artifacts / "difference.png"
        picture.touch()
        try:
            raise ExpectationError("it differs", [picture])
        except ExpectationError as error:
            raise ValueError("around it") from error

    @pytest.mark.usefixtures("app")
    class TestOfUnittest(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def seen(self, desktop):
            self.desktop = desktop

        def test_sees(self):
            self.assertTrue(self.desktop.private)
    """


def test_a_failure_is_told_with_what_shows_it(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("gui/test_of_form.py", FAILING)
    ran = project.run(CI="")
    assert ran.outcomes == {"failed": 3, "passed": 4, "error": 2, "xfailed": 1}, ran.output

    folder = "artifacts/gui-test_of_form.py--test_fails-m-xfcnchen-1"
    (kept,) = (tmp_path / "artifacts").glob("*test_fails*")
    assert (kept / "screenshot.png").read_bytes().startswith(b"\x89PNG")
    path = kept.relative_to(tmp_path)
    assert str(path).startswith(folder)
    (test,) = (name for name in ran.output.splitlines() if "test_fails[" in name and "_ " in name)
    assert f'screenshot: {path}/screenshot.png\nwindows: "Grüße" 200x200 at ' in ran.output
    assert f"{TK_PYTHON} wrote last:\n  last\\x1b[31m words" in ran.output
    assert ran.properties(test.strip("_ ")) == {"trueclick_screenshot": f"{path}/screenshot.png"}

    assert "no screenshot: the virtual display :" in ran.output
    assert "ended with SIGKILL" in ran.output
    assert "takes display=, size=, model=, offline= and secrets=, and no 'sise'\n" in ran.output
    assert "the display cannot be opened: unknown model 'claude-nothing'" in ran.output
    difference = "artifacts/gui-test_of_form.py--test_differs/difference.png"
    assert f"difference: {difference}\n" in ran.output
    assert ran.properties("test_differs")["trueclick_difference"] == difference

    baseline = "gui/baselines/test_of_form/empty/linux-400x300.png"
    assert f"gui/test_of_form.py::test_passes: baseline written: {baseline}" in ran.output
    assert (tmp_path / baseline).is_file()
    names = {path.name.partition("--")[2][:10] for path in (tmp_path / "artifacts").iterdir()}
    assert names == {"test_diffe", "test_fails", "test_has_n"}


WORKERS = """
    import os
    import time

    import pytest

    @pytest.mark.parametrize("n", range(8))
    def test_of_many(screen, display, n, tmp_path_factory):
        seen = tmp_path_factory.getbasetemp().parent / display.name[1:]
        seen.write_text(os.environ["PYTEST_XDIST_WORKER"])
        screen.expect_image(f"picture {n}")
        assert n != 5

    @pytest.fixture(scope="session", autouse=True)
    def names(tmp_path_factory):
        yield
        (tmp_path_factory.getbasetemp() / "over").touch()
    """


@pytest.mark.slow  # three processes that import everything
def test_workers_tell_what_their_tests_have_to_say(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.write("test_many.py", WORKERS)
    ran = project.run("-n", "2", f"--basetemp={tmp_path}/temp", CI="")
    assert ran.outcomes == {"failed": 1, "passed": 7}, ran.output
    assert ran.output.count(": baseline written: baselines/test_many/picture ") == 8
    shown = ran.properties("test_of_many[5]")["trueclick_screenshot"]
    assert (project.folder / shown).is_file()
    servers = [path for path in (tmp_path / "temp").iterdir() if path.name.isdecimal()]
    assert sorted(path.read_text() for path in servers) == ["gw0", "gw1"]
    again = project.run("-n", "2", "-k", "not 5", CI="")
    assert again.outcomes == {"passed": 7}, again.output
    assert "baseline written" not in again.output


@pytest.mark.slow
def test_without_the_plugin_its_fixtures_are_unknown(tmp_path: Path) -> None:
    project = Project(tmp_path, STRICT.replace("trueclick_size = 400x300\n", ""))
    project.write("test_a.py", "def test_b(display): pass\n")
    ran = project.run("-p", "no:trueclick")
    assert ran.outcomes == {"error": 1}
    assert "fixture 'display' not found" in ran.output


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--trueclick-size=12", "argument --trueclick-size: '12' is no size"),
        ("--trueclick-display=mine", "argument --trueclick-display: invalid choice: 'mine'"),
    ],
)
@pytest.mark.slow
def test_an_option_that_makes_no_sense_ends_pytest_with_a_line(
    tmp_path: Path, option: str, told: str
) -> None:
    project = Project(tmp_path)
    ran = project.run(option)
    assert ran.status == 4
    assert told in ran.output
    assert "Traceback" not in ran.output
