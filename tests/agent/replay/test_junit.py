"""The report for continuous integration."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from trueclick.agent.replay.junit import Suite, junit
from trueclick.agent.replay.results import Mismatch, StepResult, StepStatus
from trueclick.agent.trace import Step


def step(number: int) -> Step:
    return Step(
        number=number,
        turn=1,
        part=0,
        event=number,
        at_s=0,
        id=f"t{number}",
        member="left_click",
        values={},
        action=None,
        landed=None,
        start=None,
        pointer=None,
        seconds=0.1,
        settle_s=None,
        error=None,
        before=None,
        last_seen=None,
    )


def result(number: int, status: StepStatus, text: str = "") -> StepResult:
    return StepResult(
        step(number), status, 0.25, Mismatch("screen", text) if status == "different" else None
    )


def report(
    *results: StepResult,
    count: int = 4,
    title: str = "left_click",
    stopped: str | None = None,
    healed: str | None = None,
) -> ET.Element:
    content = junit(
        Suite(
            name="order\x00 form",
            steps=[step(number) for number in range(1, count + 1)],
            results=results,
            titles=[title] * count,
            files={2: ["/tmp/step-002-seen.png"]},
            began=datetime(2026, 11, 21, 17, 30, tzinfo=UTC),
            seconds=1.5,
            properties={"task": 'click\n"Save" & <go>'},
            stopped=stopped,
            healed=healed,
        )
    )
    return ET.fromstring(content)  # noqa: S314 - we wrote it ourselves


def test_each_step_is_a_case_and_what_was_not_done_is_skipped() -> None:
    root = report(result(1, "same"), result(2, "different", "3 pixels differ"))
    (suite,) = root
    assert suite.tag == "testsuite"
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "2",
    }
    assert suite.get("timestamp") == "2026-11-21T17:30:00"
    first, second, third, _ = suite.findall("testcase")
    assert len(first) == 0
    assert (first.get("name"), first.get("time")) == ("001 left_click", "0.250")
    failure = second.find("failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("screen", "3 pixels differ")
    assert failure.text == "3 pixels differ\n/tmp/step-002-seen.png"
    assert third.find("skipped") is not None


def test_what_did_nothing_when_it_was_recorded_is_skipped() -> None:
    (suite,) = report(result(1, "skipped"), count=1)
    assert suite.get("skipped") == "1"


def test_a_replay_that_was_stopped_is_an_error() -> None:
    (suite,) = report(result(1, "same"), stopped="by Ctrl-C")
    assert suite.get("errors") == "1"
    assert suite.findtext("system-err") == "by Ctrl-C"
    # Most programs that show such a file look at the cases alone.
    _, second, third, _ = suite.findall("testcase")
    assert [child.tag for child in second] == ["error"]
    assert [child.tag for child in third] == ["skipped"]


def test_one_that_failed_when_all_steps_were_done_is_an_error_too() -> None:
    (suite,) = report(result(1, "same"), count=1, stopped="the disk is full")
    (case,) = suite.findall("testcase")
    assert [child.get("message") for child in case] == ["the disk is full"]


def test_what_was_healed_or_accepted_fails_no_test_and_is_told() -> None:
    (suite,) = report(result(1, "different", "3 pixels differ"), count=2, healed="healed")
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "2")
    (first, _) = suite.iter("skipped")
    assert first.get("message") == "3 pixels differ: healed"
    (suite,) = report(result(1, "accepted"), count=1)
    assert suite.get("skipped") == "1"


def test_a_picture_that_proves_nothing_is_no_passed_test() -> None:
    (suite,) = report(result(1, "unchecked"), count=1)
    (told,) = suite.iter("skipped")
    assert (told.get("message") or "").startswith("not checked: ")


@pytest.mark.parametrize(
    "hostile",
    [
        "\x00\x1b[31m",
        "]]><failure/>",
        '"/><x a="',
        "\ud800",
        "\ufffe",
        "\U0001f600",
        "a\r\nb\tc",
        "&amp;",
    ],
)
def test_no_text_breaks_out_of_it(hostile: str) -> None:
    root = report(result(1, "different", f"{hostile}\n{hostile}"), count=1, title=hostile)
    assert [child.tag for child in root.iter()] == [
        *("testsuites", "testsuite", "properties", "property", "testcase", "failure"),
    ]


def test_what_xml_can_hold_comes_back_as_it_was() -> None:
    (suite,) = report(result(1, "same"), count=1, title='type "Zoé 😀" & <b>')
    case = suite.find("testcase")
    assert case is not None
    assert case.get("name") == '001 type "Zoé 😀" & <b>'
    (shown,) = suite.iter("property")
    assert shown.get("value") == 'click "Save" & <go>'
    assert suite.get("name") == "order\ufffd form"


ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {*("name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname")},
        {"properties", "testcase", "system-err"},
    ),
    "properties": (set[str](), {"property"}),
    "property": ({"name", "value"}, set[str]()),
    "testcase": ({"classname", "name", "time"}, {"error", "failure", "skipped"}),
    "error": ({"type", "message"}, set[str]()),
    "failure": ({"type", "message"}, set[str]()),
    "skipped": ({"message"}, set[str]()),
    "system-err": (set[str](), set[str]()),
}
"""Attributes and children of each element, of those that `junit-10.xsd` allows."""


def test_it_has_nothing_that_the_schema_does_not_know() -> None:
    results = (result(1, "same"), result(2, "different", "x"), result(3, "unchecked"))
    for element in report(*results, stopped="by Ctrl-C").iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    (suite,) = report(*results)
    for name in ("name", "tests", "failures", "errors"):  # required
        assert suite.get(name)
