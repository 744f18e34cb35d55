"""How long typing takes, beside what one would use otherwise. Run by `make bench`.

From the first key until the program has received the last one: ours returns when the program has
said so, the others when they have sent it, so what the program holds is waited for.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

import pytest

from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.geometry import Size

from ..agent.typing_programs import TypingProgram, missing, typing_program
from .timing import report

ASCII = (
    "The quick brown fox jumps over the lazy dog; 0123456789 "
    "(a+b)*c = {d}[e] <f>|\\g 'h' \"i\" ~!@#$%^&_ end"
)[:100]
MIXED = (
    "äöüßéèñç αβγδεζηθ абвгдежз שלום مرحبا 漢字仮名交文 नमसत 😀🚀🎉🔥 €—“”… ąęłżź "
    "привет, 漢字 & äöü; again äöü, αβγδ"
)[:100]
ROUNDS = 7


def received_s(
    program: TypingProgram, text: str, send: Callable[[], object], rounds: int = ROUNDS
) -> float:
    """The median time from the first key until the program holds all of a text."""
    times: list[float] = []
    for _ in range(rounds):
        program.clear()
        start = time.perf_counter()
        send()
        assert program.holds(text) == text
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def test_typing() -> None:
    print()
    assert len(ASCII) == len(MIXED) == 100
    assert len(set(MIXED)) >= 40
    lines = (ASCII[:99] + "\n") * 100
    with VirtualDisplay(Size(1000, 700)) as display:
        for name in ("tk", "gtk", "xterm", "chromium"):
            if missing(name):
                continue
            with (
                typing_program(name, display.name) as program,
                closing(XTestInput(display.name, SystemClock())) as backend,
            ):
                for layout in ("us", "de", "fr", "ru"):
                    subprocess.run(["setxkbmap", "-display", display.name, layout], check=True)
                    time.sleep(1)  # the window manager reads the keyboard anew
                    for kind, text in (("ASCII", ASCII), ("mixed", MIXED)):
                        type_it = partial(backend.type, text)
                        first = received_s(program, text, type_it, 1)
                        report(f"{name}, {layout}: the first 100 {kind}", first)
                        took = received_s(program, text, type_it)
                        report(f"{name}, {layout}: 100 {kind}", took)
                subprocess.run(["setxkbmap", "-display", display.name, "us"], check=True)
                if name == "tk":
                    took = received_s(program, lines, partial(backend.type, lines))
                    report(f"{name}, us: 10,000 ASCII", took)


def test_the_other_ways() -> None:
    print()
    text = ASCII
    with (
        VirtualDisplay(Size(1000, 700)) as display,
        typing_program("tk", display.name) as program,
        closing(XTestInput(display.name, SystemClock())) as backend,
    ):
        environment = {"DISPLAY": display.name, "XAUTHORITY": str(display.authority)}
        ours = received_s(program, text, partial(backend.type, text))
        if shutil.which("xdotool"):
            for how in (["type"], ["type", "--delay", "0"]):
                command = ["xdotool", *how, "--", text]
                run = partial(subprocess.run, command, env=environment, check=True)
                other = received_s(program, text, run)
                report("100 ASCII", ours, f"xdotool {' '.join(how)}", other)
        writer = (
            "import sys, time, pyautogui\n"
            "start = time.perf_counter()\n"
            "pyautogui.write(sys.argv[1])\n"
            "print(time.perf_counter() - start)"
        )
        for name, typed in (("100 ASCII", text), ("100 mixed", MIXED)):
            program.clear()
            ours = received_s(program, typed, partial(backend.type, typed))
            program.clear()
            told = subprocess.run(
                [sys.executable, "-c", writer, typed],
                env=environment,
                capture_output=True,
                check=False,
            )
            if told.returncode:
                pytest.skip("pyautogui does not run here")
            report(name, ours, "pyautogui.write", float(told.stdout))
            time.sleep(0.5)
            arrived = program.received()
            print(f"    pyautogui: {len(arrived)} characters arrived, as sent: {arrived == typed}")
