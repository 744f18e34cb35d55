"""A run that a model did once, as a regression test that needs none.

    python examples/regression_test.py

The first time the local model (no key, no network) tries an order without a country, and its trace
is kept in `runs/regression`. From then on the recorded actions are performed again, in seconds, and
before each of them the screen must look as it did: exit status 1 if it does not, with the step and
what differed. `--record` records anew. With a Claude model in `record` it is the same.
"""

import argparse
import shutil
import sys
from pathlib import Path

from trueclick.agent import application, open_desktop, run
from trueclick.agent.local import local_client
from trueclick.agent.replay import ReplayResult, replay
from trueclick.agent.trace import read_trace
from trueclick.capture import VirtualDisplay, encode
from trueclick.geometry import Size

HERE = Path(__file__).resolve().parent

TASK = """
type "Ada" into "Name"
double-click "Brass lamp"
click "Check order"
expect "Missing: Country"
"""


def record(form: list[str], trace: Path) -> None:
    """Let the model do it, on a private display, and keep the trace if it got there."""
    attempt = trace.with_name(f"{trace.name}-attempt")
    shutil.rmtree(attempt, ignore_errors=True)
    with (
        VirtualDisplay(Size(1280, 800)) as display,
        application(form, display.name),
        open_desktop(display.name, model="local") as desktop,
    ):
        result = run(TASK, desktop, client=local_client(), model="local", trace=attempt)
    if result.status != "done":
        raise SystemExit(f"the model did not get there: {result.text} (see {attempt})")
    attempt.rename(trace)


def check(form: list[str], trace: Path) -> ReplayResult:
    """Do it again without the model; what differs is in the result."""
    return replay(read_trace(trace), command=form)


def main() -> int:
    """Record if there is no recording, replay, and return the exit status."""
    parser = argparse.ArgumentParser(description="Check an order form against a recorded run.")
    parser.add_argument("--form", type=Path, default=HERE / "order_form.py", help="another form")
    parser.add_argument("--runs", type=Path, default=HERE.parent / "runs", help="where to write")
    parser.add_argument("--record", action="store_true", help="record anew")
    options = parser.parse_args()

    trace = options.runs.resolve() / "regression"
    form = [sys.executable, str(options.form.resolve()), "--out", "/dev/null"]
    if options.record and (trace / "trace.jsonl").is_file():
        shutil.rmtree(trace)
    if not trace.exists():
        trace.parent.mkdir(parents=True, exist_ok=True)
        print("recording: the local model takes some ten seconds", flush=True)
        record(form, trace)
        print(f"recorded: {trace}")
    result = check(form, trace)
    for step in result.mismatches:
        if step.mismatch is not None:
            print(f"step {step.step.number}, {step.step.member}: {step.mismatch.text}")
            if step.mismatch.difference is not None:
                picture = trace.with_name("regression-difference.png")
                picture.write_bytes(encode(step.mismatch.difference).data)
                print(f"  as recorded, as it is, and where they differ: {picture}")
    if not result.same:
        return 1
    seconds, times = result.seconds, result.recorded_s / result.seconds
    print(f"as recorded: {len(result.steps)} steps in {seconds:.1f} s, {times:.0f} times as fast")
    return 0


if __name__ == "__main__":
    sys.exit(main())
