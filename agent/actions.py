"""What a model can ask of a desktop, as values: one class an action, one table row a member.

Input from the model is checked here and nowhere else. Values out of range are refused, never
clamped, with a fixed sentence and the numbers that were sent.

Source: "Computer use tool" in the Claude documentation and the input types of `anthropic`
2.11.0, read on 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from unicodedata import category

from trueclick.geometry import Box, Model, Point, Refusal, UsageError

from .input.keys import Key, parse_keys

Button = Literal["left", "middle", "right"]
Direction = Literal["up", "down", "left", "right"]

MAX_SECONDS = 300
MAX_REPEAT = 100
MAX_SCROLL = 100


@dataclass(frozen=True, slots=True)
class Click:
    """One or more clicks in quick succession, where the pointer is if `at` is not given."""

    button: Button
    count: int
    at: Point[Model] | None
    held: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Drag:
    """From one place to another with the left button down."""

    start: Point[Model]
    at: Point[Model]
    held: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Scroll:
    """Wheel clicks, where the pointer is if `at` is not given."""

    direction: Direction
    clicks: int
    at: Point[Model] | None
    held: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """The pointer to a place."""

    at: Point[Model]


@dataclass(frozen=True, slots=True)
class Press:
    """The left button down or up, where the pointer is."""

    down: bool


@dataclass(frozen=True, slots=True)
class TypeText:
    """A text on the keyboard."""

    text: str


@dataclass(frozen=True, slots=True)
class PressKeys:
    """A key combination, `repeat` times."""

    keys: tuple[Key, ...]
    repeat: int


@dataclass(frozen=True, slots=True)
class HoldKeys:
    """A key combination held down for a while."""

    keys: tuple[Key, ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing, for a while."""

    seconds: int


@dataclass(frozen=True, slots=True)
class LookAround:
    """A screenshot of the display."""


@dataclass(frozen=True, slots=True)
class Zoom:
    """A sharp picture of a region of the screenshot."""

    region: Box[Model]


@dataclass(frozen=True, slots=True)
class WhereIsPointer:
    """The pointer's position in pixels of the screenshot."""


Action: TypeAlias = (
    Click
    | Drag
    | HoldKeys
    | LookAround
    | Move
    | Press
    | PressKeys
    | Scroll
    | TypeText
    | Wait
    | WhereIsPointer
    | Zoom
)

Values: TypeAlias = Mapping[str, Any]
"""A member's input, its types already checked by the SDK, absent fields as `None`."""


def _point(values: Values, field: str = "coordinate") -> Point[Model] | None:
    pair = values.get(field)
    return None if pair is None else Point(pair[0], pair[1])


def _place(values: Values, field: str = "coordinate") -> Point[Model]:
    point = _point(values, field)
    if point is None:
        raise Refusal(f"{field} is missing")
    return point


def _held(values: Values) -> tuple[Key, ...]:
    text = values.get("text")
    return parse_keys(text) if text else ()


def _keys(values: Values) -> tuple[Key, ...]:
    text = values["text"]
    if not text:
        raise Refusal("text names no key")
    return parse_keys(text)


def _within(name: str, number: int, low: int, high: int) -> int:
    if not low <= number <= high:
        raise Refusal(f"{name} must be from {low} to {high}, got {number}")
    return number


def _click(button: Button, count: int) -> Callable[[Values], Action]:
    return lambda values: Click(button, count, _point(values), _held(values))


def _scroll(values: Values) -> Action:
    amount = _within("scroll_amount", values["scroll_amount"], 0, MAX_SCROLL)
    return Scroll(values["scroll_direction"], amount, _point(values), _held(values))


def _drag(values: Values) -> Action:
    return Drag(_place(values, "start_coordinate"), _place(values), _held(values))


def _type(values: Values) -> Action:
    text: str = values["text"]
    # Line ends and tabs are keys; other control characters and lone surrogates are none.
    wrong = next((c for c in text if category(c) in {"Cc", "Cs"} and c not in "\n\r\t"), None)
    if wrong is not None:
        raise Refusal(f"text holds U+{ord(wrong):04X}, which no key types")
    return TypeText(text)


def _press_keys(values: Values) -> Action:
    repeat = values.get("repeat")
    return PressKeys(
        _keys(values), _within("repeat", 1 if repeat is None else repeat, 1, MAX_REPEAT)
    )


def _seconds(values: Values) -> int:
    return _within("duration", values["duration"], 0, MAX_SECONDS)


def _zoom(values: Values) -> Action:
    x0, y0, x1, y1 = values["region"]
    try:
        return Zoom(Box(x0, y0, x1, y1))
    except UsageError as error:
        raise Refusal(f"region [{x0}, {y0}, {x1}, {y1}] is empty or inside out") from error


MEMBERS: Mapping[str, Callable[[Values], Action]] = {
    "screenshot": lambda _: LookAround(),
    "zoom": _zoom,
    "left_click": _click("left", 1),
    "right_click": _click("right", 1),
    "middle_click": _click("middle", 1),
    "double_click": _click("left", 2),
    "triple_click": _click("left", 3),
    "left_click_drag": _drag,
    "left_mouse_down": lambda _: Press(down=True),
    "left_mouse_up": lambda _: Press(down=False),
    "mouse_move": lambda values: Move(_place(values)),
    "cursor_position": lambda _: WhereIsPointer(),
    "scroll": _scroll,
    "type": _type,
    "key": _press_keys,
    "hold_key": lambda values: HoldKeys(_keys(values), _seconds(values)),
    "wait": lambda values: Wait(_seconds(values)),
}
"""Every member of the computer toolset, and how its input becomes an action."""


def parse_action(member: str, values: Values) -> Action:
    """The action that a member's input asks for.

    Raises:
        Refusal: if a value makes no sense; the model reads the message.
    """
    return MEMBERS[member](values)
