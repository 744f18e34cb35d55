import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trueclick.agent import ApplicationError
from trueclick.agent.pytest_plugin import Applications
from trueclick.agent.pytest_plugin.tidiness import leftovers, window_titles
from trueclick.capture import VirtualDisplay
from trueclick.geometry import UsageError

from ...programs import TK_PYTHON

TELLS = """
import os, pathlib, tkinter
pathlib.Path("told").write_text(os.environ.get("GREETING", "none") + os.environ.get("SECRET", ""))
window = tkinter.Tk()
window.title(os.environ.get("GREETING", "none"))
window.mainloop()
"""


@pytest.fixture
def app(display: VirtualDisplay) -> Iterator[Applications]:
    started = Applications(display)
    yield started
    started.end_all()


def test_a_program_starts_in_its_folder_with_its_variables_and_ends(
    app: Applications,
    display: VirtualDisplay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    folder = tmp_path / "a folder=ü"
    folder.mkdir()
    started = app([TK_PYTHON, "-c", TELLS], cwd=folder, env={"GREETING": "Grüß \x1b[2J"})
    assert (folder / "told").read_text() == "Grüß \x1b[2J"
    (title,) = window_titles(display.name)
    assert title.startswith('"Grüß \\x1b[2J" ')
    assert started.exit_status is None
    assert app.tested.exit_status is None
    app.end(started)
    assert leftovers(display) == []
    with pytest.raises(UsageError, match="ended before"):
        app.end(started)


def test_a_program_that_is_not_there_is_told_by_its_own_name(
    app: Applications, tmp_path: Path
) -> None:
    with pytest.raises(ApplicationError, match=r"^no-such-program: no such program"):
        app("no-such-program --flag", env={"A": "1"})
    failing = [sys.executable, "-c", "raise SystemExit('no way')"]
    with pytest.raises(ApplicationError, match="no way") as caught:
        app(failing, cwd=tmp_path)
    assert str(caught.value).startswith(f"{sys.executable} ended with status 1 before")


@pytest.mark.parametrize(
    ("command", "options", "told"),
    [
        ("", {}, "command is empty"),
        ([], {}, "command is empty"),
        ("say 'hello", {}, "No closing quotation"),
        ("true", {"cwd": "/no/such/folder"}, "'/no/such/folder': there is no such folder"),
        ("true", {"env": {"A=B": "1"}}, "'A=B' with '1' is no variable"),
        ("true", {"env": {"A": "\0"}}, "is no variable"),
    ],
)
def test_a_command_that_makes_no_sense_is_told_in_a_line(
    app: Applications, command: str | list[str], options: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        app(command, **options)  # type: ignore[arg-type]  # by mistake, as people do
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_program_that_shows_no_window_is_told_with_what_it_wrote(
    app: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trueclick.agent.launch._WINDOW_S", 0.3)
    code = "import sys, time; print('no licence', file=sys.stderr, flush=True); time.sleep(60)"
    with pytest.raises(ApplicationError, match="no window within 0 s; it wrote:\nno licence"):
        app([sys.executable, "-S", "-c", code])
