"""The main job, for real: fill in an order form through screenshots, then compare what arrived.

    make demo

Opens a private display with an order form in it and lets the local model (no key, no network)
work through the task below. The form writes what it received; the demo compares that with what
the task said, and exits 1 if they differ. The screenshots stay in `runs/demo`, and the run's trace,
with which a report, a replay or a film can be made; the next demo replaces them.
"""

import argparse
import json
import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trueclick.agent.cli import main as trueclick

HERE = Path(__file__).resolve().parent

TASK = r"""
type "Zoé Weiß" into "Name"
type "Besançon" into "City"
choose "Norway" from "Country"
click "Express"
check "Gift wrap"
scroll down in "Products" until "Walnut table"
double-click "Walnut table"
drag "Discount" to 70%
type "Ring twice, bitte.\nDie Straße heißt Café-Allee." into "Message"
click "Check order"
wait for "Order is complete"
click "Submit order"
expect "Order saved"
"""

EXPECTED = {
    "name": "Zoé Weiß",
    "city": "Besançon",
    "country": "Norway",
    "delivery": "Express",
    "gift_wrap": True,
    "product": "Walnut table",
    "discount_pct": 70,
    "message": "Ring twice, bitte.\nDie Straße heißt Café-Allee.",
}

SLIDER_PCT = 1
"""One pixel of the screenshot moves the slider by up to this much."""


def same(field: str, expected: object, received: object) -> bool:
    """Whether the form received what the task said."""
    if field == "discount_pct" and isinstance(expected, int) and isinstance(received, int):
        return abs(expected - received) <= SLIDER_PCT
    return type(expected) is type(received) and expected == received


def compare(received: dict[str, object]) -> bool:
    """Print what the task said beside what the form received; whether all of it is the same."""
    table = Table("field", "the task said", "the form received", "")
    all_same = True
    for field, expected in EXPECTED.items():
        got = received.get(field)
        equal = same(field, expected, got)
        all_same = all_same and equal
        said, heard = (Text(json.dumps(value, ensure_ascii=False)) for value in (expected, got))
        table.add_row(field, said, heard, "same" if equal else Text("differs", style="bold red"))
    Console().print(table)
    return all_same


def remove_trace(trace: Path) -> None:
    """Remove the trace of the last demo, and nothing else that may have come to be there."""
    if (trace / "trace.jsonl").is_file() and not trace.is_symlink():
        shutil.rmtree(trace)  # nor does this follow any


def show_commands(folder: Path, trace: Path) -> None:
    """Print what can be done with the trace, if there is one."""
    if not trace.is_dir():
        return
    here = Path.cwd()
    beside = Path(sys.executable).with_name("trueclick")
    command = "trueclick" if shutil.which("trueclick") else shlex.quote(near(beside, here))
    at, into = shlex.quote(near(trace, here)), near(folder, here)
    rows = (
        (f"report {at} -o {shlex.quote(f'{into}/report.html')}", "each step, to look at"),
        (f"replay {at}", "all of it again, without a model"),
        (f"export {at} -o {shlex.quote(f'{into}/demo.gif')}", "a film; .py makes a program"),
    )
    print("\nThe run is kept:")
    for words, meaning in rows:
        print(f"  {command} {words}  # {meaning}")


def near(path: Path, here: Path) -> str:
    """A path as it is written from a folder that it is in, or else whole."""
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def main() -> int:
    """Run the task and return the exit status."""
    parser = argparse.ArgumentParser(description="Fill in an order form through screenshots.")
    parser.add_argument("--form", type=Path, default=HERE / "order_form.py", help="another form")
    parser.add_argument("--size", default="1920x1080", help="of the display; %(default)s")
    parser.add_argument("--runs", type=Path, default=HERE.parent / "runs", help="where to write")
    options = parser.parse_args()

    folder = options.runs.resolve() / "demo"
    order, screenshots, trace = (folder / name for name in ("order.json", "screenshots", "trace"))
    try:
        remove_trace(trace)
        screenshots.mkdir(parents=True, exist_ok=True)
        for old in (order, *screenshots.glob("*.png")):
            old.unlink(missing_ok=True)
    except OSError as error:
        print(f"demo: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    form = [sys.executable, str(options.form.resolve()), "--out", str(order)]
    print(f"The task, on a private display of {options.size}:{TASK}")
    status = trueclick(
        [
            *("run", TASK, "--model", "local", "--app", shlex.join(form)),
            *("--size", options.size, "--screenshots", str(screenshots), "--trace", str(trace)),
        ]
    )
    print(f"\nScreenshots: {screenshots}")
    if not order.exists():
        print("The form received no order.")
        show_commands(folder, trace)
        return status or 1
    arrived = compare(json.loads(order.read_text(encoding="utf-8")))
    print("\nEverything arrived." if arrived else "\nThe form received something else.")
    show_commands(folder, trace)
    return status or int(not arrived)


if __name__ == "__main__":
    sys.exit(main())
