"""`trueclick ask` as a person types it, answered by the strict API."""

import json
import os
from pathlib import Path

import anthropic
import pytest

from trueclick.agent import wording
from trueclick.agent.cli import ask as ask_command
from trueclick.agent.testing import StrictApi, Turn, says, served

from ...programs import TRUECLICK
from ..command import trueclick
from ..vision.models import saved
from .on_terminal import on_terminal

KEY = {"ANTHROPIC_API_KEY": "none"}


@pytest.fixture
def shot(tmp_path: Path) -> str:
    return str(saved(tmp_path / "a b.png"))


def answered(monkeypatch: pytest.MonkeyPatch, api: StrictApi) -> StrictApi:
    def client_for(*_: object) -> anthropic.Anthropic:
        return api.client()

    monkeypatch.setattr(ask_command, "client_for", client_for)
    return api


def test_a_question_is_answered_with_its_cost_before_and_after(
    monkeypatch: pytest.MonkeyPatch, shot: str
) -> None:
    api = answered(monkeypatch, StrictApi([says("A form.\nIt is \x1b[31mempty.")]))
    done = trueclick("ask", shot, shot, "what is it?", environment=KEY)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"Image 1: {shot} (640x400, 345 tokens)"
    assert lines[1].startswith("Image 2: ")
    assert lines[2].startswith("about 8")
    assert lines[3:5] == ["A form.", "It is \\x1b[31mempty."]
    assert lines[5] == "803 tokens in, 54 out, $0.0025"
    assert api.violations == ()


def test_a_question_may_be_long(monkeypatch: pytest.MonkeyPatch, shot: str) -> None:
    answered(monkeypatch, StrictApi([says("A form.")]))
    assert trueclick("ask", shot, "what is it? " * 500, environment=KEY).returncode == 0


def test_for_a_program_it_is_one_object(monkeypatch: pytest.MonkeyPatch, shot: str) -> None:
    answered(monkeypatch, StrictApi([says("A form.")]))
    done = trueclick("ask", shot, "what is it?", "--json", environment=KEY)
    told = json.loads(done.stdout)
    assert (told["answer"], told["cut_off"]) == ("A form.", False)
    assert told["images"] == [{"name": shot, "size": [640, 400], "tokens": 345, "reduced": None}]
    assert told["estimate"]["image_tokens"] == 345


@pytest.mark.parametrize("turn", [says("No.", "refusal"), Turn((), "max_tokens")], ids=str)
def test_what_was_paid_for_without_an_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, shot: str, turn: Turn
) -> None:
    api = answered(monkeypatch, StrictApi([turn, turn]))
    done = trueclick("ask", shot, "what is it?", environment=KEY)
    assert done.returncode == 2
    told = f"({wording.tokens(api.usage)}, {wording.dollars(api.usd)})\n"
    assert done.stderr.startswith("trueclick: no answer: ")
    assert done.stderr.endswith(told)
    done = trueclick("ask", shot, "what is it?", "--json", environment=KEY)
    assert done.returncode == 2
    assert done.stderr.endswith(told)
    found = json.loads(done.stdout)
    assert (found["answer"], found["cut_off"]) == (None, False)
    assert f"trueclick: {found['error']} " in done.stderr
    assert found["usage"]["output"] == api.ledger[1].usage.output
    assert found["usd"] == float(api.ledger[1].usd or 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["what is it?"], "name at least one picture, and the question last"),
        (["x.png", "what is it?"], "there is no file 'x.png'"),
        (["x.png", " "], "the question is empty"),
        (["x.png", "what?", "--model", "local"], "--model local answers no questions"),
        (["file_a", "what?", "--platform", "vertex"], "vertex"),
    ],
)
def test_each_mistake_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    answered(monkeypatch, StrictApi([]))
    done = trueclick("ask", *words, environment=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_forgotten_question_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "a.png")
    done = trueclick("ask", "a.png", "a.png", environment=KEY)
    assert done.returncode == 2
    assert "no question: the last word, 'a.png', is a picture" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("end", ["\x04", ":quit\n", "\x03"])
def test_in_a_terminal_further_questions_follow(shot: str, end: str) -> None:
    no = says("I would rather not.", "refusal")
    api = StrictApi([no, says("A form."), says("Because."), says("Another.")])
    with served(api) as address:
        environment = {**os.environ, **KEY, "ANTHROPIC_BASE_URL": address}
        with on_terminal([TRUECLICK, "ask", shot, "what is it?"], environment) as terminal:
            terminal.until("no answer: the model refused: I would rather not. (")
            terminal.until("> ")
            terminal.type("what is it, please?\n")  # the picture goes along again
            terminal.until("A form.")
            terminal.until("> ")
            terminal.type("why?\n")
            terminal.until("Because.")
            terminal.type(":add nothing.png\n")
            terminal.until("there is no file 'nothing.png'")
            terminal.type(f":add '{shot}'\n")
            terminal.until("(1 picture for the next question)")
            terminal.type("and this?\n")
            terminal.until("Another.")
            terminal.until("> ", after=terminal.shown.index("Another."))
            terminal.type(end)
            status = terminal.status(pressing=end)
            assert "in all: " in terminal.shown
            assert "Image 2: " in terminal.shown
            assert status == (130 if end == "\x03" else 0)
            assert terminal.takes_lines_and_echoes()
    assert api.violations == ()
    assert len(api.requests) == 4
