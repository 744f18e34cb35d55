"""Real runs of the command against the strict API: what is told, to whom, and what can be said."""

import contextlib
import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent.testing import StrictApi, Turn, calls, says, served, uses
from trueclick.agent.trace import read_trace

from ...programs import TK_PYTHON, TRUECLICK
from .on_terminal import on_terminal

LOOK = calls(("screenshot", {}))
CLICK = calls(("left_click", {"coordinate": [10, 20]}))
PATIENCE_S = 60
RUN = (TRUECLICK, "run", "look around", "--model", "claude-sonnet-5-5", "--size", "320x240")
HOSTILE = "\x1b[2J\x1b]0;owned\x07done"


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home and a list of runs of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TRUECLICK_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-told-to-nobody")


@contextlib.contextmanager
def api(*turns: Turn, for_ever: Turn | None = None) -> Generator[StrictApi]:
    """The API on a port, named in the environment."""
    strict = StrictApi(turns if for_ever is None else lambda _: for_ever)
    with served(strict) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_BASE_URL", address)
        yield strict
    assert strict.violations == ()


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def said_to(strict: StrictApi) -> str:
    """All that the user's messages of the last request say."""
    messages: list[Any] = strict.requests[-1]["messages"]
    return json.dumps([each for each in messages if each["role"] == "user"], ensure_ascii=False)


