"""Tasks and claims with the local model, on a real program."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent import application, open_desktop
from trueclick.agent.local import local_client
from trueclick.agent.qa import Agent
from trueclick.agent.qa.errors import ExpectationError
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Size

from ...programs import TK_PYTHON
from ...repository import ROOT

FORM = ROOT / "examples" / "order_form.py"

TASK = 'type "Ada" into "Name"; check "Gift wrap"; click "Check order"; expect "Missing"'

MOVED = (
    'text="Check order", command=self.check).pack(side="left")',
    'text="Check order", command=self.check).pack(side="left", padx=(90, 0))',
)


@contextlib.contextmanager
def ordering(folder: Path, form: Path = FORM, **given: Any) -> Generator[Agent]:
    """An agent on the order form, with the local model."""
    with (
        VirtualDisplay(Size(1280, 800)) as display,
        application([TK_PYTHON, str(form), "--out", str(folder / "out")], display.name) as app,
        open_desktop(display.name, model="local") as desktop,
    ):
        yield Agent(
            desktop,
            model="local",
            application=app,
            recordings=folder / "recordings",
            artifacts=folder / "artifacts",
            name="test_order",
            timeout_s=1.0,
            **given,
        )


@pytest.mark.slow
def test_a_program_that_stays_the_same_costs_nothing_and_one_that_changes_a_part(
    tmp_path: Path,
) -> None:
    claim = '"Missing" and "Check order" are shown, and no "Traceback"'
    with ordering(tmp_path, client=local_client) as agent:
        done = agent.do(TASK)
        assert not done.replayed
        assert agent.expect(claim).holds
        with pytest.raises(ExpectationError, match="it does not hold that"):
            agent.expect('"Order saved" is shown')
    with ordering(tmp_path) as agent:  # there is no client
        again = agent.do(TASK)
        assert (again.replayed, again.steps) == (True, done.steps)
        assert agent.expect(claim).recalled
    changed = tmp_path / "changed.py"
    text = FORM.read_text(encoding="utf-8")
    assert MOVED[0] in text
    changed.write_text(text.replace(*MOVED), encoding="utf-8")
    said: list[str] = []
    with ordering(tmp_path, changed, client=local_client, say=said.append) as agent:
        healed = agent.do(TASK)
        assert healed.healed_from == 1
        assert "the screen is not as recorded" in said[0]
    with ordering(tmp_path, changed, offline=True) as agent:
        assert agent.do(TASK).replayed
