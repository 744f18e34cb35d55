"""`trueclick locate` as a person types it, answered by the strict API."""

import json
from pathlib import Path

import anthropic
import pytest
from PIL import Image as Pillow

from trueclick.agent import wording
from trueclick.agent.cli import locate as locate_command
from trueclick.agent.testing import StrictApi, says

from ..command import trueclick
from ..vision.models import places, saved

KEY = {"ANTHROPIC_API_KEY": "none"}
FORM = Path(__file__).parents[1] / "local" / "pictures" / "complete.png"


@pytest.fixture
def shot(tmp_path: Path) -> str:
    return str(saved(tmp_path / "a.png"))


def answered(monkeypatch: pytest.MonkeyPatch, api: StrictApi) -> StrictApi:
    def client_for(*_: object) -> anthropic.Anthropic:
        return api.client()

    monkeypatch.setattr(locate_command, "client_for", client_for)
    return api


def test_a_thing_is_found(monkeypatch: pytest.MonkeyPatch, shot: str) -> None:
    api = answered(monkeypatch, StrictApi([places(([10, 20, 30, 40], "a \x1b[2Jbutton"))]))
    done = trueclick("locate", shot, "the button", environment=KEY)
    assert (done.returncode, done.stdout) == (0, "(20, 30) [10, 20, 30, 40] a \\x1b[2Jbutton\n")
    assert done.stderr.startswith("1 view: ")
    assert api.violations == ()


def test_of_a_picture_in_parts_the_cost_is_told_before_and_after(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    api = answered(monkeypatch, StrictApi(lambda _: places()))
    large = str(saved(tmp_path / "large.png", (800, 4000)))
    command = ["locate", large, "it", "--model", "claude-opus-4-6"]
    done = trueclick(*command, environment=KEY)
    before, _, after = done.stderr.splitlines()
    assert before == "3 views of 800x4000: 4,350 tokens, $0.0218, and the answers"
    assert after == f"3 views: {wording.tokens(api.usage)}, {wording.dollars(api.usd)}"


def test_nothing_found_is_status_1(monkeypatch: pytest.MonkeyPatch, shot: str) -> None:
    answered(monkeypatch, StrictApi([places()]))
    done = trueclick("locate", shot, "the button", environment=KEY)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"the button is not in {shot}" in done.stderr


def test_of_several_none_is_guessed(monkeypatch: pytest.MonkeyPatch, shot: str) -> None:
    two = places(([10, 20, 30, 40], "a"), ([50, 20, 70, 40], "b"))
    answered(monkeypatch, StrictApi([two, two, two]))
    done = trueclick("locate", shot, "a button", environment=KEY)
    assert (done.returncode, done.stdout) == (1, "")
    assert "2 times, at (20, 30), (60, 30): say which is meant, or --all" in done.stderr
    done = trueclick("locate", shot, "a button", "--all", environment=KEY)
    assert (done.returncode, done.stdout.count("\n")) == (0, 2)
    done = trueclick("locate", shot, "a button", "--json", environment=KEY)
    assert done.returncode == 1
    assert [one["point"] for one in json.loads(done.stdout)["found"]] == [[20, 30], [60, 30]]


def test_what_was_found_is_drawn(
    monkeypatch: pytest.MonkeyPatch, shot: str, tmp_path: Path
) -> None:
    answered(monkeypatch, StrictApi([places(([100, 200, 300, 240], "a"))]))
    out = tmp_path / "out.png"
    command = ["locate", shot, "the button", "--annotate", str(out)]
    assert trueclick(*command, environment=KEY).returncode == 0
    with Pillow.open(out) as drawn, Pillow.open(shot) as plain:
        assert drawn.size == plain.size
        assert drawn.convert("RGB").tobytes() != plain.convert("RGB").tobytes()


def test_a_text_in_quotes_needs_neither_key_nor_model() -> None:
    done = trueclick("locate", str(FORM), '"Check order"', "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["views"] == 0
    assert found["size"] == [551, 596]
    ((x, y),) = [one["point"] for one in found["found"]]
    assert 180 < x < 200
    assert 505 < y < 525


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["x.png", "it"], "there is no file 'x.png'"),
        (["https://a.b/c.png", "it"], "fetched by the API, so its size is not known here"),
        (["file_abc", "it"], "fetched by the API"),
        (["x.png", " "], "what to find is empty"),
        ([str(FORM), '"a"', "--model", "claude-9"], "unknown model 'claude-9'"),
        ([str(FORM), "it", "--annotate", "/no/x.png"], "'/no/x.png' cannot be written"),
        (["x.png"], "the following arguments are required: WHAT"),
    ],
)
def test_each_mistake_is_told_in_a_line(words: list[str], told: str) -> None:
    done = trueclick("locate", *words, environment=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_answer_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, shot: str) -> None:
    api = answered(monkeypatch, StrictApi([says("here!"), says("here!")]))
    done = trueclick("locate", shot, "the button", environment=KEY)
    assert done.returncode == 2
    told = f"no answer: the model's answer is no JSON ({wording.tokens(api.usage)}, "
    assert told in done.stderr
    done = trueclick("locate", shot, "the button", "--json", environment=KEY)
    assert told in done.stderr
    found = json.loads(done.stdout)
    assert (found["found"], found["error"]) == (
        None,
        "no answer: the model's answer is no JSON",
    )
    assert found["usd"] == float(api.ledger[1].usd or 0) > 0
