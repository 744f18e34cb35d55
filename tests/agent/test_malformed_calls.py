"""What a model sends wrong is refused in one sentence, and nothing happens on the screen."""

import math
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from anthropic.types.beta import BetaComputerMemberInput, BetaToolUseBlock
from hypothesis import given, settings
from hypothesis import strategies as st

from trueclick.agent import Acted, ComputerToolset, Desktop, Event
from trueclick.agent.actions import (
    MAX_KEYS,
    MAX_TEXT,
    MEMBERS,
    Action,
    Click,
    Drag,
    Field,
    Move,
    Scroll,
    Zoom,
    markdown_rows,
    parse_action,
)
from trueclick.agent.input.keys import parse_keys
from trueclick.geometry import Box, Point, Refusal

from ..calls import Caller
from ..recorder import Recorder

SECRET = "hunter2"  # noqa: S105 - nobody's

SOUND: dict[str, Any] = {
    "coordinate": [100, 100],
    "start_coordinate": [200, 200],
    "region": [0, 0, 100, 100],
    "scroll_direction": "down",
    "scroll_amount": 3,
    "duration": 0,
    "repeat": 2,
    "held": "ctrl",
    "keys": "ctrl+s",
    "text": "Ada",
}
"""A sound value of each field, by its name, or by its attribute where that tells more."""

HUGE = [10**12, 10**400, -(10**400), 10**5000, 1e300]
NO_NUMBER: list[Any] = [True, False, "1", "", 1.5, math.nan, math.inf, -math.inf, [1], {}]

DEEP: list[Any] = []
for _ in range(5_000):
    DEEP = [DEEP]

PIXELS = [
    *([value, 5] for value in (*NO_NUMBER, None, *HUGE, -1, 1456, 2**31, 2**63)),
    *([5, value] for value in (*NO_NUMBER, None, *HUGE, -1, 819, 2**31, 2**63)),
    *([5, 5, None], [5, "x", 5], [5] * 10_000, ["\U0001f600" * 999] * 9, [[5] * 9] * 9, DEEP),
    *([], [5], [5, 5, 5], [[5, 5]], [[5], [5]], "5, 5", "[5, 5]", 5, True, {}, {"x": 5, "y": 5}),
]
REGIONS = [
    *([value, 0, 100, 100] for value in (*NO_NUMBER, None, *HUGE, -1)),
    *([0, 0, 100, value] for value in (*NO_NUMBER, None, *HUGE, 820, -1)),
    *([0, 0, 1457, 819], [5, 5, 5, 9], [5, 5, 9, 5], [9, 5, 5, 9], [1456, 0, 1500, 5]),
    *([0, 0, 5, 5, None], [0, 0, "x", 5, 5]),
    *([], [0, 0], [0, 0, 5], [0, 0, 5, 5, 5], [[0, 0], [5, 5]], "0, 0, 5, 5", 5, {}),
]
TEXTS: list[Any] = [5, 1.5, True, [SECRET], {"text": SECRET}, math.nan]
CONTROL = "\x00\x01\x0b\x1b\x7f\x85\x9f\ud800\udfff"
NO_KEYS = [
    *(*CONTROL, *(f"ctrl+{c}" for c in CONTROL), *(f"Return{c}" for c in CONTROL)),
    *("Retrun", "ctrl+", "+s", "ctrl+Retrun", "漢字", "a" * (MAX_KEYS + 1), "a+" * MAX_KEYS),
]

WRONG: dict[str, list[Any]] = {
    "coordinate": PIXELS,
    "start_coordinate": PIXELS,
    "region": REGIONS,
    "scroll_direction": ["", "Up", "diagonal", "up ", 4, True, ["up"], {}],
    "scroll_amount": [*NO_NUMBER, *HUGE, -1, 101, 100.5],
    "duration": [*NO_NUMBER, *HUGE, -1, 301, 0.5],
    "repeat": [*NO_NUMBER, *HUGE, 0, -1, 101],
    "held": [*TEXTS, *NO_KEYS],
    "keys": [*TEXTS, *NO_KEYS, ""],
    "text": [*TEXTS, *(f"{SECRET}{c}" for c in CONTROL), SECRET * MAX_TEXT],
}
"""Every way to be wrong, by the field's name or attribute. `None` too, where it must be there."""

NO_OBJECT = [None, 5, 1.5, True, "", SECRET, [], [SECRET], math.nan]
EXTRA = [
    "x",
    "button",
    "Coordinate",
    "",
    "to_dict",
    "__class__",
    "a" * 500,
    "\n\x00\ud800",
    "toString",
]
NO_MEMBER = ["", "click", "lft_click", "LEFT_CLICK", "left_click ", "__init__", "execute", "close"]


