"""`trueclick check` as a person types it, answered by the strict API."""

import json
import os
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import anthropic
import pytest

from trueclick.agent.cli import check as check_command
from trueclick.agent.cli import main
from trueclick.agent.testing import StrictApi, says, served

from ...programs import TRUECLICK
from ..command import trueclick
from ..vision.models import saved, verdict

KEY = {"ANTHROPIC_API_KEY": "none"}


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[[StrictApi], StrictApi]:
    """Let an API answer the command."""

    def by(api: StrictApi) -> StrictApi:
        def client_for(*_: object) -> anthropic.Anthropic:
            return api.client()

        monkeypatch.setattr(check_command, "client_for", client_for)
        return api

    return by


@pytest.fixture
def shots(tmp_path: Path) -> list[str]:
    return [str(saved(tmp_path / f"{n}.png")) for n in (1, 2)]


Answered = Callable[[StrictApi], StrictApi]


def test_a_claim_is_judged_of_all_pictures_together(answered: Answered, shots: list[str]) -> None:
    api = answered(StrictApi([verdict((2, [10, 20, 30, 40], "a button"))]))
    done = trueclick("check", *shots, "--that", "they are alike", environment=KEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"holds: they are alike ({shots[0]}, {shots[1]})\n")
    assert "  It is shown.\n  image 2 [10, 20, 30, 40]: a button\n" in done.stdout
    assert "1 of 1 claim holds; " in done.stdout
    assert api.violations == ()
    assert "Image 2:" in json.dumps(api.requests)


def test_each_picture_is_judged_by_itself_of_every_claim(
    answered: Answered, shots: list[str]
) -> None:
    api = answered(StrictApi([verdict(), verdict(holds=False), verdict(), verdict()]))
    command = ["check", *shots, "--each", "--that", "a", "--that", "b", "--json"]
    done = trueclick(*command, environment=KEY)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["images"], line["claim"], line["holds"]) for line in lines] == [
        ([shots[0]], "a", True),
        ([shots[0]], "b", False),
        ([shots[1]], "a", True),
        ([shots[1]], "b", True),
    ]
    assert lines[1]["usage"]["cache_read"] > 0
    assert api.violations == ()


def test_what_has_no_verdict_is_told_and_the_others_are_judged(
    answered: Answered, shots: list[str], tmp_path: Path
) -> None:
    (tmp_path / "1b.png").write_text("no picture")
    answered(StrictApi([verdict(), says("No.", "refusal")]))
    report = tmp_path / "junit.xml"
    command = ["check", str(tmp_path), "--each", "--that", "a\nb", "--junit", str(report)]
    done = trueclick(*command, environment=KEY)
    assert done.returncode == 2
    assert "no verdict: the model refused: No." in done.stdout
    assert "unknown price" not in done.stdout
    assert "1b.png'" in done.stdout
    root = ET.parse(report).getroot()  # noqa: S314 - we wrote it ourselves
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "0",
        "errors": "2",
    }
    assert [case.get("name") for case in root.iter("testcase")] == ["a b"] * 3


def test_words_of_others_steer_neither_the_terminal_nor_the_report(
    answered: Answered, shots: list[str], tmp_path: Path
) -> None:
    nasty = "\\u001b[2J<b>&\\u0000\\ud83d\\u202e"
    answer = f'{{"reason": "{nasty}", "holds": false, "evidence": []}}'
    answered(StrictApi([says(answer), says(answer)]))
    report = tmp_path / "junit.xml"
    command = ["check", shots[0], "--that", "a \x1b[31m", "--junit", str(report)]
    done = trueclick(*command, environment=KEY)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\\x1b[2J<b>&\\x00?\\u202e" in done.stdout
    (failure,) = ET.parse(report).getroot().iter("failure")  # noqa: S314
    assert failure.text == "\ufffd[2J<b>&\ufffd?\u202e"


def test_evidence_is_drawn_on_the_pictures_that_show_it(
    answered: Answered, shots: list[str], tmp_path: Path
) -> None:
    answered(StrictApi([verdict((2, [10, 20, 300, 240], "a button"))]))
    command = ["check", *shots, "--that", "a", "--annotate", str(tmp_path / "out")]
    assert trueclick(*command, environment=KEY).returncode == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["0001-image-2.png"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["x.png"], "no claim: say what should hold"),
        (["x.png", "--that", " "], "--that is empty"),
        (["x.png", "--that", "@/no/file"], "the file '/no/file' cannot be read: No such file"),
        (["--that", "a"], "no pictures: name files"),
        (["x.png", "--that", "a"], "there is no file 'x.png'"),
        (["*.nothing", "--that", "a"], "matches no picture"),
        (["-", "-", "--that", "a"], "name it once"),
        (["-", "--that", "a"], "the picture of 0 bytes is empty"),
        (["x.png", "--that", "a", "--model", "claude-9"], "unknown model 'claude-9'"),
        (["x.png", "--that", "a", "--model", "local", "--effort", "low"], "means nothing to"),
        (
            ["x.png", "--that", "a", "--model", "claude-haiku-4-5", "--effort", "low"],
            "efforts none",
        ),
        (["x.png", "--that", "a", "--system", ""], "--system is empty"),
        (["x.png", "--that", "a", "--annotate", "/dev/null/x"], "no folder that can be written"),
        (["x.png", "--that", "a", "--json", "--junit", "y"], "not allowed with argument --json"),
        (["x.png", "--that", "a", "--junit", "/no/folder/y"], "'/no/folder/y' cannot be written"),
        (["x.png", "--that", "a", "--junit", "/dev/null"], "is no plain file"),
        (["http://a.b/c.png", "--that", "a"], "the API fetches https:// alone"),
    ],
)
def test_each_mistake_is_told_in_a_line(answered: Answered, words: list[str], told: str) -> None:
    api = answered(StrictApi([]))
    done = trueclick("check", *words, environment=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert api.requests == []


@pytest.mark.parametrize(
    "words",
    [
        *(["--state", "d"], ["--beside", "b.png"], ["--max-usd", "1"], ["--split", "9"]),
        *(["--poll", "9"], ["--patience", "9"]),
        *(["--retry"], ["--cancel"], ["--resend"], ["--keep-files"]),
    ],
)
def test_what_goes_with_a_batch_alone_is_not_ignored_without_one(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "x.png", "--that", "a", *words]) == 2
    told = capsys.readouterr().err
    assert told == f"trueclick: {words[0]} goes with --batch alone: add that, or leave it out\n"


def test_without_a_key_it_says_what_there_is() -> None:
    done = trueclick("check", "x.png", "--that", "a")
    assert done.returncode == 2
    assert "set ANTHROPIC_API_KEY" in done.stderr
    assert "--model local" in done.stderr


@pytest.mark.slow
def test_the_command_in_a_process_of_its_own(shots: list[str], tmp_path: Path) -> None:
    api = StrictApi([verdict((1, [1, 2, 30, 40], "it")), verdict(holds=False)])
    with served(api) as address:
        environment = {**os.environ, **KEY, "ANTHROPIC_BASE_URL": address}
        command = [TRUECLICK, "check", *shots, "--each", "--that", "so it is"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("holds") + done.stdout.count("does not hold") >= 2
    assert api.violations == ()
