"""The story of a run as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.agent.trace.told import acted, answered, ended, small_run, written

from trueclick.agent.events import Event, Said
from trueclick.agent.report import report_text

from .runs import START, varied_run


def test_the_story_is_told_in_order(tmp_path: Path) -> None:
    text = report_text(written(tmp_path / "t", varied_run()), width=200)
    parts = [
        "Order a walnut table",
        "claude-opus-5-5 ·",
        "attempt 1 failed: 529: overloaded",
        "I look at the screen first.",
        "left_click (300, 200) · landed on (-1524, 264)",
        "left_click_drag (320, 600) (760, 640) · landed on (-1498, 791) to (-918, 844)",
        "(1500, 20) is outside",
        "declined by a person",
        "you: and close the window",
        "fault: display: the display did not answer",
        "The walnut table costs 420 €.",
        "4 problems:",
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_the_problems_come_last_in_one_line_each(tmp_path: Path) -> None:
    text = report_text(written(tmp_path / "t", varied_run()), width=None)
    lines = text.splitlines()
    last = lines[lines.index("4 problems:") + 1 :]
    assert [line.split(":")[0] for line in last] == [
        "  - step 9, left_click (1500, 20)",
        '  - step 10, left_clck "x"',
        "  - step 11, left_click (10, 10)",
        "  - turn 4",
    ]


def test_without_colours_it_is_told_who_says_what(tmp_path: Path) -> None:
    lines = report_text(written(tmp_path / "t", varied_run()), width=None).splitlines()
    for line in (
        "      thinking: The form is open. I should look before I click.",
        "      model: I look at the screen first.",
        "      failed: (1500, 20) is outside the 1456x819 screenshot",
        "      the user declined this action",
    ):
        assert line in lines


def test_a_run_that_broke_off_is_not_said_to_have_no_problems(tmp_path: Path) -> None:
    assert "no problem" not in report_text(written(tmp_path / "t", small_run(None)[:-1]))
    good = written(tmp_path / "u", [START, answered(1), Said(1, "Done."), ended(None)])
    assert report_text(good).endswith("no problems\n")


@pytest.mark.parametrize(
    "command",
    ["::add-mask::e", "::stop-commands::x", "##[group]x", "##vso[task.x]", "##teamcity[x]"],
)
@pytest.mark.parametrize("width", [None, 20, 80])
def test_nothing_in_it_commands_what_shows_a_log(
    tmp_path: Path, command: str, width: int | None
) -> None:
    hostile = f"{command} w\n  {command} {'w' * 24}{command} ::error::x std::vector"
    events: list[Event] = [
        replace(START, task=hostile),
        answered(1),
        Said(1, hostile),
        acted("a", "type", hostile, text=hostile),
        ended(None),
    ]
    text = report_text(written(tmp_path / "t", events), width=width)
    for line in text.splitlines():
        # GitHub's runner leaves out the spaces before, and looks for the older form anywhere.
        assert not line.lstrip().startswith("::")
        assert not any(each in line for each in ("##[", "##vso[", "##teamcity["))
    assert "std::vector" in report_text(written(tmp_path / "u", events), width=None)


def test_what_a_screenshot_shows_is_told_of_the_action_before_it(tmp_path: Path) -> None:
    text = report_text(written(tmp_path / "t", varied_run()), width=None)
    assert text.count("[280, 180, 420, 260]") == 1


def test_no_line_is_wider_than_asked(tmp_path: Path) -> None:
    words = "日本語のとても長い文" * 20 + " and " + "w" * 300
    trace = written(tmp_path / "t", [START, answered(1), Said(1, words), ended(None)])
    for width in (36, 60, 100):
        assert max(map(cell_len, report_text(trace, width=width).splitlines())) <= width


def test_nothing_in_it_steers_a_terminal(tmp_path: Path) -> None:
    hostile = "\x1b]0;title\x07\x1b[2J\r\u202e\x9b31m\nfake: line"
    trace = written(
        tmp_path / "t",
        [
            START,
            answered(1),
            Said(1, hostile),
            acted("a", "type", hostile, text=hostile),
            ended(None),
        ],
    )
    text = report_text(trace)
    assert all(each.isprintable() or each == "\n" for each in text)


def test_an_endless_text_is_cut(tmp_path: Path) -> None:
    words = "\n".join(str(number) for number in range(100_000))
    trace = written(tmp_path / "t", [START, answered(1), Said(1, words), ended(None)])
    text = report_text(trace)
    assert len(text.splitlines()) < 60
    assert "more lines" in text


def test_a_run_that_broke_off_is_told_as_such(tmp_path: Path) -> None:
    folder = written(tmp_path / "t", small_run(None)[:-1]).folder
    with (folder / "trace.jsonl").open("ab") as lines:
        lines.write(b'{"event":"said","t')
    from trueclick.agent.trace import read_trace

    text = report_text(read_trace(folder))
    assert "Broke off" in text
    assert "not written to its end" in text.replace("\n", " ").replace("  ", " ")
