"""Secrets of a suite: named in it, and their values where they are typed and nowhere else."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

from trueclick.agent.secret import values_of
from trueclick.agent.suite.carrying import carried_out
from trueclick.agent.suite.keepers import Keepers
from trueclick.agent.suite.places import Order, order_json
from trueclick.agent.suite.tasks import Expect, as_json
from trueclick.agent.suite.values import Values, names_in
from trueclick.geometry import UsageError

from .samples import task, windowed

VALUE = "Tr0ub4dor-xyz"
TASK = task(secrets=("APP_PASSWORD",))


def test_values_go_to_the_task_that_names_them_and_are_shown_nowhere() -> None:
    values = Values(values_of(["APP_PASSWORD", "PIN"], {"APP_PASSWORD": VALUE, "PIN": "12345"}))
    assert json.loads(values.line(TASK)) == {"APP_PASSWORD": VALUE}
    assert json.loads(values.line(task())) == {}
    assert repr(values) == "Values(APP_PASSWORD, PIN)"
    with pytest.raises(TypeError):
        pickle.dumps(values)
    assert values.left_out_of({"PIN": "12345", "HOME": "/"}) == {"HOME": "/"}
    assert b"APP_PASSWORD" in order_json(Order(TASK, Path("/"), Path("/"))), "by name alone"
    assert names_in([TASK, task(secrets=("PIN",), skip="later"), TASK]) == ("APP_PASSWORD",)


@pytest.mark.parametrize(
    ("environ", "words"),
    [({}, "no secret APP_PASSWORD: set the environment"), ({"APP_PASSWORD": "x"}, "shorter than")],
)
def test_a_value_that_is_missing_or_cannot_be_used_is_told_without_it(
    environ: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        Values(values_of(["APP_PASSWORD"], environ))


def test_a_worker_has_values_in_its_own_environment_and_is_sent_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trueclick.agent.suite.dask_engine import SuitePlugin

    monkeypatch.setenv("APP_PASSWORD", VALUE)
    plugin = SuitePlugin("p", tmp_path, None, ["APP_PASSWORD"])
    assert VALUE.encode() not in pickle.dumps(plugin) + as_json(TASK).encode()
    plugin.setup(None)
    plugin.teardown(None)
    monkeypatch.delenv("APP_PASSWORD")
    with pytest.raises(UsageError, match="has no secret APP_PASSWORD, and values are not sent"):
        plugin.setup(None)


SPY = f"""
import subprocess, tkinter
from pathlib import Path
import os, sys
root = tkinter.Tk()
root.geometry("300x100+0+0")
entry = tkinter.Entry(root)
entry.pack()
entry.focus_force()
def leaks(place):
    try:
        return {VALUE!r}.encode() in place.read_bytes()
    except OSError:
        return False
def look():
    if entry.get() != {VALUE!r}:
        return root.after(50, look)
    seen = [p for n in ("environ", "cmdline") for p in Path("/proc").glob("[0-9]*/" + n)
            if leaks(p) and p.parts[2] not in sys.argv]
    Path(sys.argv[1]).write_text(f"leaks: {{seen}}")
    print("typed", entry.get(), file=sys.stderr, flush=True)
    os._exit(3)
root.after(50, look)
root.mainloop()
"""


@pytest.mark.slow
def test_a_secret_is_typed_and_stands_nowhere_but_in_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("APP_PASSWORD", VALUE)
    program = tmp_path_factory.mktemp("app") / "spy.py"
    program.write_text(SPY)
    own = windowed()[0]
    each = task(
        command=(own, str(program), "{artifacts}/seen.txt", str(os.getpid())),
        work="steps",
        words='type "{{APP_PASSWORD}}"',
        expects=(Expect("file", "{artifacts}/seen.txt", "leaks: []", timeout_s=10),),
        secrets=("APP_PASSWORD",),
    )
    with Keepers(Values(values_of(each.secrets, os.environ))) as keepers:
        told = carried_out(each, keepers, suite=tmp_path, folder=tmp_path / "t")
    attempt = told.attempts[0]
    seen = (tmp_path / "t" / "attempt-1" / "artifacts" / "seen.txt").read_text()
    assert seen == "leaks: []"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5, attempt
    assert [path for path in files if VALUE.encode() in path.read_bytes()] == []
    assert VALUE not in str(told)
