"""What the page is told of a run: one JSON object, made of values alone.

Keys are short, and what goes without saying is left out: five hundred steps are to fit into some
tens of kilobytes. `page/run.js` is the one reader.

- the run: `badge` [tone, words], `task`, `about`, `text` (the last words), `broken`, `facts`
  [[name, value, more]], `foot`, `parts`, `turns`, `steps`, `looks`, `pictures`, `boxes`.
- a part: `map` [scale, offset across, scale, offset down] from the screen to the screenshot.
- a turn: `n` its number, `p` the index of its part, `w` the model's words, `h` its thinking, `x`
  [[kind, text]] what else was told, `u` [uncached, cache read, cache write, output], `d` US dollars
  or null, `s` seconds of the answer, `r` why the answer ended, where that is unusual.
- a step: `t` the index of its turn, `m` the member, `v` its values, `bad` if they make no sense,
  `act` if it is more than a look, `q` the pixels it was aimed at where `v` does not say so, `l` the
  screen pixel it landed on, `f` the one where a drag began, `pt` the pointer, `e` the error, `s`
  seconds, `w` those of settling, `at` seconds since the run began, `k` [approved, by, seconds], `c`
  boxes that changed [near, elsewhere]; `b`, `o`, `a`, `z` the indexes of looks: before, last seen
  before, after, and what a zoom showed.
- a look: [index of the picture, 1 if the screen was still, index of the boxes that are hidden, and
  of the restless ones].
- a picture: [width, height, 1 if there is a thumbnail, why it cannot be shown].

All texts have been through `visible`, and of a long one only the beginning is told.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias, cast

from trueclick.geometry import Box, Model, Point

from .. import wording
from ..trace import Look, Part, Step, Story, Turn
from .endings import ending, unfinished
from .mapping import as_numbers, screen_to_screenshot
from .spent import spent_in
from .told import told_of
from .visible import beginning

Json: TypeAlias = dict[str, Any]

_USUAL = frozenset({"tool_use", "end_turn", "stop_sequence", "compaction", None})
"""Why an answer ends that is as it should be."""

_SAFE = 2**53
"""Beyond, JavaScript's numbers are no longer exact."""

_MOST_CHARACTERS = 50_000
"""Of one text: thirty pages. The trace has all of it."""

_MOST_OF_A_NAME = 200

_MOST_VALUES = 50
"""Of a call; none that makes sense has more than a handful."""

_MOST_NUMBERS = 8
"""Of a list that is shown as a place or a region; no call has more."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """What is known of a picture beyond its size.

    Attributes:
        data: a small WebP of it; `None` if there is none.
        flaw: why it cannot be shown, or `None`.
    """

    data: bytes | None = None
    flaw: str | None = None


def images_of(story: Story) -> dict[str, Look]:
    """The pictures that a report shows, in the order of its steps: by name, where each is first."""
    found: dict[str, Look] = {}
    for step in story.steps:
        for look in (step.before or step.last_seen, step.after, step.zoom):
            if look is not None:
                found.setdefault(look.image, look)
    return found


class _Shared:
    """Looks and lists of boxes, each told once; pictures by their numbers."""

    def __init__(self, images: Mapping[str, Look]) -> None:
        self._images = {name: number for number, name in enumerate(images)}
        self.looks: dict[tuple[int, ...], int] = {}
        self.boxes: dict[tuple[Box[Model], ...], int] = {(): 0}

    def look(self, look: Look | None) -> int | None:
        """The index of a look."""
        if look is None:
            return None
        hidden = self.boxes.setdefault(look.hidden, len(self.boxes))
        restless = self.boxes.setdefault(look.restless, len(self.boxes))
        key = self._images[look.image], int(look.still), hidden, restless
        return self.looks.setdefault(key, len(self.looks))


def facts_of(story: Story, thumbnail: Callable[[str], Thumbnail]) -> Json:
    """What the page is told.

    Args:
        story: the run.
        thumbnail: what is known of the picture of a name.
    """
    trace = story.trace
    images = images_of(story)
    shared = _Shared(images)
    turns = [turn for turn in story.turns if _has_content(turn)]
    steps = [_step(step, index, shared) for index, turn in enumerate(turns) for step in turn.steps]
    settings = trace.settings
    foot = f"Made by trueclick from {trace.folder.name or trace.folder}"
    return {
        "badge": ending(trace),
        "task": _text(settings.task).strip(),
        "about": _text(_about(story)),
        "text": "" if trace.result is None else _text(trace.result.text),
        "broken": unfinished(trace),
        "facts": _totals(story),
        "foot": _text(f"{foot}. Trace begun {trace.began:%Y-%m-%d %H:%M:%S %Z}."),
        "parts": [_part(part) for part in story.parts],
        "turns": [_turn(turn) for turn in turns],
        "steps": steps,
        "looks": [_shortened(look) for look in shared.looks],
        "pictures": [_picture(look, thumbnail(name)) for name, look in images.items()],
        "boxes": [[_edges(box) for box in boxes] for boxes in shared.boxes],
    }


def as_json(facts: Json) -> str:
    """The object as it stands in a page: it cannot end its element, whatever its texts are."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _text(text: str) -> str:
    return beginning(text, _MOST_CHARACTERS)


def _has_content(turn: Turn) -> bool:
    return bool(turn.steps or turn.answered or turn.said or turn.thought or turn.told)


