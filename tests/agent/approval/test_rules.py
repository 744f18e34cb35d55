"""A file of rules: what it says of calls, and what is said of a file that is wrong."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from anthropic.tools.computer import BetaComputerConfirmContext
from anthropic.types.beta import BetaToolUseBlock

from trueclick.agent import Desktop
from trueclick.agent.approval.call import Call
from trueclick.agent.approval.rules import Rules, read_rules
from trueclick.geometry import Point, Screen, UsageError

Values = Mapping[str, Any]


def rules(tmp_path: Path, text: str) -> Rules:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    return read_rules(file)


def context(member: str, values: Values) -> BetaComputerConfirmContext:
    use = BetaToolUseBlock.construct(type="tool_use", id="t", name=member, input=dict(values))
    return BetaComputerConfirmContext.construct(tool_use=use, member=member, input=None)


def verdict(given: Rules, desktop: Desktop, member: str, **values: Any) -> str:
    return given.judge(Call.read(context(member, values), desktop)).then


def test_the_first_rule_that_matches_decides(tmp_path: Path, desktop: Desktop) -> None:
    given = rules(
        tmp_path,
        """
        default = "refuse"
        [[rules]]
        members = ["left_click"]
        then = "ask"
        [[rules]]
        members = ["left_click", "scroll"]
        then = "allow"
        """,
    )
    assert verdict(given, desktop, "left_click", coordinate=[5, 5]) == "ask"
    scroll = {"scroll_direction": "up", "scroll_amount": 1, "coordinate": [5, 5]}
    assert verdict(given, desktop, "scroll", **scroll) == "allow"
    assert verdict(given, desktop, "right_click", coordinate=[5, 5]) == "refuse"


def test_without_a_default_what_no_rule_matches_is_asked_for(
    tmp_path: Path, desktop: Desktop
) -> None:
    assert verdict(rules(tmp_path, ""), desktop, "key", text="a") == "ask"


def test_looking_is_free_unless_a_rule_names_it(tmp_path: Path, desktop: Desktop) -> None:
    given = rules(tmp_path, 'default = "refuse"')
    for member, values in (("screenshot", {}), ("wait", {"duration": 1}), ("cursor_position", {})):
        assert verdict(given, desktop, member, **values) == "allow"
    text = '[[rules]]\nthen = "refuse"\n[[rules]]\nmembers = ["zoom"]\nthen = "refuse"'
    given = rules(tmp_path, text)
    assert verdict(given, desktop, "screenshot") == "allow"
    assert verdict(given, desktop, "zoom", region=[0, 0, 9, 9]) == "refuse"


REGION = '[[rules]]\nregion = [100, 100, 200, 200]\nthen = "{}"'


def test_a_region_is_in_pixels_of_the_screen(tmp_path: Path, desktop: Desktop) -> None:
    # The display has 1920x1080 pixels and is seen as 1456x819.
    given = rules(tmp_path, REGION.format("allow"))
    for at, then in (([76, 76], "allow"), ([75, 76], "ask"), ([151, 151], "allow")):
        assert verdict(given, desktop, "left_click", coordinate=at) == then
    assert verdict(given, desktop, "left_click", coordinate=[152, 151]) == "ask"


def test_a_drag_is_allowed_if_both_ends_are_and_refused_if_one_is(
    tmp_path: Path, desktop: Desktop
) -> None:
    inside, outside = [100, 100], [300, 300]
    for start, end, allowed, refused in (
        (inside, inside, "allow", "refuse"),
        (inside, outside, "ask", "refuse"),
        (outside, inside, "ask", "refuse"),
        (outside, outside, "ask", "ask"),
    ):
        drag = {"start_coordinate": start, "coordinate": end}
        given = rules(tmp_path, REGION.format("allow"))
        assert verdict(given, desktop, "left_click_drag", **drag) == allowed
        given = rules(tmp_path, REGION.format("refuse"))
        assert verdict(given, desktop, "left_click_drag", **drag) == refused


def test_a_click_without_a_place_is_one_at_the_pointer(tmp_path: Path, desktop: Desktop) -> None:
    given = rules(tmp_path, REGION.format("allow"))
    for x, then in ((960, "ask"), (150, "allow")):
        desktop._input.move(Point[Screen](x, 150))
        for member in ("left_click", "left_mouse_down", "left_mouse_up", "double_click"):
            assert verdict(given, desktop, member) == then
    assert verdict(given, desktop, "type", text="x") == "ask"  # goes to the focus


TEXT = '[[rules]]\nmembers = ["{}"]\n{} = \'{}\'\nthen = "allow"'


@pytest.mark.parametrize(
    ("how", "pattern", "text", "allowed"),
    [
        ("text", "[a-z ]+", "some words", True),
        ("text", "[a-z ]+", "some words\n", False),
        ("text", "[a-z ]+", "Some words", False),
        ("text", "ls|cat", "ls; rm -r .", False),
        ("text", "", "", True),
        ("text", "", "x", False),
        ("text", "a.b", "a\nb", True),
        ("contains", "(?i)sudo", "a\nSUDO rm", True),
        ("contains", "sudo", "su do", False),
        ("contains", r"\{\{PIN\}\}", "x{{PIN}}", True),
    ],
)
def test_a_text_is_held_against_an_expression(
    tmp_path: Path, desktop: Desktop, how: str, pattern: str, text: str, allowed: bool
) -> None:
    given = rules(tmp_path, TEXT.format("type", how, pattern))
    assert (verdict(given, desktop, "type", text=text) == "allow") is allowed


@pytest.mark.parametrize(
    "spelling",
    [
        "ctrl+shift+q",
        "shift+ctrl+q",
        "Control_R+Shift_L+Q",
        "CTRL+q+shift",
        "ctrl+ctrl+shift+U+0071",
    ],
)
def test_keys_have_one_spelling(tmp_path: Path, desktop: Desktop, spelling: str) -> None:
    given = rules(tmp_path, TEXT.format("key", "text", r"ctrl\+shift\+q"))
    assert verdict(given, desktop, "key", text=spelling) == "allow"
    assert verdict(given, desktop, "key", text="ctrl+q") == "ask"


def test_the_keys_that_are_held_are_a_clicks_text(tmp_path: Path, desktop: Desktop) -> None:
    given = rules(tmp_path, TEXT.format("left_click", "text", ""))
    assert verdict(given, desktop, "left_click", coordinate=[5, 5]) == "allow"
    assert verdict(given, desktop, "left_click", coordinate=[5, 5], text="ctrl") == "ask"


def test_what_a_rule_cannot_be_held_against_it_refuses(tmp_path: Path, desktop: Desktop) -> None:
    given = rules(tmp_path, TEXT.format("type", "contains", "(a*)*b") + '\n[[rules]]\nthen="allow"')
    assert verdict(given, desktop, "type", text="a" * 10_001) == "refuse"
    given = rules(tmp_path, REGION.format("allow"))
    lost = Call.read(context("left_click", {"coordinate": [5, 5]}), None)
    assert given.judge(lost).then == "refuse"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('default = "yes"', 'default must be "allow", "ask" or "refuse"'),
        ("ask = 1", "ask is unknown; known: default, rules"),
        ("rules = 1", "rules must be a list"),
        ('[[rules]]\nmembers = ["type"]', 'rules[1].then is missing: write "allow"'),
        ('[[rules]]\nthen = "allow"\nregexp = "x"', "rules[1].regexp is unknown; known: members"),
        (
            '[[rules]]\nthen = "allow"\nmembers = ["typ"]',
            "rules[1].members[1] names no member; known",
        ),
        ('[[rules]]\nthen = "allow"\nmembers = []', "rules[1].members is empty"),
        ('[[rules]]\nthen = "allow"\nmembers = "type"', "rules[1].members must be a list"),
        ('[[rules]]\nthen = "allow"\ntext = "("', "rules[1].text is no regular expression"),
        ('[[rules]]\nthen = "allow"\ntext = 5', "rules[1].text must be a regular expression"),
        ('[[rules]]\nthen = "allow"\nregion = [0, 0, 5]', "rules[1].region must be x0, y0, x1, y1"),
        ('[[rules]]\nthen = "allow"\nregion = [0, 0, 0, 5]', "with x0 < x1 and y0 < y1"),
        ('[[rules]]\nthen = "allow"\nregion = [0, 0, 1.5, 5]', "rules[1].region must be"),
        ('[[rules]]\nthen = "allow"\nregion = [false, 0, 1, 5]', "rules[1].region must be"),
        (
            '[[rules]]\nthen = "allow"\nmembers = ["type"]\nregion = [0, 0, 5, 5]',
            "rules[1] type has no place or no text",
        ),
        ('[[rules]]\nthen = "allow"\nmembers = ["wait"]\ntext = "x"', "rules[1] wait has no place"),
        ("[[rules", "are not TOML"),
        ("x = 1\nx = 2", "are not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as wrong:
        rules(tmp_path, text)
    assert told in str(wrong.value)


def test_every_mistake_has_a_line_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as wrong:
        rules(tmp_path, 'x = 1\n[[rules]]\ntext = "("\n[[rules]]\nthen = "no"')
    assert len(str(wrong.value).splitlines()) == 5


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "huge").write_bytes(b"#" * 2_000_000)
    for name, told in (
        ("missing", "No such file"),
        (".", "Is a directory"),
        ("binary", "not UTF-8"),
        ("huge", "over 1000000 bytes"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(UsageError, match=told):
            read_rules(Path(os.path.join(tmp_path, name)))  # noqa: PTH118 - `/` drops the dot