def key_of(field: Field) -> str:
    return field.attribute if field.name == "text" else field.name


def sound(member: str) -> dict[str, Any]:
    return {field.name: SOUND[key_of(field)] for field in MEMBERS[member].fields}


def malformed() -> Iterator[tuple[str, Any]]:
    """Every member with every field wrong in every way, one at a time."""
    for name, member in MEMBERS.items():
        for field in member.fields:
            others = {key: value for key, value in sound(name).items() if key != field.name}
            for value in WRONG[key_of(field)]:
                yield name, {**others, field.name: value}
            if field.required:
                yield name, others
                yield name, {**others, field.name: None}
        for extra in EXTRA:
            yield name, {**sound(name), extra: 1}
        if name != "key":
            yield name, {**sound(name), "repeat": 1}
        for value in NO_OBJECT:
            yield name, value
    for name in [*NO_MEMBER, "x" * 10_000, "\x00", "\ud800", "left_click\n"]:
        yield name, {}


MALFORMED = list(malformed())


def problem(sentence: str) -> str | None:
    """What is wrong with the sentence of a refusal, or `None`."""
    if not 10 <= len(sentence) <= 200:
        return "its length"
    return None if sentence.isprintable() else "a line break or something invisible"


def strange_words(sentence: str) -> str | None:
    """Words of Python's, or of what was to stay secret, in a sentence, or `None`."""
    found = re.search(
        r"Traceback|Error|Exception|pydantic|\b(None|True|False|NoneType|Point|Box|nan|inf)\b"
        rf"|<class|object at 0x|{SECRET}",
        sentence,
    )
    return found and found[0]


def nobody(*_: object) -> Any:
    raise AssertionError("nobody was to be asked")


def sent(member: str, values: Any) -> BetaToolUseBlock:
    return BetaToolUseBlock.construct(
        type="tool_use", id="toolu_1", toolset_name="computer", name=member, input=values
    )


def where(window: Recorder) -> tuple[int, int]:
    answer = window._connection.core.QueryPointer(window.root).reply()
    return answer.root_x, answer.root_y


def test_there_are_500_malformed_calls_and_every_member_has_some() -> None:
    assert len(MALFORMED) >= 500
    assert {name for name, _ in MALFORMED} > set(MEMBERS)
    for name in MEMBERS:
        parse_action(name, sound(name))  # what they are made of is sound


