"""A person at the terminal approves, or nobody does."""

from __future__ import annotations

import json
import os
import pty
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

ASK = """
from anthropic.tools.computer import BetaComputerConfirmContext
from anthropic.types.beta import BetaComputerTypeInput, BetaToolUseBlock
from trueclick.agent import AskAtTerminal
import os, socket, sys

def ask():
    block = BetaToolUseBlock(type="tool_use", id="t", name="type", input={})
    text = BetaComputerTypeInput(text="rm\\u202e\\x1b[2J")
    context = BetaComputerConfirmContext.construct(tool_use=block, member="type", input=text)
    print("APPROVED" if AskAtTerminal()(context) else "REFUSED", flush=True)

asked = socket.socket(fileno=int(sys.argv[1]))
while True:
    word, files, _, _ = socket.recv_fds(asked, 1, 3)
    if not word:
        break
    child = os.fork()
    if child == 0:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        ask()
        os._exit(0)
    for file in files:
        os.close(file)
    os.waitpid(child, 0)
"""
"""Asks on whatever it is given for its standard input, output and error: each time in a process
of its own, but the SDK is imported once."""


@pytest.fixture(scope="module")
def asking() -> Iterator[socket.socket]:
    """Where to send the three files on which the question is to be asked."""
    ours, theirs = socket.socketpair()
    environment = {**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}
    program = subprocess.Popen(
        [sys.executable, "-c", ASK, str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        env=environment,
    )
    theirs.close()
    with program, ours:
        yield ours
        ours.shutdown(socket.SHUT_RDWR)
        program.wait(timeout=20)


def answer(asking: socket.socket, typed: bytes) -> str:
    """What a program on a real terminal prints when the person types this at the question."""
    ours, theirs = pty.openpty()
    socket.send_fds(asking, [b"?"], [theirs] * 3)
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
def test_only_a_clear_yes_approves(asking: socket.socket, typed: bytes, said: str) -> None:
    assert said in answer(asking, typed)


def test_the_question_shows_every_invisible_character(asking: socket.socket) -> None:
    shown = answer(asking, b"n\n")
    assert json.dumps("rm\u202e\x1b[2J") in shown


@pytest.mark.parametrize("stdin", ["pipe", "pty"])
def test_without_a_whole_terminal_nothing_is_approved(asking: socket.socket, stdin: str) -> None:
    ours, theirs = pty.openpty()
    read_end, write_end = os.pipe()
    output, printed = os.pipe()
    os.write(ours, b"y\n")
    os.write(write_end, b"y\n")
    socket.send_fds(asking, [b"?"], [theirs if stdin == "pty" else read_end, printed, printed])
    os.close(printed)
    said = b""
    try:
        while select.select([output], [], [], 20)[0] and (chunk := os.read(output, 1024)):
            said += chunk
        assert said == b"REFUSED\n"
    finally:
        for end in (ours, theirs, read_end, write_end, output):
            os.close(end)
