"""The demo's run, replayed on the order form as it is, moved about, and on other displays."""

from __future__ import annotations

import json
import runpy
from collections.abc import Sequence
from pathlib import Path

import pytest

from trueclick.agent import application, open_desktop, run
from trueclick.agent.local import local_client
from trueclick.agent.replay import replay
from trueclick.agent.trace import Trace, read_trace
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Box, Image, Model, Size

from ...programs import TK_PYTHON
from ...repository import ROOT

DEMO = runpy.run_path(str(ROOT / "examples" / "demo.py"))

pytestmark = pytest.mark.slow

FORM = ROOT / "examples" / "order_form.py"

SIZE = Size[Image](1920, 1080)


def form(out: Path, program: Path = FORM) -> Sequence[str]:
    return [TK_PYTHON, str(program), "--out", str(out)]


def changed(folder: Path, old: str, new: str) -> Path:
    """A copy of the form in which something is other than in the demo."""
    text = FORM.read_text(encoding="utf-8")
    assert old in text
    program = folder / "order_form.py"
    program.write_text(text.replace(old, new), encoding="utf-8")
    return program


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    folder = tmp_path_factory.mktemp("demo")
    command = form(folder / "order.json")
    with (
        VirtualDisplay(SIZE) as display,
        application(command, display.name) as app,
        open_desktop(display.name, model="local") as desktop,
    ):
        run(
            DEMO["TASK"],
            desktop,
            client=local_client(),
            model="local",
            application=app,
            trace=folder / "trace",
            setup={"app": list(command)},
        )
    return read_trace(folder / "trace")


def require_order(out: Path) -> None:
    received = json.loads(out.read_text(encoding="utf-8"))
    for field, expected in DEMO["EXPECTED"].items():
        assert DEMO["same"](field, expected, received[field]), field


@pytest.mark.parametrize("time", range(20))
def test_the_demo_replays_each_time(recorded: Trace, tmp_path: Path, time: int) -> None:
    result = replay(recorded, command=form(tmp_path / "order.json"))
    assert result.same, (time, result.mismatches)
    require_order(tmp_path / "order.json")


def test_a_button_that_moved_is_found_when_it_is_first_seen(
    recorded: Trace, tmp_path: Path
) -> None:
    moved = changed(tmp_path, 'side="left", padx=16)', 'side="left", padx=48)')
    result = replay(recorded, command=form(tmp_path / "order.json", moved))
    (differs,) = result.mismatches
    assert differs.step.number == 1
    assert differs.mismatch is not None
    assert any(box.contains(Box[Model](800, 580, 820, 600)) for box in differs.mismatch.boxes)


def test_a_button_that_moves_in_the_middle_is_found_there(recorded: Trace, tmp_path: Path) -> None:
    old = 'self.submit_button.configure(state="normal")'
    moved = changed(tmp_path, old, f"{old}; self.submit_button.pack(padx=40)")
    result = replay(recorded, command=form(tmp_path / "order.json", moved))
    (differs,) = result.mismatches
    assert differs.step.member == "screenshot"
    before = result.steps[differs.step.number - 2].step
    assert before.member == "left_click"  # on "Check order"
    assert not (tmp_path / "order.json").exists()


@pytest.mark.parametrize("size", [Size(1280, 800), Size(1366, 768), Size(2560, 1440)], ids=str)
def test_on_another_display_the_form_receives_the_same_order(
    recorded: Trace, tmp_path: Path, size: Size[Image]
) -> None:
    result = replay(recorded, command=form(tmp_path / "order.json"), size=size, timeout_s=15)
    assert result.same, result.mismatches
    require_order(tmp_path / "order.json")
