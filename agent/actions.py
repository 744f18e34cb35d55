"""What a model can ask of a desktop, as values: one class an action, one table row a member.

Input from the model is checked here and nowhere else, as it was sent, and whole: a value out of
range is refused rather than clamped, a field that the member does not have is refused too, for
who sends it believes what is not so. Nothing is guessed. Two values have a second spelling:

- JSON has one kind of number, so `640.0` is the whole number 640; `640.5` is refused.
- `null` in a field that may be left out means that it is left out, as the SDK's types say; an
  empty `text` of a click, a drag or a scroll names no keys.

The sentence of a refusal is fixed; what follows `got` is what was sent, escaped and cut short. Of
a text that was to be typed it holds nothing: it may be a password.

Source: "Computer use tool" in the Claude documentation and the input types of `anthropic`
2.11.0, read on 2026-11-21.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, cast

from trueclick.geometry import Box, Model, Point, Refusal, UsageError

from .input.keys import Key, parse_keys, untypable
from .sent import kind, shown

Button = Literal["left", "middle", "right"]
Direction = Literal["up", "down", "left", "right"]

MAX_SECONDS = 300
MAX_REPEAT = 100
MAX_SCROLL = 100

MAX_KEYS = 100
"""Characters in a combination of keys; the longest that makes sense has about 50."""

MAX_TEXT = 200_000
"""Characters typed at once: at 1.5 ms each, as long as the longest wait. A turn of 8,192 tokens
holds some 30,000."""

_FAR = 10**9
"""No screenshot reaches as far, whatever its size; what is nearer is refused with its size."""


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
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class HoldKeys:
    """A key combination held down for a while."""

    keys: tuple[Key, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing, for a while."""

    seconds: float


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


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a member's input.

    Attributes:
        name: as the API calls it.
        attribute: of the action, which takes the value.
        meaning: what it must be, in words.
        check: the value for the action; a `Refusal` if what was sent makes no sense.
        required: whether it must be there.
        default: the value for the action where it is not.
    """

    name: str
    attribute: str
    meaning: str
    check: Callable[[Field, object], object]
    required: bool = True
    default: object = None

    def read(self, values: Mapping[str, object]) -> object:
        """The value for the action, out of a member's input."""
        value = values.get(self.name)
        if value is None and not self.required:
            return self.default
        if self.name not in values:
            raise Refusal(f"{self.name} is missing: it must be {self.meaning}")
        return self.check(self, value)

    def wrong(self, value: object) -> Refusal:
        """What the model reads of a value that is not what it must be."""
        return Refusal(f"{self.name} must be {self.meaning}, got {shown(value)}")


def _integer(value: object) -> int | None:
    """A whole number, however it is written, or `None`."""
    if type(value) is float and value.is_integer():
        return int(value)
    return value if type(value) is int else None  # a boolean is an `int`, too


def _integers(field: Field, value: object, count: int) -> list[int]:
    if not isinstance(value, list):
        raise field.wrong(value)
    given = cast("list[object]", value)
    numbers = [number for number in map(_integer, given) if number is not None]
    if len(numbers) != count or len(given) != count:
        raise field.wrong(given)
    if any(abs(number) >= _FAR for number in numbers):
        raise Refusal(f"{field.name} is far outside the screenshot, got {shown(given)}")
    return numbers


def _place(field: Field, value: object) -> Point[Model]:
    x, y = _integers(field, value, 2)
    return Point(x, y)


def _region(field: Field, value: object) -> Box[Model]:
    x0, y0, x1, y1 = _integers(field, value, 4)
    try:
        return Box(x0, y0, x1, y1)
    except UsageError as error:
        told = f"{field.name} [{x0}, {y0}, {x1}, {y1}] is empty or inside out"
        raise Refusal(told) from error


def _between(low: int, high: int, field: Field, value: object) -> int:
    number = _integer(value)
    if number is None:
        raise field.wrong(value)
    if not low <= number <= high:
        raise Refusal(f"{field.name} must be from {low} to {high}, got {shown(number)}")
    return number


def _number(
    name: str, attribute: str, low: int, high: int, *, required: bool = True, default: object = None
) -> Field:
    meaning = f"a whole number from {low} to {high}"
    return Field(name, attribute, meaning, partial(_between, low, high), required, default)


def _real_between(low: int, high: int, field: Field, value: object) -> float:
    number: float | None = _integer(value)
    if number is None and type(value) is float and math.isfinite(value):
        number = value
    if number is None:
        raise field.wrong(value)
    if not low <= number <= high:
        raise Refusal(f"{field.name} must be from {low} to {high}, got {shown(number)}")
    return number


def _direction(field: Field, value: object) -> object:
    if value not in ("up", "down", "left", "right"):
        raise field.wrong(value)
    return value


def _string(most: int, field: Field, value: object) -> str:
    if type(value) is not str:
        raise Refusal(f"{field.name} must be {field.meaning}, got {kind(value)}")
    if len(value) > most:
        raise Refusal(f"{field.name} must be at most {most} characters long, got {len(value)}")
    wrong = untypable(value)
    if wrong is not None:
        raise Refusal(f"{field.name} holds U+{ord(wrong):04X}, which no key types")
    return value


