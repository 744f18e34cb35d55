"""A person at the terminal approves, or nobody does."""

import json
import os
import pty
import subprocess
import sys
import time

import pytest

ASK = """
from anthropic.tools.computer import BetaComputerConfirmContext
from anthropic.types.beta import BetaComputerTypeInput, BetaToolUseBlock
from trueclick.agent import AskAtTerminal
import sys
block = BetaToolUseBlock(type="tool_use", id="t", name="type", input={})
text = BetaComputerTypeInput(text="rm\\u202e\\x1b[2J")
context = BetaComputerConfirmContext.construct(tool_use=block, member="type", input=text)
print("ready", flush=True)
sys.stdin.readline() if "early" in sys.argv else None
print("APPROVED" if AskAtTerminal()(context) else "REFUSED", flush=True)
"""


def answer(typed: bytes, *words: str) -> str:
    """What a program on a real terminal prints when the person types this at the question."""
    ours, theirs = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-c", ASK, *words], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    sent = False
    while True:
        try:
            chunk = os.read(ours, 1024)
        except OSError:
            break
        shown += chunk
        if b"[y/N]" in shown and not sent:
            time.sleep(0.1)
            os.write(ours, typed)
            sent = True
        if not chunk or b"APPROVED" in shown or b"REFUSED" in shown:
            break
    asking.wait(timeout=20)
    os.close(ours)
    return shown.decode(errors="replace")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (b"y\n", "APPROVED"),
        (b" YES \n", "APPROVED"),
        (b"n\n", "REFUSED"),
        (b"\n", "REFUSED"),
        (b"yy\n", "REFUSED"),
        (b"\x04", "REFUSED"),
        (b"\xff\n", "REFUSED"),
    ],
)
def test_only_a_clear_yes_approves(typed: bytes, said: str) -> None:
    assert said in answer(typed)


def test_the_question_shows_every_invisible_character() -> None:
    shown = answer(b"n\n")
    assert json.dumps("rm\u202e\x1b[2J") in shown


@pytest.mark.parametrize("stdin", ["pipe", "pty"])
def test_without_a_whole_terminal_nothing_is_approved(stdin: str) -> None:
    ours, theirs = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-c", ASK],
        stdin=theirs if stdin == "pty" else subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"},
    )
    os.write(ours, b"y\n")
    output, _ = asking.communicate(b"y\n" if stdin == "pipe" else None, timeout=20)
    os.close(ours)
    os.close(theirs)
    assert b"REFUSED" in output
