"""Claims that a model judges, and verdicts that are recalled."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.qa.claims import Claims
from trueclick.agent.qa.errors import ExpectationError
from trueclick.agent.qa.kept import RecordingError
from trueclick.agent.qa.verdicts import Evidence, Question, Verdict, VerdictPlace
from trueclick.agent.testing import calls, says
from trueclick.capture import Screenshot, read_image
from trueclick.capture.compare import EXACT, Tolerance
from trueclick.geometry import Box, Image, Screen, Size, UsageError, View

from ..replay.recording import FIELD, LOOK, MODEL
from .agents import TEST, files, stand, verdict

CLAIM = "the note is not saved"

SEEN = Verdict(holds=True, reason="It says so.")


def question(
    shown: Screenshot,
    *,
    claim: str = CLAIM,
    model: str = MODEL,
    region: Box[Image] | None = None,
    view: View | None = None,
) -> Question:
    size = shown.size if view is None else view.image
    view = view or View.fitted(Box[Screen](0, 0, size.width, size.height), size, MODEL)
    return Question(claim, model, region, shown, view)


def grey(width: int = 64, height: int = 48, value: int = 90) -> Screenshot:
    pixels = np.full((height, width, 4), value, np.uint8)
    pixels[..., 3] = 255
    return Screenshot(pixels)


def kept(folder: Path, asked: Question, said: Verdict = SEEN) -> VerdictPlace:
    place = VerdictPlace(folder, 1, "claim")
    place.keep(asked, said)
    return place


def recalled(place: VerdictPlace, asked: Question, into: Path) -> Verdict | None:
    return place.recalled(asked, Tolerance(), into / f"copy-{len(list(into.iterdir()))}")


def test_a_verdict_is_recalled_for_the_same_question_alone(tmp_path: Path) -> None:
    shown = grey()
    place = kept(tmp_path / "test", question(shown))
    known = recalled(place, question(shown), tmp_path)
    assert known == Verdict(holds=True, reason="It says so.", recalled=True)
    assert recalled(place, question(shown, claim="another"), tmp_path) is None
    assert recalled(place, question(shown, model="claude-haiku-5-5"), tmp_path) is None
    part = Box[Image](0, 0, 64, 48)
    assert recalled(place, question(shown, region=part), tmp_path) is None


def test_a_verdict_is_recalled_on_the_same_screen_alone(tmp_path: Path) -> None:
    place = kept(tmp_path / "test", question(grey()))
    assert recalled(place, question(grey(65)), tmp_path) is None
    other = grey()
    other.pixels[10:14, 10:14, :3] = 200
    assert recalled(place, question(other), tmp_path) is None
    close = grey()
    close.pixels[10, 10, :3] = 93
    assert recalled(place, question(close), tmp_path) is not None
    assert place.recalled(question(close), EXACT, tmp_path / "exact") is None


def test_where_it_is_seen_is_recalled_too(tmp_path: Path) -> None:
    region = Box[Image](100, 50, 164, 98)
    view = View(Box[Screen](-200, 10, 200, 260), Size(800, 500), Size(400, 250))
    asked = question(grey(), region=region, view=view)
    evidence = asked.evidence(Box(4, 6, 9, 8), "a button")
    # Two device pixels are one of the pointer's, whose display lies left of the main one.
    assert evidence == Evidence(Box(104, 56, 109, 58), Box(-148, 38, -145, 39), "a button")
    assert evidence is not None
    place = kept(tmp_path / "test", asked, Verdict(True, "Seen.", (evidence,), unplaced=("one",)))
    known = recalled(place, asked, tmp_path)
    assert known is not None
    assert (known.evidence, known.unplaced, known.recalled) == ((evidence,), ("one",), True)


@given(
    st.integers(0, 63), st.integers(0, 47), st.integers(1, 64), st.integers(1, 48), st.booleans()
)
def test_evidence_is_on_the_screen_or_nowhere(
    x: int, y: int, width: int, height: int, whole: bool
) -> None:
    view = View(Box[Screen](-30, 7, 98, 103), Size(64, 48), Size(64, 48))
    region = None if whole else Box[Image](0, 0, 40, 30)
    shown = grey() if whole else grey(40, 30)
    box = Box[Image](x, y, x + width, y + height)
    found = question(shown, region=region, view=view).evidence(box, "")
    assert (found is not None) == shown.size.box.contains(box)
    if found is not None:
        assert view.display.contains(found.screen)
        assert found.box == box


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b"[]",
        b'{"question":1}',
        b"<<<<<<< HEAD\n{}",
    ],
    ids=["empty", "binary", "deep", "object", "list", "wrong", "conflict"],
)
def test_a_damaged_verdict_is_told_and_not_recalled(tmp_path: Path, damage: bytes) -> None:
    asked = question(grey())
    place = kept(tmp_path / "test", asked)
    (place.folder / "verdict.json").write_bytes(damage)
    with pytest.raises(RecordingError, match="is damaged: delete it, or ask anew"):
        recalled(place, asked, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("screen", "../../etc/passwd"),
        ("screen", "0" * 64 + ".png"),
        ("holds", "yes"),
        ("evidence", [{"box": [0, 0, 900, 900], "what": ""}]),
        ("evidence", [{"box": [5, 5, 1, 1], "what": ""}]),
        ("evidence", [{"box": [0, 0, 1, 1], "what": "", "run": "rm"}]),
    ],
)
def test_a_hostile_verdict_is_refused(tmp_path: Path, name: str, value: object) -> None:
    asked = question(grey())
    place = kept(tmp_path / "test", asked)
    path = place.folder / "verdict.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    with pytest.raises(RecordingError, match="is damaged"):
        recalled(place, asked, tmp_path)


def test_the_verdict_on_another_claim_at_the_same_place_is_replaced(tmp_path: Path) -> None:
    kept(tmp_path / "test", question(grey()))
    VerdictPlace(tmp_path / "test", 1, "other").keep(question(grey(), claim="other"), SEEN)
    VerdictPlace(tmp_path / "test", 2, "third").keep(question(grey(), claim="third"), SEEN)
    names = sorted(path.name for path in (tmp_path / "test").iterdir())
    assert names == ["check-01-other", "check-02-third"]


def test_a_failure_shows_where_it_is_seen(tmp_path: Path) -> None:
    claims = Claims(
        tmp_path,
        model=MODEL,
        platform="anthropic",
        effort=None,
        recall=True,
        tolerance=EXACT,
        asked=pytest.fail,
        redacted=lambda text: text.replace("hunter2", "{{PASSWORD}}"),
    )
    shown = grey(320, 240)
    evidence = Evidence(Box(40, 40, 120, 90), Box(40, 40, 120, 90), "cut\x1b[2J off")
    found = Verdict(False, "hunter2 is\x07 cut off.", (evidence,), unplaced=("image 1: (9999)",))
    error = claims.failure("all is whole", shown, found, None, tmp_path / "artifacts")
    assert str(error).startswith(
        "it does not hold that “all is whole”: {{PASSWORD}} is\\x07 cut off.\n"
    )
    assert "\x1b" not in str(error)
    assert "at [40, 40, 120, 90]: cut\\x1b[2J off" in str(error)
    assert "image 1: (9999)" in str(error)
    (path,) = error.artifacts
    drawn = read_image(path)
    assert drawn.size == shown.size
    assert not np.array_equal(drawn.pixels, shown.pixels)
    # Where nothing can be written, it does not hold all the same.
    (tmp_path / "file").write_text("")
    assert claims.failure("x", shown, found, None, tmp_path / "file").artifacts == ()


@pytest.mark.slow
def test_a_claim_is_judged_once_while_the_screen_is_the_same(tmp_path: Path) -> None:
    yes = verdict(holds=True, reason="It says: nothing saved.", label=[100, 310, 260, 340])
    with stand(tmp_path, [yes]) as first:
        found = first.agent.check(CLAIM)
        assert (found.holds, found.recalled, first.requests) == (True, False, 1)
        assert found.evidence[0].box == Box(100, 310, 260, 340)
        assert found.evidence[0].screen == Box(100, 310, 260, 340)
        assert (found.usage, found.usd) == (first.api.usage, first.api.usd)
    before = files(tmp_path / "recordings")
    assert list(before)[-1] == f"{TEST}/check-01-the-note-is-not-saved/verdict.json"
    with stand(tmp_path, offline=True) as second:
        again = second.agent.expect(CLAIM)
        assert (again.holds, again.recalled, again.reason) == (True, True, found.reason)
        assert (again.evidence, second.requests, second.said) == (found.evidence, 0, [])
    no = verdict(holds=False, reason="The button says Keep.")
    with stand(tmp_path, [no], "--button-text", "Keep") as third:
        with pytest.raises(ExpectationError, match=r"does not hold .*says Keep") as error:
            third.agent.expect(CLAIM)
        assert third.requests == 1
        assert error.value.artifacts[0].is_file()
    assert files(tmp_path / "recordings") == before  # what failed is asked again
    with stand(tmp_path, [no], recall=False) as fourth:
        assert not fourth.agent.check(CLAIM).holds
        assert fourth.requests == 1
    with (
        stand(tmp_path, offline=True, recall=False) as fifth,
        pytest.raises(ExpectationError, match=r"needs a model: .*no model may be asked"),
    ):
        fifth.agent.check(CLAIM)


@pytest.mark.slow
def test_a_part_of_the_screen_is_judged_alone(tmp_path: Path) -> None:
    part = Box[Image](60, 280, 400, 380)
    yes = verdict(holds=True, reason="Seen.", label=[40, 30, 200, 60], beyond=[0, 0, 340, 101])
    with stand(tmp_path, [yes]) as only:
        found = only.agent.check(CLAIM, region=part)
        assert found.evidence[0].box == Box(100, 310, 260, 340)
        assert len(found.unplaced) == 1
        with pytest.raises(UsageError, match="is not inside of the 640x480 capture"):
            only.agent.check(CLAIM, region=Box(0, 0, 641, 10))
        with pytest.raises(UsageError, match="the claim is empty"):
            only.agent.check(" ")


@pytest.mark.slow
def test_a_task_and_claims_on_one_desktop(tmp_path: Path) -> None:
    script = [
        verdict(holds=True, reason="Empty."),
        calls(LOOK, ("left_click", FIELD), ("type", {"text": "Ada"})),
        calls(LOOK),
        says("Typed."),
        verdict(holds=True, reason="Ada."),
    ]
    for offline in (False, True):
        with stand(tmp_path, [] if offline else script, offline=offline) as one:
            assert one.agent.expect("the field is empty").recalled is offline
            assert one.agent.do("Type Ada.").replayed is offline
            assert one.agent.expect("the field says Ada").recalled is offline
            assert one.requests == (0 if offline else len(script))