def _held(field: Field, value: object) -> tuple[Key, ...]:
    text = _string(MAX_KEYS, field, value)
    return parse_keys(text) if text else ()


def _keys(field: Field, value: object) -> tuple[Key, ...]:
    keys = _held(field, value)
    if not keys:
        raise Refusal(f"{field.name} names no key")
    return keys


_PIXEL = "two whole numbers"
_COMBINATION = 'a string of keys such as "ctrl+s"'

_AT = Field("coordinate", "at", _PIXEL, _place)
_AT_OR_HERE = Field("coordinate", "at", _PIXEL, _place, required=False)
_START = Field("start_coordinate", "start", _PIXEL, _place)
_REGION = Field("region", "region", "four whole numbers", _region)
_HELD = Field("text", "held", _COMBINATION, _held, required=False, default=())
_KEYS = Field("text", "keys", _COMBINATION, _keys)
_TEXT = Field("text", "text", "a string", partial(_string, MAX_TEXT))
_DIRECTION = Field("scroll_direction", "direction", "up, down, left or right", _direction)
_AMOUNT = _number("scroll_amount", "clicks", 0, MAX_SCROLL)
_SECONDS = _number("duration", "seconds", 0, MAX_SECONDS)
SECONDS_AND_PARTS = Field(
    "duration",
    "seconds",
    f"a number from 0 to {MAX_SECONDS}",
    partial(_real_between, 0, MAX_SECONDS),
)
"""What the older versions have in place of whole seconds."""

_REPEAT = _number("repeat", "repeat", 1, MAX_REPEAT, required=False, default=1)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the toolset.

    Attributes:
        action: makes the action of its fields' values.
        fields: of its input.
    """

    action: Callable[..., Action]
    fields: tuple[Field, ...] = ()


MEMBERS: Mapping[str, Member] = {
    "screenshot": Member(LookAround),
    "zoom": Member(Zoom, (_REGION,)),
    "left_click": Member(partial(Click, "left", 1), (_AT_OR_HERE, _HELD)),
    "right_click": Member(partial(Click, "right", 1), (_AT_OR_HERE, _HELD)),
    "middle_click": Member(partial(Click, "middle", 1), (_AT_OR_HERE, _HELD)),
    "double_click": Member(partial(Click, "left", 2), (_AT_OR_HERE, _HELD)),
    "triple_click": Member(partial(Click, "left", 3), (_AT_OR_HERE, _HELD)),
    "left_click_drag": Member(Drag, (_START, _AT, _HELD)),
    "left_mouse_down": Member(partial(Press, down=True)),
    "left_mouse_up": Member(partial(Press, down=False)),
    "mouse_move": Member(Move, (_AT,)),
    "cursor_position": Member(WhereIsPointer),
    "scroll": Member(Scroll, (_DIRECTION, _AMOUNT, _AT_OR_HERE, _HELD)),
    "type": Member(TypeText, (_TEXT,)),
    "key": Member(PressKeys, (_KEYS, _REPEAT)),
    "hold_key": Member(HoldKeys, (_KEYS, _SECONDS)),
    "wait": Member(Wait, (_SECONDS,)),
}
"""Every member of the computer toolset: the fields of its input, and the action they make."""


def places_of(action: Action) -> tuple[Point[Model], ...]:
    """The pixels of the screenshot that an action is aimed at, in their order."""
    match action:
        case Drag(start, at):
            return start, at
        case Move(at) | Click(at=Point() as at) | Scroll(at=Point() as at):
            return (at,)
        case _:
            return ()


def parse_action(name: str, sent: object, members: Mapping[str, Member] = MEMBERS) -> Action:
    """The action that a call of the model's asks for.

    Args:
        name: the member.
        sent: its input, as it came from the API.
        members: those there are.

    Raises:
        Refusal: if there is no such member or a value makes no sense; the model reads the message.
            Whether a place is on the screenshot is for the `View` to say.
    """
    member = members.get(name)
    if member is None:
        near = difflib.get_close_matches(name[:MAX_KEYS], members, n=1)
        nearest = f"; the nearest one is {near[0]}" if near else ""
        raise Refusal(f"there is no action {shown(name)}{nearest}")
    if not isinstance(sent, Mapping):
        raise Refusal(f"the input of {name} must be an object, got {kind(sent)}")
    values = cast("Mapping[str, object]", sent)
    names = [field.name for field in member.fields]
    extra = next((given for given in values if given not in names), None)
    if extra is not None:
        raise Refusal(
            f"{name} takes {', '.join(names) or 'no fields'}; it does not take {shown(extra)}"
        )
    return member.action(**{field.attribute: field.read(values) for field in member.fields})


def markdown_rows(members: Mapping[str, Member] = MEMBERS) -> Iterator[str]:
    """The table as documentation shows it: one Markdown row a member, and what it takes."""
    yield "| member | takes |"
    yield "| --- | --- |"
    for name, member in members.items():
        fields = [
            f"`{field.name}`: {field.meaning}{'' if field.required else ', if any'}"
            for field in member.fields
        ]
        yield f"| `{name}` | {'; '.join(fields)} |"
