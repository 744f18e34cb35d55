"""Which differences a stored picture tells, and which noise it lets pass. Run by `make bench`.

Pairs of real windows of Tk, GTK and Chromium, drawn from the same scenes: each pair is judged as
`Screen.expect_image` judges it, with the tolerance for another font hinting (its default) and
without. The numbers in `hinting.py` were chosen on the scenes 0 to 2.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tests.benchmarks.scenes import (
    HINTS,
    USUAL,
    Change,
    Scene,
    Show,
    browser,
    differences,
    gtk,
    noises,
    scene,
    tk,
)
from trueclick.agent.qa import Mask, TextReader
from trueclick.agent.qa.masks import Masking
from trueclick.capture import Screenshot, Tolerance, encode

SEEDS = range(*map(int, os.environ.get("TRUECLICK_BENCH_SEEDS", "0-3").split("-")))
"""Which scenes, from one number to before another."""
KEPT = os.environ.get("TRUECLICK_BENCH_PAIRS")
"""A folder for the pairs that were judged wrongly."""

READER = TextReader()


def changes(before: Scene, seed: int) -> list[Change]:
    return [*differences(before, seed), *noises(before)]


def with_program(
    opened: Callable[[Path, str], AbstractContextManager[Show]], folder: Path
) -> Iterator[tuple[Change, Screenshot, Screenshot]]:
    with contextlib.ExitStack() as stack:
        shows = {hints: stack.enter_context(opened(folder, hints)) for hints in HINTS}
        for seed in SEEDS:
            before = scene(seed)
            first = shows[USUAL](before)
            for change in changes(before, seed):
                yield change, first, shows[change.hints or USUAL](change.scene)


def with_browser(folder: Path) -> Iterator[tuple[Change, Screenshot, Screenshot]]:
    befores = [scene(seed) for seed in SEEDS]
    every = [
        (number, change)
        for number, seed in enumerate(SEEDS)
        for change in changes(befores[number], seed)
    ]
    for number, before in enumerate(befores):
        for turn in (0.02, 0.05):
            turned = {
                **before,
                "items": [
                    {**item, "turn": turn}
                    if item["k"] in {"icon", "button"} and item.get("t") is None
                    else item
                    for item in before["items"]
                ],
            }
            every.append((number, Change("edge smoothed anew", True, turned)))
    firsts: list[Screenshot] = []
    for hints in (USUAL, *(each for each in HINTS if each != USUAL)):
        some = [(n, c) for n, c in every if (c.hints or USUAL) == hints]
        first = befores if hints == USUAL else []
        with browser(folder, hints, [*first, *(change.scene for _, change in some)]) as shown:
            firsts += [next(shown) for _ in first]
            for number, change in some:
                yield change, firsts[number], next(shown)


WINDOWS: dict[str, Callable[[Path], Iterator[tuple[Change, Screenshot, Screenshot]]]] = {
    "Tk": lambda folder: with_program(tk, folder),
    "GTK": lambda folder: with_program(gtk, folder),
    "Chromium": with_browser,
}


def same(change: Change, first: Screenshot, second: Screenshot, *, hinting: bool) -> bool:
    masks = [Mask.text(re.compile(change.pattern))] if change.pattern else []
    return Masking(masks, Tolerance(), READER.read, hinting=hinting).compared(first, second).same


def test_what_is_found_and_what_is_let_pass(tmp_path: Path) -> None:
    count, wrong, wrong_strictly = (
        Counter[tuple[bool, str]](),
        Counter[tuple[bool, str]](),
        Counter[tuple[bool, str]](),
    )
    for window, pairs in WINDOWS.items():
        folder = tmp_path / window
        folder.mkdir()
        for number, (change, first, second) in enumerate(pairs(folder)):
            key = change.noise, change.kind
            count[key] += 1
            right = same(change, first, second, hinting=True) == change.noise
            wrong[key] += not right
            wrong_strictly[key] += same(change, first, second, hinting=False) != change.noise
            if KEPT and not right:
                kept = Path(KEPT)
                kept.mkdir(parents=True, exist_ok=True)
                for name, shot in (("before", first), ("after", second)):
                    file = f"{window}-{number}-{change.kind.replace(' ', '-')}-{name}.png"
                    (kept / file).write_bytes(encode(shot).data)
    print()
    for noise in (False, True):
        print(
            "noise that was told" if noise else "differences that were missed",
            "of all; without the tolerance for hinting",
        )
        for key in sorted(key for key in count if key[0] == noise):
            print(f"  {key[1]:<24} {wrong[key]:3} of {count[key]:3}   {wrong_strictly[key]:3}")
        total = sum(n for key, n in count.items() if key[0] == noise)
        missed = sum(n for key, n in wrong.items() if key[0] == noise)
        strictly = sum(n for key, n in wrong_strictly.items() if key[0] == noise)
        print(f"  {'all':<24} {missed:3} of {total:3}   {strictly:3}")
    assert count.total() >= 200 or len(SEEDS) < 3
