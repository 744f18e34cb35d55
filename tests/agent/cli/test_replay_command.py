"""`trueclick replay` as a person types it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import uuid
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trueclick.agent import platforms
from trueclick.agent.testing import StrictApi, calls, says
from trueclick.agent.trace import read_trace
from trueclick.capture import read_image

from ...programs import TRUECLICK, marked
from ..command import FAST, trueclick
from ..replay.recording import MODEL, note, recorded_once

BUTTON_AT_300 = {"coordinate": [440, 220]}


@pytest.fixture
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded_once(tmp_path_factory.getbasetemp())


@pytest.fixture
def trace(recorded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(recorded, tmp_path / "trace")


def app(out: Path, *options: str) -> tuple[str, str]:
    return "--app", shlex.join(note(out, *options))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


MISTAKES = [
    (["/no/trace"], "there is no trace in /no/trace"),
    (["TRACE", "--app", "'"], '--app "\'" cannot be split into words'),
    (["TRACE", "--app", "no-such-program"], "no such program"),
    (["TRACE", "--app", "false"], "ended with status 1 before it"),
    (["TRACE", "--size", "big"], "'big' is not a size"),
    (["TRACE", "--size", "100x100"], "too small: at least 320x200"),
    (["TRACE", "--size", "800x600", "--update"], "--update needs a display of the recorded size"),
    (["TRACE", "--size", "800x600", "--heal", "local"], "--heal needs a display of the recorded"),
    (["TRACE", "--update", "--keep-going"], "not allowed with argument"),
    (["TRACE", "--quiet", "--json"], "not allowed with argument"),
    (["TRACE", "--mask", "1,2,3"], "'1,2,3' is not a region"),
    (["TRACE", "--mask", "0,0,9999,9999"], "not inside of the 640x480 display"),
    (["TRACE", "--tolerance", "a lot"], "'a lot' is no tolerance: write a number of pixels"),
    (["TRACE", "--tolerance", "100%"], "is no tolerance"),
    (["TRACE", "--timeout", "0"], "'0' is not a number above 0"),
    (["TRACE", "--heal", "gpt-4"], "unknown model 'gpt-4'"),
    (["TRACE", "--heal", MODEL], "the Claude API needs ANTHROPIC_API_KEY"),
    (["TRACE", "--heal", "local", "--max-usd", "1"], "means nothing to --heal local"),
    (["TRACE", "--max-turns", "3"], "--max-turns goes with --heal alone"),
    (["TRACE", "--secret", "1x"], "1x"),
    (["TRACE", "--secret", "NO_SUCH_SECRET"], "NO_SUCH_SECRET"),
    (["TRACE", "--out", "/dev/null/x"], "cannot be made"),
    (["TRACE", "--junit", "/dev/null/x"], "cannot be made"),
    (["TRACE", "--junit", "/tmp"], "/tmp is a folder: name a file"),
    (["TRACE", "--junit", "/dev/null"], "/dev/null is there and is no plain file"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_gets_one_clear_line_and_status_2(
    recorded: Path, words: list[str], said: str
) -> None:
    result = trueclick("replay", *(str(recorded) if word == "TRACE" else word for word in words))
    lines = [line for line in result.stderr.splitlines() if "as recorded" not in line]
    assert result.returncode == 2
    assert said in "\n".join(lines)
    assert "Traceback" not in result.stderr
    assert len(lines) == 1


def test_a_trace_that_others_may_write_starts_nothing_of_its_own(trace: Path) -> None:
    (trace / "trace.jsonl").chmod(0o666)
    result = trueclick("replay", str(trace))
    assert result.returncode == 2
    assert "others may write to" in result.stderr


def test_no_secret_is_typed_for_a_trace_that_others_may_write(
    trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIN", "a value of mine")
    _rewritten(trace, lambda started: started.update(setup={"secrets": ["PIN"]}))
    (trace / "trace.jsonl").chmod(0o666)
    result = trueclick("replay", str(trace), *app(tmp_path / "again.txt"))
    assert result.returncode == 2
    assert "say --secret PIN to have yours typed" in result.stderr


def test_a_trace_without_an_application_wants_one_named(trace: Path) -> None:
    _rewritten(trace, lambda started: started.update(setup={}))
    result = trueclick("replay", str(trace))
    assert result.returncode == 2
    assert "does not say which application it was made with: name it with --app" in result.stderr


def test_a_setup_of_another_program_needs_the_application_alone(trace: Path) -> None:
    _rewritten(trace, lambda started: started.update(setup={"made_by": "hand"}))
    result = trueclick("replay", str(trace))
    assert result.returncode == 2
    assert "name the application with --app" in result.stderr


def _rewritten(trace: Path, change: object) -> None:
    lines = (trace / "trace.jsonl").read_text().splitlines()
    started = json.loads(lines[1])
    change(started)  # type: ignore[operator]
    lines[1] = json.dumps(started)
    (trace / "trace.jsonl").write_text("\n".join(lines) + "\n")


def test_it_starts_the_application_of_the_trace_and_tells_each_step(
    trace: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    result = trueclick("replay", str(trace), "--junit", str(report), "--out", str(tmp_path / "o"))
    assert result.returncode == 0, result.stdout
    assert "7 steps, recorded in" in result.stdout
    assert 'type "Ada"' in result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.startswith("same: 7 steps in ")
    assert "as recorded: --app" in result.stderr
    assert not list((tmp_path / "o").iterdir())
    (suite,) = ET.parse(report).getroot()  # noqa: S314 - we wrote it ourselves
    assert (suite.get("tests"), suite.get("failures")) == ("7", "0")


def test_a_difference_is_told_with_pictures_and_status_1(trace: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "out", tmp_path / "report.xml"
    words = (*app(tmp_path / "again.txt", "--button-x", "300"), "--timeout", "0.5")
    result = trueclick(
        "replay", str(trace), *words, "--out", str(out), "--junit", str(report), "--json"
    )
    assert (result.returncode, result.stderr) == (1, "")
    first, step, last = map(json.loads, result.stdout.splitlines())
    assert (first["event"], first["steps"]) == ("replaying", 7)
    assert (step["number"], step["member"], step["status"]) == (1, "screenshot", "different")
    assert "pixels differ in [" in step["mismatch"]["text"]
    assert step["mismatch"]["files"] == [
        str(out / f"step-001-{word}.png") for word in ("expected", "seen", "difference")
    ]
    sizes = [read_image(path).size for path in step["mismatch"]["files"]]
    assert {(size.width, size.height) for size in sizes} == {(640, 480)}
    assert (last["event"], last["status"], last["left"]) == ("replayed", "different", 6)
    (suite,) = ET.parse(report).getroot()  # noqa: S314
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "6")


@pytest.mark.slow
def test_quietly_it_says_what_differs_alone(trace: Path, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "out"), "--quiet", "--timeout", "0.5")
    same = trueclick("replay", str(trace), *app(tmp_path / "again.txt"), *out)
    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    words = app(tmp_path / "again.txt", "--button-text", "Keep")
    different = trueclick("replay", str(trace), *words, *out)
    assert (different.returncode, different.stdout) == (1, "")
    assert different.stderr.startswith("trueclick: step 1, screenshot:\n")


@pytest.mark.slow
def test_an_update_replays_from_then_on(trace: Path, tmp_path: Path) -> None:
    words = app(tmp_path / "again.txt", "--button-text", "Keep")
    updated = trueclick("replay", str(trace), *words, "--update")
    assert updated.returncode == 0
    assert "updated: 7 steps" in updated.stdout
    assert trueclick("replay", str(trace), *words).returncode == 0


@pytest.mark.slow
def test_an_action_that_fails_is_not_accepted(trace: Path, tmp_path: Path) -> None:
    before = contents(trace)
    words = app(tmp_path / "again.txt", "--dies", "--button-text", "Keep")
    result = trueclick("replay", str(trace), *words, "--update")
    assert result.returncode == 1
    assert "the application has ended with status 7" in result.stdout
    assert contents(trace) == before


@pytest.mark.slow
def test_a_healed_trace_replays(
    trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(trace)
    api = StrictApi(
        [
            calls(("left_click", {"coordinate": [200, 125]}), ("type", {"text": "Ada"})),
            calls(("left_click", BUTTON_AT_300)).saying("It has moved."),
            says("Saved."),
        ]
    )
    monkeypatch.setattr(platforms, "make_client", lambda _: api.client())
    words = app(tmp_path / "again.txt", "--button-x", "300")
    result = trueclick("replay", str(trace), *words, "--timeout", "0.5", "--heal", MODEL)
    assert result.returncode == 0, result.stderr
    assert "It has moved." in result.stdout
    assert (tmp_path / "again.txt").read_text() == "Ada"
    (kept,) = [path for path in tmp_path.iterdir() if path.name.startswith("trace.before-")]
    assert contents(kept) == before
    assert str(kept) in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [
        *("trace", kept.name)
    ]
    assert trueclick("replay", str(trace), *words).returncode == 0


@pytest.mark.slow
def test_a_trace_that_is_not_healed_stays(
    trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(trace)
    give_up = ("hand_back", {"reason": "impossible", "message": "There is no button."})
    api = StrictApi([calls(("screenshot", {})), calls(give_up)])
    monkeypatch.setattr(platforms, "make_client", lambda _: api.client())
    words = app(tmp_path / "again.txt", "--button-x", "300")
    result = trueclick("replay", str(trace), *words, "--timeout", "0.5", "--heal", MODEL)
    assert result.returncode == 1
    assert "not healed" in result.stdout
    assert contents(trace) == before
    (attempt,) = [path for path in tmp_path.iterdir() if path.name.startswith("trace.healing-")]
    assert str(attempt) in result.stdout


@pytest.mark.slow
def test_what_does_not_replay_is_not_healed(
    trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(trace)
    out = tmp_path / "again.txt"
    # What has been saved before opens with another button: the second time all is different.
    wrapper = tmp_path / "app"
    first, second = (
        shlex.join(note(out, "--button-x", "300", "--button-text", text))
        for text in ("Save", "Keep")
    )
    wrapper.write_text(f"#!/bin/sh\nif [ -e {out} ]; then exec {second}; fi\nexec {first}\n")
    wrapper.chmod(0o755)
    click = ("left_click", {"coordinate": [200, 125]})
    api = StrictApi([calls(click), calls(("left_click", BUTTON_AT_300)), says("Saved.")])
    monkeypatch.setattr(platforms, "make_client", lambda _: api.client())
    words = ("--app", str(wrapper), "--timeout", "0.5", "--heal", MODEL)
    result = trueclick("replay", str(trace), *words)
    assert result.returncode == 1, result.stderr
    assert "and what it did does not replay: step 1: the screen is not as" in result.stdout
    assert contents(trace) == before
    (attempt,) = [path for path in tmp_path.iterdir() if path.name.startswith("trace.healing-")]
    assert str(attempt) in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_nothing_running_and_the_trace_as_it_was(
    trace: Path, tmp_path: Path, number: signal.Signals
) -> None:
    before = contents(trace)
    mark = uuid.uuid4().hex
    report = tmp_path / "report.xml"
    # It would wait for a minute for what is never saved.
    words = (*app(tmp_path / "again.txt", "--slow-ms", "600000"), "--timeout", "60")
    replaying = subprocess.Popen(
        [TRUECLICK, "replay", str(trace), *words, "--update", "--json", "--junit", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # An application is given this one.
        env={**os.environ, "LC_MARK": mark, "TRUECLICK_RUNS": str(tmp_path / "runs")},
        text=True,
    )
    assert replaying.stdout is not None
    for line in replaying.stdout:
        if json.loads(line).get("number") == 4:
            break
    assert marked(mark)
    replaying.send_signal(number)
    rest, said = replaying.communicate(timeout=FAST)
    if number == signal.SIGKILL:
        assert replaying.returncode == -number
    else:
        assert replaying.returncode == 128 + number
        assert json.loads(rest.splitlines()[-1])["status"] == "stopped"
        assert "every key and button is released" in said
        (suite,) = ET.parse(report).getroot()  # noqa: S314
        assert suite.get("errors") == "1"
    deadline = time.monotonic() + FAST
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not marked(mark)
    assert contents(trace) == before


@pytest.mark.slow
def test_a_stop_from_another_terminal_ends_it(trace: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "TRUECLICK_RUNS": str(tmp_path / "runs")}
    words = (*app(tmp_path / "again.txt", "--slow-ms", "600000"), "--timeout", "60")
    replaying = subprocess.Popen(
        [TRUECLICK, "replay", str(trace), *words, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert replaying.stdout is not None
    for line in replaying.stdout:
        if json.loads(line).get("number") == 4:
            break
    subprocess.run([TRUECLICK, "stop"], check=True, env=environment, capture_output=True)
    _, said = replaying.communicate(timeout=FAST)
    assert replaying.returncode == 130
    assert "trueclick stop" in said


@pytest.mark.slow
def test_where_its_pictures_cannot_be_written_a_difference_is_one(
    trace: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / "step-001-seen.png" / "in the way").mkdir(parents=True)
    words = (*app(tmp_path / "again.txt", "--button-text", "Keep"), "--timeout", "0.5")
    result = trueclick("replay", str(trace), *words, "--out", str(tmp_path / "out"))
    assert result.returncode == 1, result.stderr
    assert "the screen is not as recorded" in result.stdout
    assert "the pictures of step 1 cannot be written into" in result.stdout


@pytest.mark.slow
def test_twenty_at_once_all_replay(recorded: Path, tmp_path: Path) -> None:
    def status(number: int) -> int:
        words = app(tmp_path / f"{number}.txt")
        command = [TRUECLICK, "replay", str(recorded), *words, "--timeout", "120"]
        ended = subprocess.run(
            [*command, "--out", str(tmp_path / f"out-{number}")],
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        return ended.returncode

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(status, range(20))) == [0] * 20
    assert [(tmp_path / f"{number}.txt").read_text() for number in range(20)] == ["Ada"] * 20


@pytest.mark.slow
def test_a_trace_of_hostile_words_steers_no_terminal(trace: Path, tmp_path: Path) -> None:
    lines = (trace / "trace.jsonl").read_text()
    (trace / "trace.jsonl").write_text(lines.replace('"text":"Ada"', '"text":"\\u001b[31mAda"'))
    assert read_trace(trace)
    result = trueclick("replay", str(trace), *app(tmp_path / "again.txt"), "--timeout", "0.5")
    assert "\x1b" not in result.stdout + result.stderr
    assert "\\x1b[31mAda" in result.stdout


def test_a_replay_does_without_the_sdk() -> None:
    program = (
        "import sys\n"
        "from trueclick.agent.cli import replay_plan, replay_run\n"
        "from trueclick.agent.replay import replay\n"
        "print([name for name in ('anthropic', 'httpx2', 'cv2') if name in sys.modules])"
    )
    words = [sys.executable, "-c", program]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=FAST, check=True)
    assert ended.stdout == "[]\n"