def test_a_malformed_call_is_refused_in_a_sentence_and_nothing_happens(
    desktop: Desktop, window: Recorder, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("mouse_move", coordinate=[700, 400])
    window.received()
    before = where(window)
    told: list[Event] = []
    toolset = ComputerToolset(desktop, confirm=nobody, on_call=told.append)
    monkeypatch.setattr(desktop, "perform", nobody)  # so nothing waits for the screen either
    wrong: list[tuple[str, str, str, str]] = []
    for member, values in MALFORMED:
        result: Any = toolset.tool_result(sent(member, values))
        (block,) = result["content"]
        says = block["text"]
        amiss = problem(says) or strange_words(says) if isinstance(says, str) else "its type"
        if amiss or result.get("is_error") is not True or result["toolset_name"] != "computer":
            wrong.append((member, repr(values)[:60], repr(says)[:200], str(amiss)))
    assert wrong == []
    assert toolset.fault is None
    assert all(isinstance(event, Acted) and event.error for event in told)
    assert len(told) == len(MALFORMED)
    assert window.received() == []
    assert window.pressed() == ([], 0)
    assert where(window) == before


@pytest.mark.parametrize(
    ("member", "values", "says"),
    [
        (
            "left_click",
            {"coordinate": [1.5, 3]},
            "coordinate must be two whole numbers, got [1.5, 3]",
        ),
        ("left_click", {"coordinate": [1456, 0]}, "(1456, 0) is outside the 1456x819 screenshot"),
        (
            "left_click",
            {"coordinate": [10**400, 0]},
            "coordinate is far outside the screenshot, got [1.000e+400, 0]",
        ),
        (
            "left_click_drag",
            {"start_coordinate": [5, 5], "coordinate": [5, 819]},
            "(5, 819) is outside the 1456x819 screenshot",
        ),
        (
            "left_click",
            {"coordinate": [5, 5], "text": "contrl"},
            "unknown key 'contrl'; the nearest known key is 'Control_L'",
        ),
        (
            "zoom",
            {"region": [0, 0, 1457, 819]},
            "the region [0, 0, 1457, 819] is not inside the 1456x819 screenshot",
        ),
        ("mouse_move", {}, "coordinate is missing: it must be two whole numbers"),
        (
            "left_click",
            {"x": 5, "y": 5},
            'left_click takes coordinate, text; it does not take "x"',
        ),
        ("screenshot", {"region": [0]}, 'screenshot takes no fields; it does not take "region"'),
        (
            "scroll",
            {"scroll_direction": "Up", "scroll_amount": 1},
            'scroll_direction must be up, down, left or right, got "Up"',
        ),
        ("wait", {"duration": 0.5}, "duration must be a whole number from 0 to 300, got 0.5"),
        ("type", {"text": 5}, "text must be a string, got a number"),
        ("type", {"text": "a\ud800"}, "text holds U+D800, which no key types"),
        ("type", "hunter2", "the input of type must be an object, got a string"),
        ("lft_click", {}, 'there is no action "lft_click"; the nearest one is left_click'),
    ],
)
def test_the_sentence_names_what_is_wrong_and_what_was_sent(
    call: Caller, member: str, values: Any, says: str
) -> None:
    result: Any = call.toolset.tool_result(sent(member, values))
    assert result["content"] == [{"type": "text", "text": says}]
    assert result["is_error"] is True


def test_a_whole_number_may_be_written_with_a_point_and_null_leaves_a_field_out(
    call: Caller, window: Recorder
) -> None:
    assert not call("left_click", coordinate=[728.0, 409], text=None).error
    assert not call("left_click", coordinate=None, text="").error
    assert [(e.x, e.y, e.state) for e in window.buttons()] == [(960, 540, 0)] * 2


def test_a_zoomed_region_may_reach_the_edges_and_no_further(call: Caller) -> None:
    assert not call("zoom", region=[1455, 818, 1456, 819]).error
    assert call("zoom", region=[1455, 818, 1456, 820]).error
    assert call("zoom", region=[-1, 0, 5, 5]).error


@pytest.mark.parametrize(
    "action",
    [
        Click("left", 1, Point(1456, 0), ()),
        Click("left", 1, Point(0, -1), parse_keys("ctrl")),
        Drag(Point(5, 5), Point(5, 819), parse_keys("shift")),
        Drag(Point(-1, 5), Point(5, 5), ()),
        Scroll("up", 3, Point(5, 819), parse_keys("ctrl")),
        Move(Point(1456, 818)),
        Zoom(Box(0, 0, 1457, 5)),
    ],
)
def test_the_desktop_itself_refuses_before_anything_moves(
    desktop: Desktop, window: Recorder, action: Action
) -> None:
    window.received()
    with pytest.raises(Refusal, match="the 1456x819 screenshot"):
        desktop.perform(action)
    assert window.received() == []
    assert window.pressed() == ([], 0)


def test_what_is_malformed_is_told_with_what_was_sent(desktop: Desktop) -> None:
    told: list[Event] = []
    toolset = ComputerToolset(desktop, confirm=nobody, on_call=told.append)
    toolset.tool_result(sent("left_click", {"coordinate": [1.5, 1]}))
    toolset.tool_result(sent("left_click", [5]))
    refused = [event for event in told if isinstance(event, Acted)]
    assert [event.values for event in refused] == [{"coordinate": [1.5, 1]}, {}]
    assert all(event.error for event in refused)


TEXT = st.text(st.characters(exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from([*WRONG, "text"])


@given(
    st.sampled_from(list(MEMBERS)) | TEXT,
    JSON | st.dictionaries(FIELDS, JSON),
)
@settings(deadline=None)
def test_whatever_is_sent_is_an_action_or_a_sound_refusal(member: str, values: Any) -> None:
    says = None
    try:
        parse_action(member, values)
    except Refusal as refusal:
        says = str(refusal)
    assert says is None or problem(says) is None, says


def test_the_table_has_the_fields_of_the_sdks_types() -> None:
    for name, member in MEMBERS.items():
        (sdk,) = (t for t in get_args(BetaComputerMemberInput) if t.__name__ == sdk_name(name))
        fields = {field: info.is_required() for field, info in sdk.model_fields.items()}
        assert {field.name: field.required for field in member.fields} == fields


def test_the_documentation_has_a_row_for_each_member_with_all_of_its_fields() -> None:
    rows = list(markdown_rows())[2:]
    for row, (name, member) in zip(rows, MEMBERS.items(), strict=True):
        assert row.startswith(f"| `{name}` | ")
        assert re.findall(r"`(\w+)`:", row) == [field.name for field in member.fields]
    assert rows[-1] == "| `wait` | `duration`: a whole number from 0 to 300 |"
    assert rows[0] == "| `screenshot` |  |"


def sdk_name(member: str) -> str:
    return f"BetaComputer{member.title().replace('_', '')}Input"