def _about(story: Story) -> str:
    settings = story.trace.settings
    return f"{wording.model(settings)} · {story.trace.began:%Y-%m-%d %H:%M} UTC"


def _totals(story: Story) -> list[list[str]]:
    trace = story.trace
    usage = trace.usage
    cached = f"{usage.cached_share:.0%} cached" if usage.cache_read else ""
    facts = [
        ["Steps", f"{len(story.steps):,}", ""],
        ["Turns", f"{trace.turns:,}", ""],
        ["Tokens in", f"{usage.input:,}", cached],
        ["Tokens out", f"{usage.output:,}", ""],
        ["Cost", wording.dollars(trace.usd), ""],
        ["Time", wording.duration(trace.seconds), ""],
        ["Screen", str(trace.settings.screen.size), f"seen at {trace.settings.screenshot}"],
    ]
    if len(story.parts) > 1:
        facts.append(["Parts", f"{len(story.parts)}", "it was resumed"])
    return facts


def _part(part: Part) -> Json:
    return {"map": as_numbers(screen_to_screenshot(part.view))}


def _turn(turn: Turn) -> Json:
    told: Json = {"n": turn.number}
    if turn.part:
        told["p"] = turn.part
    if turn.said:
        told["w"] = _text(turn.said)
    if turn.thought:
        told["h"] = _text(turn.thought)
    if turn.told:
        told["x"] = [[kind, _text(text)] for kind, text in map(told_of, turn.told)]
    if turn.answered:
        spent = spent_in(turn)
        used = spent.usage
        told["u"] = [used.uncached, used.cache_read, used.cache_write, used.output]
        told["d"] = None if spent.usd is None else _number(spent.usd, 6)
        told["s"] = _number(spent.seconds, 2)
        reason = turn.answered[0].stop_reason
        if reason not in _USUAL:
            told["r"] = beginning(str(reason), _MOST_OF_A_NAME)
    return told


def _step(step: Step, turn: int, shared: _Shared) -> Json:
    told: Json = {"t": turn, "m": beginning(step.member, _MOST_OF_A_NAME)}
    if step.values:
        first = itertools.islice(step.values.items(), _MOST_VALUES)
        told["v"] = {beginning(name, _MOST_OF_A_NAME): _value(value) for name, value in first}
    if step.action is None:
        told["bad"] = 1
    if step.acts or step.action is None:
        told["act"] = 1
    if _places(step) != _places_in(step.values):
        told["q"] = _places(step)
    landed, start, pointer = _xy(step.landed), _xy(step.start), _xy(step.pointer)
    looks = {
        "b": shared.look(step.before),
        "o": shared.look(step.last_seen) if step.before is None else None,
        "a": shared.look(step.after),
        "z": shared.look(step.zoom),
    }
    asked = step.asked
    known: Json = {
        "l": landed,
        "f": start,
        "pt": pointer,
        "e": None if step.error is None else _text(step.error) or "it failed",
        "w": None if step.settle_s is None else _number(step.settle_s, 2),
        "k": None if asked is None else [asked.approved, asked.by, _number(asked.seconds, 1)],
        **looks,
    }
    told.update((name, value) for name, value in known.items() if value is not None)
    if step.changes is not None:
        changes = step.changes
        told["c"] = [[_edges(box) for box in changes.near]]
        if changes.elsewhere:
            told["c"].append([_edges(box) for box in changes.elsewhere])
    return {**told, "s": _number(step.seconds, 2), "at": _number(step.at_s, 1)}


def _places(step: Step) -> list[list[int]]:
    return [[point.x, point.y] for point in step.places]


def _places_in(values: Mapping[str, object]) -> list[object]:
    """What the page takes for the places, where it is told of none."""
    found = (values.get(name) for name in ("start_coordinate", "coordinate"))
    return [place for place in found if place is not None]


def _value(value: object) -> object:
    """A value of a call as the page can show it: as it is, or `{"json": its text}`."""
    match value:
        case str():
            return _text(value)
        case None | bool():
            return value
        case int() | float() if _is_exact(value):
            return value
        case list() if len(numbers := cast("list[object]", value)) <= _MOST_NUMBERS and all(
            type(each) in (int, float) and _is_exact(cast("float", each)) for each in numbers
        ):
            return numbers
        case _:
            return {"json": _text(json.dumps(value, ensure_ascii=False))}


def _is_exact(number: float) -> bool:
    # No infinity, and no whole number too large for a `float`, is less.
    return abs(number) < _SAFE


def _shortened(look: tuple[int, ...]) -> Sequence[int]:
    """Without the empty lists of boxes at its end."""
    picture, still, hidden, restless = look
    if restless:
        return look
    return (picture, still, hidden) if hidden else (picture, still)


def _picture(look: Look, known: Thumbnail) -> list[object]:
    told: list[object] = [look.size.width, look.size.height, int(known.data is not None)]
    return told if known.flaw is None else [*told, known.flaw]


def _xy(point: Point[Any] | None) -> tuple[int, int] | None:
    return None if point is None else (point.x, point.y)


def _edges(box: Box[Any]) -> tuple[int, int, int, int]:
    return box.x0, box.y0, box.x1, box.y1


def _number(value: float | Decimal, digits: int) -> float:
    """Rounded; what is no number is 0."""
    number = round(float(value), digits)
    if not math.isfinite(number):
        return 0
    return int(number) if number == int(number) else number