@pytest.mark.parametrize("how", [pytest.param("Ctrl-C", marks=pytest.mark.slow), "trueclick stop"])
def test_a_run_in_json_that_is_stopped_tells_its_end_in_the_last_line(how: str) -> None:
    with (
        api(for_ever=calls(("wait", {"duration": 0.2}))),
        subprocess.Popen(
            [*RUN, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running,
    ):
        assert running.stdout is not None
        lines: list[dict[str, Any]] = []
        for line in running.stdout:
            lines.append(json.loads(line))
            if len(lines) == 12:
                if how == "Ctrl-C":
                    running.send_signal(signal.SIGINT)
                else:
                    subprocess.run([TRUECLICK, "stop", str(running.pid)], check=False)
        assert running.wait(PATIENCE_S) == 130
    last = lines[-1]
    assert [line["event"] for line in lines].count("ended") == 1
    assert (last["event"], last["status"]) == ("ended", "stopped")
    assert last["turns"] >= 1
    assert last["usage"]["input"] > 1000
    if how == "trueclick stop":
        assert last["text"] == "asked for by `trueclick stop`"
    assert Path(last["trace"]).is_dir()


@pytest.mark.slow
def test_an_application_that_cannot_be_started_is_the_end_of_a_run_in_json() -> None:
    with api():
        done = ran("--json", "--app", "false")
    assert done.returncode == 2
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["status"] == "failed"
    assert "false ended with status 1" in json.loads(line)["text"]
    assert "false ended with status 1" in done.stderr


@pytest.mark.slow
def test_a_quiet_run_prints_the_last_words_alone() -> None:
    with api(LOOK, says(f"Saw it.\n{HOSTILE}")):
        done = ran("--quiet", "--no-trace")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Saw it.\n\\x1b[2J\\x1b]0;owned\\x07done\n"


@pytest.mark.slow
def test_a_question_that_nobody_can_answer_ends_the_run_with_status_1() -> None:
    with api(uses({"reason": "needs_user", "message": "Which file?"}, name="hand_back")):
        done = ran("--quiet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "trueclick: needs user: Which file?\n"


@pytest.mark.slow
def test_a_run_goes_on_from_its_trace_with_what_else_there_is_to_say() -> None:
    with api(LOOK, LOOK):
        first = ran("--max-turns", "1", "--json")
    ended = json.loads(first.stdout.splitlines()[-1])
    assert (first.returncode, ended["status"]) == (1, "budget")
    with api(says("All done.")) as strict:
        again = subprocess.run(
            [TRUECLICK, "run", "and hurry", "--resume", ended["trace"], "--json"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert "and hurry" in said_to(strict)
        assert "look around" in said_to(strict)
    assert again.returncode == 0, again.stderr
    lines = [json.loads(line) for line in again.stdout.splitlines()]
    assert lines[0]["screen"] == [0, 0, 320, 240]
    assert (lines[-1]["status"], lines[-1]["turns"]) == ("done", 2)
    assert lines[-1]["trace"] == ended["trace"]


def test_words_that_are_typed_while_it_runs_reach_the_model() -> None:
    slowly = [calls(("wait", {"duration": 0.5})) for _ in range(60)]
    with api(*slowly) as strict, on_terminal(RUN) as terminal:
        terminal.until("1 wait")
        terminal.type("use the grünen button\n")
        terminal.until("noted, to be read with the next request: use the grünen button")
        terminal.until("you: use the grünen button")
        terminal.until("turn ", after=len(terminal.shown))
        assert "use the grünen button" in said_to(strict)
        terminal.type("\x03")
        assert terminal.status() == 130
        assert terminal.takes_lines_and_echoes()
        assert "go on with: trueclick run --resume" in terminal.shown
        assert "trueclick: stopped; every key and button is released" in terminal.shown


@pytest.mark.slow
def test_a_question_is_asked_where_somebody_can_answer_it() -> None:
    question = uses({"reason": "needs_user", "message": f"Which? {HOSTILE}"}, name="hand_back")
    with api(LOOK, question, says("Took it.")) as strict, on_terminal(RUN) as terminal:
        terminal.until("answer (none: the run ends) >")
        assert terminal.takes_lines_and_echoes()
        terminal.type("the left one\n")
        assert terminal.status() == 0
        assert "the left one" in said_to(strict)
    assert "\x1b]0;owned" not in terminal.raw
    assert "noted" not in terminal.shown


def test_an_answer_to_whoever_approves_is_no_instruction() -> None:
    script = (CLICK, CLICK, says("Clicked."))
    command = [*RUN, "--confirm", "ask"]
    seen = 0
    with api(*script) as strict, on_terminal(command) as terminal:
        for answer in ("y\n", "n\n"):
            terminal.until("Allow this left_click? [y/N]", after=seen)
            seen = len(terminal.shown)
            terminal.type(answer)
        assert terminal.status() == 0
        sent = said_to(strict)
    assert "noted" not in terminal.shown
    # What was asked and answered is not wiped out by the status line that comes back below it.
    assert "\x1b[1A" not in terminal.raw.split("[y/N] y\r\n")[1][:40]
    assert sent.count("the user said no") == 1


@pytest.mark.slow
def test_a_secret_is_shown_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPHRASE", "hunter2hunter2")
    typed = calls(("type", {"text": "{{PASSPHRASE}}"}))
    with api(typed, says("I typed {{PASSPHRASE}}, which may be hunter2hunter2.")):
        done = ran("--secret", "PASSPHRASE", "--mask", "0,0,9,9", "--mask-secrets")
    assert done.returncode == 0, done.stderr
    assert "{{PASSPHRASE}}" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    kept = [path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert kept
    assert not any(b"hunter2" in each for each in kept)


@pytest.mark.slow
def test_a_closed_standard_input_changes_nothing() -> None:
    with api(LOOK, says("Saw it.")):
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&-', "sh", *RUN],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[-4].startswith("done")


@pytest.mark.slow
def test_a_reader_that_stalls_does_not_keep_a_run_from_being_stopped() -> None:
    read_end, write_end = os.pipe()
    with (
        api(for_ever=calls(("wait", {"duration": 0.01}))),
        subprocess.Popen([*RUN, "--json"], stdout=write_end, stderr=subprocess.PIPE) as running,
    ):
        os.close(write_end)
        before = b""
        while b'"acted"' not in before:
            before += os.read(read_end, 4096)
        # Nobody reads for a while: the pipe is full at some time, in the middle of a line.
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        rest = b"".join(iter(lambda: os.read(read_end, 65536), b""))
        os.close(read_end)
        assert running.wait(PATIENCE_S) == 130
    lines = [json.loads(line) for line in (before + rest).splitlines()]
    assert lines[-1]["event"] == "ended"


@pytest.mark.slow
def test_a_run_can_be_halted_and_go_on_beside_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PS1", "$ ")
    shell = ["bash", "--norc", "-i"]
    with api(for_ever=calls(("wait", {"duration": 0.5}))), on_terminal(shell) as terminal:

        def seen(typed: str, *words: str) -> None:
            after = len(terminal.shown)
            terminal.type(typed)
            for word in words:
                terminal.until(word, after=after)

        seen(f"{shlex.join(RUN)}\n", "1 wait")
        seen("\x1a", "Stopped")
        seen("echo hel''lo\n", "hello")
        seen("fg\n", "turn", "wait")
        seen("mind the gap\n", "noted, to be read with the next request: mind the gap")
        seen("\x1a", "Stopped")
        seen("bg\n", "turn", "wait")
        after = len(terminal.shown)
        seen("echo by''e\n", "bye", "turn")
        assert "noted" not in terminal.shown[after:]
        seen("kill %1\n", "every key and button is released")
        seen("echo st''ill\n", "still")


def the_trace(folder: Path) -> Path:
    (trace,) = (folder / "state" / "trueclick" / "runs").iterdir()
    return trace


def test_a_run_goes_on_under_the_same_approval(tmp_path: Path) -> None:
    asked = "Allow this left_click? [y/N]"
    with api(CLICK, CLICK), on_terminal([*RUN, "--confirm", "ask"]) as terminal:
        terminal.until(asked)
        terminal.type("\x03")
        assert terminal.status() == 130
    # The end of the prompt's line comes first, and the summary is what is seen last.
    after = terminal.shown.split(asked)[1].strip().splitlines()
    assert after[0] == "^C"
    summary = next(index for index, line in enumerate(after) if line.startswith("stopped: by"))
    assert after[summary] == "stopped: by Ctrl-C (SIGINT)"
    further = f"go on with: trueclick run --resume {the_trace(tmp_path)}"
    assert after[summary + 3] == further
    words = shlex.split(further.removeprefix("go on with: trueclick"))
    with api(CLICK, says("Clicked.")) as strict, on_terminal([TRUECLICK, *words]) as terminal:
        terminal.until("trueclick: as before: --confirm ask")
        terminal.until("goes on, now on the display :")
        terminal.until(asked)
        terminal.type("n\n")
        assert terminal.status() == 0
        assert "the user said no" in said_to(strict)
    assert "go on with" not in terminal.shown


def test_a_terminal_that_is_closed_during_a_question_stops_the_run(tmp_path: Path) -> None:
    with api(CLICK), on_terminal([*RUN, "--confirm", "ask"]) as terminal:
        terminal.until("Allow this left_click? [y/N]")
        terminal.hang_up()
        assert terminal.process.wait(PATIENCE_S) == 129
    result = read_trace(the_trace(tmp_path)).result
    assert result is not None
    assert result.status == "stopped"


@pytest.mark.slow
def test_questions_are_asked_beside_lines_for_a_program(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    command = ["sh", "-c", f'exec "$@" >{lines}', "sh", *RUN, "--json", "--confirm", "ask"]
    with api(CLICK, says("Clicked.")), on_terminal(command) as terminal:
        terminal.until("Allow this left_click? [y/N]")
        terminal.type("y\n")
        assert terminal.status() == 0
    events = [json.loads(line) for line in lines.read_text().splitlines()]
    assert events[0]["setup"] == {"confirm": "ask"}
    assert [event["error"] for event in events if event["event"] == "acted"] == [None] * 2
    assert events[-1]["status"] == "done"


CRASHING = r"""
import os, sys, tkinter
def crash():
    print("out of \x1b[2Jink", file=sys.stderr, flush=True)
    os.abort()
root = tkinter.Tk()
root.after(1500, crash)
root.mainloop()
"""


@pytest.mark.slow
def test_an_application_that_crashes_in_the_middle_of_a_run_is_told_of() -> None:
    slowly = [calls(("wait", {"duration": 1})) for _ in range(4)]
    with api(*slowly, says("It is gone.")):
        done = ran("--app", shlex.join([TK_PYTHON, "-c", CRASHING]))
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    first = told.index("     the application was ended by SIGABRT; it wrote last:")
    assert told[first + 1] == "       out of \\x1b[2Jink"
    assert done.stdout.count("was ended by") == 1
