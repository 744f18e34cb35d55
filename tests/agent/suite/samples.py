"""Tasks and results for tests, small ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from trueclick.agent.suite.overview import Overview, overview
from trueclick.agent.suite.results import Attempt, Result, verdict_of
from trueclick.agent.suite.tasks import Task, identifier

from ...programs import TK_PYTHON

WINDOW = """
import os, signal, sys, tkinter
from pathlib import Path
root = tkinter.Tk()
root.geometry("300x200+0+0")
def shown():
    {then}
    Path({out!r}).write_text("done")
root.after(50, shown)
root.mainloop()
"""
"""A window that does something once it is there, and then says so in a file."""

TASK = Task(
    id="001-save",
    name="save",
    cell=(),
    command=(),
    work="nothing",
    words="",
    expects=(),
    model="local",
    platform="anthropic",
    size=(640, 480),
    language=None,
    timeout_s=60.0,
    memory_mb=2000,
    retries=0,
)


def task(name: str = "save", number: int = 1, **changes: Any) -> Task:
    """A task that does nothing."""
    return replace(TASK, id=identifier(number, name, ()), name=name, **changes)


def windowed(then: str = "pass", out: str = "{artifacts}/done.txt") -> tuple[str, ...]:
    """The command of a window that does something."""
    return (TK_PYTHON, "-c", WINDOW.format(then=then, out=out))


def result(of: Task, *attempts: Attempt, **changes: Any) -> Result:
    """What came of a task."""
    made = Result(of.id, of.digest, verdict_of(attempts), attempts)
    return replace(made, **changes)


def whole(*results: tuple[Task, Result], name: str = "shop", **changes: Any) -> Overview:
    """A suite at its end."""
    tasks, told = zip(*results, strict=True)
    about: dict[str, Any] = {"began_s": 1795283100.0, "seconds": 12.5, "machine": "here"}
    return overview(name, tasks, told, **{**about, **changes})


def write_suite(folder: Path, text: str) -> Path:
    """A suite's file."""
    path = folder / "suite.toml"
    path.write_text(text, encoding="utf-8")
    return path
