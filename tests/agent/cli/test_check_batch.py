"""`trueclick check --batch`: its options, its words, and its exit status."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agent.batches.many import pictures, verdict

from trueclick.agent.cli import main
from trueclick.agent.testing import HttpError, Request, StrictApi, Turn, served

MODEL = ("--model", "claude-haiku-5-5")
CLAIM = ("--that", "nothing is cut off")


class Api:
    """An API whose model finds every third picture cut off."""

    def __init__(self) -> None:
        self.count = 0
        self.failing = False
        self.strict = StrictApi(self._judge)

    def _judge(self, _: Request) -> Turn | HttpError:
        self.count += 1
        if self.failing:
            return HttpError(500, "oh")
        return verdict(self.count % 3 != 0)


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    api = Api()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    monkeypatch.chdir(tmp_path)
    with served(api.strict) as address:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
        yield api


def check(*words: str) -> int:
    return main(["check", *words, "--batch", *MODEL, "--poll", "0.05"])


def test_it_tells_what_does_not_hold_and_what_it_cost(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures(Path("in"), 6)
    assert check("in", *CLAIM) == 1
    out = capsys.readouterr().out
    assert "6 pictures, 6 to send: about $0.00" in out
    assert "state: " in out
    assert "sent msgbatch_" in out
    assert out.count("does not hold: in/") == 2
    assert "the title is cut off" in out
    assert "holds of 4 of 6 pictures; " in out
    again = check("in", *CLAIM)
    assert again == 1
    assert "6 judged before, none to send" in capsys.readouterr().out
    assert len(api.strict.batches) == 1
    (state,) = Path("home", "trueclick", "batches").iterdir()
    assert [file.name for file in state.iterdir()] == ["journal.jsonl"]


def test_it_tells_programs_a_line_a_picture_and_nothing_else(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = pictures(Path("in"), 3)
    Path("in", "text.png").write_text("no picture")
    assert check("in", *CLAIM, "--json") == 2
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["images"] for line in lines] == [*([str(path)] for path in paths), ["in/text.png"]]
    assert [line["holds"] for line in lines[:3]].count(True) == 2
    assert lines[0]["usage"]["output"] > 0
    assert (lines[3]["holds"], lines[3]["failed"], lines[3]["again"]) == (None, "unreadable", False)
    assert "to send" in told.err
    assert float(api.strict.usd or 0) == pytest.approx(sum(line["usd"] for line in lines[:3]))


def test_it_writes_a_junit_report(api: Api) -> None:
    del api
    pictures(Path("in"), 3)
    Path("in", "text.png").write_text("no picture")
    assert check("in", *CLAIM, "--junit", "report.xml") == 2
    suites = ET.parse("report.xml").getroot()  # noqa: S314 - our own
    assert suites.attrib | {"tests": "4", "failures": "1", "errors": "1"} == suites.attrib


def test_failures_are_sent_again_on_request(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    pictures(Path("in"), 2)
    api.failing = True
    assert check("in", *CLAIM) == 2
    assert "2 of these may go well another time" in capsys.readouterr().out
    api.failing = False
    api.count = 0
    assert check("in", *CLAIM, "--retry") == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("in",), "--batch needs pictures and a claim"),
        (CLAIM, "no pictures"),
        (("in", *CLAIM, "--that", "another"), "--batch judges one claim"),
        (("in", *CLAIM, "--max-usd", "0.000001"), "--max-usd 0.000001: nothing was sent"),
        (("in", *CLAIM, "--max-usd", "0"), "2 pictures would cost about $0.000"),
        (("in", *CLAIM, "--platform", "bedrock"), "only the Claude API has batches"),
        (("in", *CLAIM, "--split", "100001"), "the API takes 1 to 100000"),
        (("in", *CLAIM, "--beside", "none.png"), "none.png"),
        (("in", *CLAIM, "--state", "in/00000.png"), "no state can be kept"),
        (("--cancel",), "--cancel needs the claim"),
        (("in", *CLAIM, "--cancel", "--retry"), "leave one of them out"),
        (("in", *CLAIM, "--junit", "none/report.xml"), "'none/report.xml' cannot be written"),
    ],
)
def test_a_mistake_is_told_in_a_line(
    api: Api, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    pictures(Path("in"), 2)
    assert check(*words) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert api.strict.batches == ()


def test_nothing_goes_on_that_can_be_canceled(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    pictures(Path("in"), 2)
    assert check("--cancel", "--state", "state") == 0
    assert "holds of 0 of 0 pictures" in capsys.readouterr().out
    assert check("in", *CLAIM, "--cancel") == 2
    told = capsys.readouterr().out
    assert "it was not sent" in told
    assert "--retry" not in told
    assert "waiting for" not in told
    assert api.strict.batches == ()
