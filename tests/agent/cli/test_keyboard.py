"""Who owns the terminal's input, and that it is given back as it was."""

import sys

from .on_terminal import on_terminal

READING = """
import os, sys, threading
from trueclick.agent.cli.keyboard import Keyboard, forget_typed_ahead
from trueclick.agent.cli.signals import Stopped, ending_in_order
# In one piece: two threads say something.
say = lambda *words: os.write(1, (" ".join(map(str, words)) + chr(10)).encode())
said = threading.Condition()
lines = []
typed = lambda text: say("typing:", text)
def heard(line):
    with said:
        lines.append(line)
        said.notify_all()
    say("line:", line)
try:
    with ending_in_order() as stop, Keyboard(0, heard, typed) as keyboard:
        say("reading")
        while "end" not in lines:
            with said:
                said.wait_for(lambda: lines)
                line = lines.pop(0) if lines[0] != "end" else "end"
            if line == "ask":
                with keyboard.lent():
                    forget_typed_ahead(0)
                    say("asking")
                    say("answer:", sys.stdin.readline().strip())
                say("asked")
            elif line == "fail":
                raise OSError("a fault")
except Stopped as stopped:
    say("stopped by", stopped.number)
except OSError:
    say("failed")
say("closed")
say("over: " + sys.stdin.readline().strip())
"""

COMMAND = [sys.executable, "-c", READING]


def test_lines_are_read_without_the_terminals_echo() -> None:
    with on_terminal(COMMAND) as terminal:
        terminal.until("reading")
        terminal.type("grün")
        terminal.until("typing: grün")
        assert not terminal.takes_lines_and_echoes()
        terminal.type("\n")
        terminal.until("line: grün")
        assert terminal.shown.count("grün") == 2


def test_a_question_gets_its_own_answer_and_the_terminal_as_it_was() -> None:
    with on_terminal(COMMAND) as terminal:
        terminal.until("reading")
        terminal.type("ask\n")
        terminal.until("asking")
        assert terminal.takes_lines_and_echoes()
        terminal.type("yes\n")
        terminal.until("answer: yes")
        terminal.until("asked")
        terminal.type("more\n")
        terminal.until("line: more")
        assert "line: yes" not in terminal.shown


def test_however_it_ends_the_terminal_is_as_it_was() -> None:
    for ending, said in (("fail\n", "failed"), ("\x03", "stopped by 2")):
        with on_terminal(COMMAND) as terminal:
            terminal.until("reading")
            terminal.type("x")
            terminal.until("typing: x")
            terminal.type(f"\x15{ending}")
            terminal.until(said)
            terminal.until("closed")
            terminal.type("hello\n")
            terminal.until("over: hello")
            assert terminal.takes_lines_and_echoes()
            assert terminal.status() == 0


SHELL = f"""
set -m
{sys.executable} -c '{READING}' &
wait %1 2>/dev/null &
sleep 1
read line
echo "the shell read: $line"
stty -a | grep -o -e ' -\\?echo ' -e ' -\\?icanon '
kill %1
"""


def test_in_the_background_nothing_is_read_and_nothing_is_changed() -> None:
    with on_terminal(["bash", "-c", SHELL]) as terminal:
        terminal.until("reading")
        terminal.type("for the shell\n")
        terminal.until("the shell read: for the shell")
        assert terminal.takes_lines_and_echoes()
        # bash may quote the program itself when it tells of its jobs.
        shown = terminal.shown.replace("the shell read", "").replace('say("line:"', "")
        assert "\nline:" not in shown
