"""The demo as a newcomer runs it, and its honesty when the form is another one."""

import json
import shlex
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from trueclick.agent.trace import read_trace

from ..programs import TRUECLICK

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "examples" / "demo.py"
FORM = ROOT / "examples" / "order_form.py"


def demo(runs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DEMO), "--runs", str(runs), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def changed(form: Path, before: str, after: str) -> Path:
    """A copy of the order form with one thing changed."""
    text = FORM.read_text(encoding="utf-8")
    assert before in text
    form.write_text(text.replace(before, after), encoding="utf-8")
    return form


def commands(said: str) -> list[list[str]]:
    """The commands that the demo ends with."""
    lines = said.partition("The run is kept:\n")[2].splitlines()
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.slow  # the demo, and all of it twice more
def test_what_the_demo_ends_with_works_and_its_program_places_the_same_order(
    tmp_path: Path,
) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "demo"
    order = (folder / "order.json").read_text(encoding="utf-8")
    for words in commands(done.stdout):
        subprocess.run(words, check=True, timeout=120, cwd=ROOT)
    assert (folder / "report.html").read_bytes().startswith(b"<!")
    assert (folder / "demo.gif").read_bytes().startswith(b"GIF89a")
    program = str(tmp_path / "order.py")
    subprocess.run(
        [TRUECLICK, "export", str(folder / "trace"), "-o", program], check=True, timeout=60
    )
    (folder / "order.json").unlink()
    subprocess.run([sys.executable, program], check=True, timeout=120)
    assert (folder / "order.json").read_text(encoding="utf-8") == order


@pytest.mark.slow  # what it adds to the test above is the smaller display
def test_the_order_arrives_on_a_small_display_too(tmp_path: Path) -> None:
    done = demo(tmp_path, "--size", "1366x768")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The demo as a module, to give it a shorter task or another model's work."""
    spec = spec_from_file_location("demo_loaded", DEMO)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    words = [str(DEMO), "--runs", str(tmp_path), "--size", "1366x768"]
    monkeypatch.setattr(sys, "argv", words)
    return module


def test_the_order_arrives_as_the_task_said(
    loaded: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [str(DEMO), "--runs", str(tmp_path / "runs in a folder")])
    status = loaded.main()
    told = capsys.readouterr()
    assert status == 0, told
    assert "Everything arrived." in told.out
    folder = tmp_path / "runs in a folder" / "demo"
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    assert order["name"] == "Zoé Weiß"
    assert order["message"] == "Ring twice, bitte.\nDie Straße heißt Café-Allee."
    assert order["product"] == "Walnut table"
    assert len(list((folder / "screenshots").glob("*.png"))) >= 10
    result = read_trace(folder / "trace").result
    assert result is not None
    assert result.status == "done"
    assert [words[1] for words in commands(told.out)] == ["report", "replay", "export"]


@pytest.mark.parametrize("keep", ["a file of somebody's", "a link to another trace"])
def test_a_demo_replaces_the_trace_of_the_last_one_and_nothing_else(
    loaded: ModuleType, tmp_path: Path, keep: str
) -> None:
    trace = tmp_path / "demo" / "trace"
    (trace / "images").mkdir(parents=True)
    if keep == "a file of somebody's":
        (trace / "letter.txt").touch()
    else:
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "trace.jsonl").touch()
        (trace / "images").rmdir()
        trace.rmdir()
        trace.symlink_to(tmp_path / "other")
    kept = sorted(trace.resolve().iterdir())
    loaded.remove_trace(trace)
    assert sorted(trace.resolve().iterdir()) == kept
    old = tmp_path / "old"
    (old / "images").mkdir(parents=True)
    (old / "trace.jsonl").touch()
    loaded.remove_trace(old)
    assert not old.exists()


@pytest.mark.slow
def test_a_button_that_is_called_otherwise_ends_the_demo_with_status_1(
    loaded: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    form = changed(tmp_path / "form.py", 'text="Submit order"', 'text="Send it off"')
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--form", str(form)])
    monkeypatch.setattr(loaded, "TASK", 'click "Express"\nclick "Submit order"')
    assert loaded.main() == 1
    said = capsys.readouterr().out
    assert 'I cannot find "Submit order"' in said
    assert "The form received no order." in said


DIFFERENT: dict[str, object] = {
    "name": "Zoe Weiß",
    "city": "Paris",
    "country": None,
    "delivery": "Pickup",
    "gift_wrap": 1,
    "product": "none",
    "discount_pct": 72,
    "message": "Ring twice, bitte.",
}


@pytest.mark.parametrize("field", DIFFERENT)
def test_a_form_that_receives_something_else_is_found_out(
    loaded: ModuleType,
    field: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    received = loaded.EXPECTED | {field: DIFFERENT[field]}

    def done(words: list[str]) -> int:
        """A run that went well in the model's eyes."""
        form = shlex.split(words[words.index("--app") + 1])
        Path(form[form.index("--out") + 1]).write_text(json.dumps(received), encoding="utf-8")
        return 0

    monkeypatch.setattr(loaded, "trueclick", done)
    monkeypatch.setenv("COLUMNS", "120")
    assert loaded.main() == 1
    said = capsys.readouterr().out
    assert "The form received something else." in said
    (line,) = (line for line in said.splitlines() if "differs" in line)
    assert field in line
    assert json.dumps(DIFFERENT[field], ensure_ascii=False) in line


def test_a_slider_may_be_off_by_what_a_pixel_moves_it(
    loaded: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    for moved in (-1, 0, 1):
        assert loaded.compare(loaded.EXPECTED | {"discount_pct": 70 + moved})
    assert not loaded.compare(loaded.EXPECTED | {"discount_pct": 70.0})
