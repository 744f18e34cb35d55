"""What the page is told of a run."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.agent.trace.told import (
    acted,
    answered,
    ended,
    events,
    picture,
    small_run,
    starts,
    written,
)

from trueclick.agent.events import Acted, Event, Faulted, Said, Started, Thought
from trueclick.agent.outcome import Outcome
from trueclick.agent.report import report_html, report_text
from trueclick.agent.trace import Trace, story_of
from trueclick.agent.usage import Usage
from trueclick.geometry import Point

from .runs import MODEL, SPOT, START, look, on_screen, spotted, varied_run

HOSTILE = (
    "</script><script>window.hurt = 1</script>",
    "<img src=x onerror='window.hurt = 1'>",
    "]]> <!-- <script>",
    "{{data}} {{script}}",
    "\u202egnp.exe \u200b \x1b[31m",
    "\u2028\u2029",
)


def page_of(trace: Trace) -> str:
    return b"".join(report_html(trace)).decode()


def facts_in(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    facts: dict[str, Any] = json.loads(match[1])
    return facts


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("trace") / "run"
    return facts_in(page_of(written(folder, varied_run())))


def test_a_run_is_summed_up(varied: dict[str, Any]) -> None:
    assert varied["badge"] == ["good", "Done"]
    assert varied["task"] == START.task
    named = {name: value for name, value, _ in varied["facts"]}
    assert (named["Steps"], named["Turns"], named["Cost"]) == ("13", "5", "$0.0215")
    assert [turn["n"] for turn in varied["turns"]] == [1, 2, 3, 4, 5]


def test_a_click_tells_where_it_was_aimed_and_where_it_landed(varied: dict[str, Any]) -> None:
    click = varied["steps"][1]
    assert click["v"] == {"coordinate": [SPOT.x, SPOT.y]}
    assert "q" not in click  # its values say it
    assert click["l"] == [-1524, 264]
    assert Point(*click["l"]) == on_screen([SPOT.x, SPOT.y])
    scale, offset, _, _ = varied["parts"][0]["map"]
    assert click["l"][0] * scale + offset <= SPOT.x + 0.5 < (click["l"][0] + 1) * scale + offset


def test_a_drag_tells_where_it_began(varied: dict[str, Any]) -> None:
    drag = varied["steps"][4]
    assert Point(*drag["f"]) == on_screen([320, 600])


def test_a_glimpse_is_the_picture_before(varied: dict[str, Any]) -> None:
    typed = varied["steps"][2]
    picture, still, *_ = varied["looks"][typed["b"]]
    assert still == 0
    assert varied["pictures"][picture][:3] == [MODEL.width, MODEL.height, 1]


def test_what_is_hidden_stays_hidden_in_later_pictures(varied: dict[str, Any]) -> None:
    hidden = [varied["boxes"][[*each, 0, 0][2]] for each in varied["looks"]]
    assert hidden[-1] == [[600, 500, 800, 530]]


def test_a_call_without_sense_has_no_place(varied: dict[str, Any]) -> None:
    wrong = varied["steps"][9]
    assert wrong["bad"] == 1
    assert wrong["v"] == {"at": "x"}


def test_who_declined_is_told(varied: dict[str, Any]) -> None:
    assert varied["steps"][10]["k"] == [False, "person", 4.2]


def test_values_that_a_browser_would_change_are_texts(tmp_path: Path) -> None:
    values = {"coordinate": [2**60, 1], "a": 1.5, "b": {"c": [1]}, "__proto__": "x", "n": None}
    event = Acted("left_click", values, Outcome(), 0.1, "no", "b")
    step = facts_in(page_of(written(tmp_path / "t", [START, answered(1), event])))["steps"][0]
    assert step["v"] == {
        "coordinate": {"json": f"[{2**60}, 1]"},
        "a": 1.5,
        "b": {"json": '{"c": [1]}'},
        "__proto__": "x",
        "n": None,
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_markup(tmp_path: Path, text: str) -> None:
    plain, hostile = (
        page_of(
            written(
                tmp_path / name,
                [
                    replace(START, task=each),
                    answered(1),
                    acted("a", "type", each, text=each),
                    ended(None),
                ],
            )
        )
        for name, each in (("plain", "words"), ("hostile", text))
    )
    assert hostile.count("<") == plain.count("<")
    assert hostile.count("</script") == plain.count("</script")


def test_of_an_endless_text_the_beginning_is_told(tmp_path: Path) -> None:
    endless = "x<b>" * 100_000
    values: dict[str, object] = {f"{endless}{number}": endless for number in range(3)}
    values |= {str(number): "" for number in range(1000)}
    told: list[Event] = [
        replace(START, task=endless, model=endless),
        answered(1),
        Said(1, endless),
        Thought(1, endless),
        Faulted("program", endless, Usage()),
        Acted(endless, values, Outcome(), 0.1, endless, "a"),
        ended(None),
    ]
    trace = written(tmp_path / "t", told)
    facts = facts_in(page_of(trace))
    assert len(json.dumps(facts)) < 1_000_000  # what a browser lays out at once
    assert facts["turns"][0]["w"] == f"{endless[:50_000]}… 350,000 more characters"
    assert len(report_text(trace)) < 50_000


def test_each_picture_is_there_once(tmp_path: Path) -> None:
    same = spotted(200)
    page = page_of(written(tmp_path / "t", [START, answered(1), look("a", same), look("b", same)]))
    assert len(re.findall(r'id="p\d+"', page)) == 1
    assert page.index('id="p0"') < page.index('id="t0"')


def test_a_run_that_broke_off_is_told_as_such(tmp_path: Path) -> None:
    facts = facts_in(page_of(written(tmp_path / "t", small_run(None)[:-1])))
    assert facts["badge"] == ["bad", "Broke off"]
    assert "no end" in facts["broken"]


def test_a_picture_that_is_gone_is_told_of_where_it_was(tmp_path: Path) -> None:
    trace = written(tmp_path / "t", [START, answered(1), look("a", spotted(1)), ended(None)])
    (picture,) = (trace.folder / "images").iterdir()
    picture.write_bytes(b"something else")
    facts = facts_in(page_of(trace))
    assert facts["pictures"] == [
        [MODEL.width, MODEL.height, 0, "its file in the trace is missing or damaged"]
    ]


def test_a_picture_of_another_size_than_told_is_not_shown(tmp_path: Path) -> None:
    story: list[Event] = [
        START,
        answered(1),
        look("a", replace(picture(), size=MODEL)),
        ended(None),
    ]
    page = page_of(written(tmp_path / "t", story))
    told = "its file in the trace holds one of 40x30, not 1456x819"
    assert facts_in(page)["pictures"] == [[MODEL.width, MODEL.height, 0, told]]
    assert 'id="p0"' not in page


def test_smaller_pictures_are_smaller(tmp_path: Path) -> None:
    trace = written(tmp_path / "t", small_run(None))
    page = b"".join(report_html(trace, smaller=True))
    assert b'data-type="image/png"' not in page
    assert b'id="p1" data-type="image/webp"' in page


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(starts(), st.lists(events(Path("run")), max_size=8))
def test_any_run_can_be_reported(start: Started, told: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        trace = written(Path(folder) / "run", [start, *told])
        facts = facts_in(page_of(trace))
        assert len(facts["steps"]) == len(story_of(trace).steps)
        report_text(trace, width=50)


def test_a_number_of_any_size_is_told(tmp_path: Path) -> None:
    events: list[Event] = [
        START,
        answered(1),
        acted("a", "left_click", error="no", coordinate=[10**400, 1e300]),
    ]
    facts = facts_in(page_of(written(tmp_path / "t", events)))
    assert str(10**400) in json.dumps(facts)
