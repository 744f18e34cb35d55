"""What a replay costs: the demo's first run beside its replays, in processes of their own.

Run by `make bench`. The first run is done with the local model, which takes less time to answer
than any that is called over a network. A replay should take less than a third of it.
"""

from __future__ import annotations

import json
import runpy
import shlex
import statistics
import subprocess
import time
from pathlib import Path

from ..programs import TK_PYTHON, TRUECLICK
from ..repository import ROOT

TIMES = 3

SHARE = 1 / 3


def test_a_replay_of_the_demo(tmp_path: Path) -> None:
    demo = runpy.run_path(str(ROOT / "examples" / "demo.py"))
    order = tmp_path / "order.json"
    app = [TK_PYTHON, str(ROOT / "examples" / "order_form.py"), "--out", str(order)]
    first: list[float] = []
    again: list[float] = []
    for number in range(TIMES):  # in turns: what disturbs one disturbs the other
        trace = str(tmp_path / f"trace-{number}")
        words = [*("run", demo["TASK"], "--model", "local", "--size", "1920x1080", "--quiet")]
        first.append(seconds(*words, "--trace", trace, "--app", shlex.join(app)))
        order.unlink()
        again.append(seconds("replay", trace, "--quiet"))
        received = json.loads(order.read_text(encoding="utf-8"))
        assert all(demo["same"](k, v, received[k]) for k, v in demo["EXPECTED"].items())
    report("the demo's first run", first)
    report("its replay", again)
    share = statistics.median(again) / statistics.median(first)
    print(f"{'a replay beside the first run':<34} {share:9.2f}, of {SHARE:.2f} at most")
    assert share < SHARE


def seconds(*words: str) -> float:
    """How long a command takes, start-up included, that has to go well."""
    began = time.monotonic()
    subprocess.run([TRUECLICK, *words], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def report(name: str, taken: list[float]) -> None:
    """Print a median, and what it is of."""
    each = ", ".join(f"{one:.1f}" for one in taken)
    print(f"{name:<34} {statistics.median(taken):9.2f} s (median of {each})")
