"""The demo as a newcomer runs it, and its honesty when the form is another one."""

import json
import subprocess
import sys
from pathlib import Path

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


def test_the_order_arrives_as_the_task_said(tmp_path: Path) -> None:
    done = demo(tmp_path / "runs in a folder")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything arrived." in done.stdout
    folder = tmp_path / "runs in a folder" / "demo"
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    assert order["name"] == "Zoé Weiß"
    assert order["message"] == "Ring twice, bitte.\nDie Straße heißt Café-Allee."
    assert order["product"] == "Walnut table"
    assert len(list((folder / "screenshots").glob("*.png"))) >= 10


def test_a_button_that_is_called_otherwise_ends_the_demo_with_status_1(tmp_path: Path) -> None:
    form = changed(tmp_path / "form.py", 'text="Submit order"', 'text="Send it off"')
    done = demo(tmp_path, "--form", str(form), "--size", "1366x768")
    assert done.returncode == 1
    assert 'I cannot find "Submit order"' in done.stdout
    assert "The form received no order." in done.stdout


def test_a_form_that_receives_something_else_is_found_out(tmp_path: Path) -> None:
    form = changed(tmp_path / "form.py", '"city": self.city.get()', '"city": "Paris"')
    done = demo(tmp_path, "--form", str(form), "--size", "1366x768")
    assert done.returncode == 1
    (city,) = (line for line in done.stdout.splitlines() if "city" in line)
    assert '"Paris"' in city
    assert "differs" in city
