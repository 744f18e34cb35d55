"""What to do for a step, given what is on the screen now. Pure.

A text that stands on the screen more than once is not guessed at: a click is refused and names
the places, unless the step says `near "Other text"`. A label may occur again as somebody's value;
it is the occurrence that has a control of the kind the step needs, outside of such controls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from trueclick.geometry import Box, Model, Point

from .controls import Field, Slider, Tick, find_field, find_slider, find_tick, holds
from .pixels import Pixels, blobs
from .words import Line, find, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .conversation import Phase
    from .steps import Step

_SCROLLS = 60
_POPUP_SCROLLS = 12
_DRAGS = 3


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a member of the toolset."""

    member: str
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A screenshot, and the lines of text on it."""

    pixels: Pixels
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a step is decided by.

    Attributes:
        step: the step.
        attempt: how often its phase was tried before.
        now: the newest picture.
        earlier: the picture so many turns before the newest, or None where there is none.
    """

    step: Step
    attempt: int
    now: Picture
    earlier: Callable[[int], Pixels | None]


@dataclass(frozen=True, slots=True)
class Act:
    """Calls that carry out the step, or a part of it.

    Attributes:
        calls: what to do.
        phase: where the step goes on after a look at the screen; None if it is done.
        attempt: that phase's count.
        settles: whether the calls leave everything else where it was.
    """

    calls: tuple[Call, ...] = ()
    phase: Phase | None = None
    attempt: int = 0
    settles: bool = False


class Failure(Exception):  # noqa: N818 - an outcome of a step
    """The step cannot be carried out; the text says why, for the person who wrote it."""


class Absent(Failure):
    """A text is not on the screen, and might still appear."""


def _start(scene: Scene) -> Act:
    match scene.step.verb:
        case "click" | "double_click" | "right_click":
            return _click(scene)
        case "type":
            return _type(scene)
        case "press":
            repeat = {"repeat": scene.step.times} if scene.step.times > 1 else {}
            return Act((Call("key", {"text": scene.step.text, **repeat}),))
        case "choose":
            return _choose(scene)
        case "check" | "uncheck":
            return _tick(scene)
        case "scroll":
            return _scroll(scene)
        case "drag":
            return _drag(scene)
        case "wait_for" | "expect":
            _seen(scene)
            return Act(settles=True)


def _seen(scene: Scene) -> None:
    phrase, lines = scene.step.text, scene.now.lines
    if not find(phrase, lines, loose=False):
        raise _absent(phrase, lines)


def _absent(phrase: str, lines: Sequence[Line], where: str = "on the screen") -> Absent:
    close = ", ".join(f'"{text}"' for text in nearest(phrase, lines))
    hint = f"\nNearest: {close}." if close else ""
    return Absent(f'I cannot find "{phrase}" {where}{hint}')


def _ambiguous(phrase: str, places: Sequence[Line]) -> Failure:
    where = ", ".join(str(place.box.center) for place in places)
    return Failure(
        f'"{phrase}" is on the screen {len(places)} times, at {where}'
        '\nI do not guess: add near "Other text".'
    )


def _click(scene: Scene) -> Act:
    step, lines = scene.step, scene.now.lines
    places = find(step.text, lines)
    if not places:
        raise _absent(step.text, lines)
    if step.label is not None:
        anchors = find(step.label, lines)
        if not anchors:
            raise _absent(step.label, lines)
        places = (min(places, key=lambda place: min(_apart(place, one) for one in anchors)),)
    if len(places) != 1:
        raise _ambiguous(step.text, places)
    member = "left_click" if step.verb == "click" else step.verb
    return Act((Call(member, {"coordinate": _xy(places[0].box.center)}),))


def _apart(one: Line, other: Line) -> float:
    """Distance between two places; a row counts as closer than a column."""
    here, there = one.box.center, other.box.center
    return abs(here.x - there.x) + 4.0 * abs(here.y - there.y)


def _type(scene: Scene) -> Act:
    step = scene.step
    # An empty text clears the field.
    keys = Call("type", {"text": step.text}) if step.text else Call("key", {"text": "Delete"})
    if step.label is None:
        return Act((keys,) if step.text else ())
    target = _field(scene, step.label)
    here = {"coordinate": _xy(target.box.center)}
    if not target.filled:
        return Act((Call("left_click", here), keys) if step.text else (), settles=True)
    if not target.tall:
        return Act((Call("triple_click", here), keys), settles=True)
    # What selects everything in every toolkit; ctrl+a goes to the line's start in Tk.
    everything = (Call("key", {"text": "ctrl+Home"}), Call("key", {"text": "ctrl+shift+End"}))
    return Act((Call("left_click", here), *everything, keys), settles=True)


T = TypeVar("T", Field, Slider, Tick)


def _control(scene: Scene, label: str, kind: str, control_of: Callable[[Line], T | None]) -> T:
    """The only control of its kind that the label names."""
    places = find(label, scene.now.lines)
    if not places:
        raise _absent(label, scene.now.lines)
    found = [(place, control) for place in places if (control := control_of(place))]
    boxes = [_box(control) for _, control in found]
    found = [
        (place, control) for place, control in found if not any(holds(box, place) for box in boxes)
    ]
    if not found:
        raise Failure(f'I see no {kind} that belongs to "{label}"')
    if len(found) > 1:
        raise _ambiguous(label, [place for place, _ in found])
    return found[0][1]


def _box(control: Field | Slider | Tick) -> Box[Model]:
    return control.trough if isinstance(control, Slider) else control.box


def _field(scene: Scene, label: str) -> Field:
    now = scene.now
    return _control(scene, label, "field", lambda line: find_field(line, now.lines, now.pixels))


def _tick(scene: Scene) -> Act:
    step, now = scene.step, scene.now
    tick = _control(scene, step.text, "checkbox", lambda line: find_tick(line, now.pixels))
    if tick.ticked == (step.verb == "check"):
        return Act(settles=True)
    return replace(_clicked(tick.box), settles=True)


def _drag(scene: Scene) -> Act:
    step, now = scene.step, scene.now
    slider = _control(scene, step.label or "", "slider", lambda line: find_slider(line, now.pixels))
    target = slider.place(step.percent)
    if abs(slider.knob.center.x - target.x) <= 1:
        return Act(settles=True)
    if scene.attempt >= _DRAGS:
        raise Failure(f'The slider of "{step.label}" does not go to {step.percent:g}%')
    drag = {"start_coordinate": _xy(slider.knob.center), "coordinate": _xy(target)}
    return Act((Call("left_click_drag", drag),), "moved", scene.attempt + 1)


def _scroll(scene: Scene) -> Act:
    step, now = scene.step, scene.now
    box = _field(scene, step.label or "").box
    inside = [line for line in now.lines if holds(box, line)]
    if find(step.text, inside, loose=False):
        return Act(settles=True)
    before = scene.earlier(1) if scene.attempt else None
    still = before is not None and not _changes(before, now.pixels, box)
    if still or scene.attempt >= _SCROLLS:
        raise _absent(step.text, inside, f'in "{step.label}" after scrolling to its end')
    heights = sorted(line.box.height for line in inside) or [box.height]
    rows = box.height / heights[len(heights) // 2]
    # One click moves up to four rows: few at a time, so that none is passed over.
    return Act((_wheel(box, step.direction, 3 if rows > 14 else 1),), "moved", scene.attempt + 1)


def _wheel(box: Box[Model], direction: str, amount: int) -> Call:
    return Call(
        "scroll",
        {"coordinate": _xy(box.center), "scroll_direction": direction, "scroll_amount": amount},
    )


def _choose(scene: Scene) -> Act:
    """From a drop-down, a radio group or a list: whatever the label stands beside or above."""
    step, now = scene.step, scene.now
    label, item = step.label or "", step.text
    labels = find(label, now.lines)
    if not labels:
        raise _absent(label, now.lines)
    shown = find(item, now.lines, loose=False)
    found = [find_field(place, now.lines, now.pixels) for place in labels]
    if not any(target and target.beside for target in found):
        grouped = [
            (_apart(line, place), line)
            for line in shown
            for place in labels
            if _belongs(line, place)
        ]
        if grouped:
            return _clicked(min(grouped, key=lambda pair: pair[0])[1].box)
    target = _field(scene, label)
    there = [line for line in shown if holds(target.box, line)]
    if there and target.tall:
        return _clicked(there[0].box)
    if there:
        return Act(settles=True)  # it is chosen already
    if target.tall:
        raise _absent(item, now.lines, f'in "{label}"')
    return replace(_clicked(target.box), phase="popup")


def _clicked(box: Box[Model]) -> Act:
    return Act((Call("left_click", {"coordinate": _xy(box.center)}),))


def _belongs(item: Line, label: Line) -> bool:
    """Whether an item of a group stands beside its label, or in the rows below it."""
    height = label.box.height
    return (
        item.box.x0 >= label.box.x0 - height
        and -height / 2 <= item.box.center.y - label.box.center.y <= 8 * height
        and item != label
    )


def _popup(scene: Scene, direction: Literal["down", "up"] = "down") -> Act:
    """A list has opened: its item is among what is new on the screen."""
    step, now = scene.step, scene.now
    before = scene.earlier(scene.attempt + 1)
    changed = _changes(before, now.pixels, None) if before is not None else []
    if before is not None and not changed:
        raise Failure(f'Nothing opened when I clicked beside "{step.label}"')
    new = [line for line in now.lines if any(holds(box, line) for box in changed)]
    places = find(step.text, new if before is not None else now.lines, loose=False)
    if places:
        return _clicked(places[0].box)
    popup = max(changed, key=lambda box: box.width * box.height, default=None)
    moved = scene.attempt == 0 or _moved(scene, popup)
    if popup is None or scene.attempt >= _POPUP_SCROLLS or not (moved or direction == "down"):
        raise _absent(step.text, new, f'in the list beside "{step.label}"')
    if not moved:
        direction = "up"
    phase: Phase = "popup" if direction == "down" else "popupup"
    return Act((_wheel(popup, direction, 1),), phase, scene.attempt + 1)


def _moved(scene: Scene, area: Box[Model] | None) -> bool:
    """Whether the last scroll changed anything in the area."""
    last = scene.earlier(1)
    return last is None or bool(_changes(last, scene.now.pixels, area))


def _changes(before: Pixels, now: Pixels, area: Box[Model] | None) -> list[Box[Model]]:
    """Where two pictures differ, carets aside."""
    if before.shape != now.shape:
        return [Box(0, 0, now.shape[1], now.shape[0])]
    if area is not None:
        rows, columns = slice(area.y0, area.y1), slice(area.x0, area.x1)
        before, now = before[rows, columns], now[rows, columns]
    # 6 px: the lines of a list are closer together than that.
    return [box for box in blobs(before != now, grow=6) if box.width > 16]


def _xy(point: Point[Model]) -> list[int]:
    return [point.x, point.y]


PHASES: dict[Phase, Callable[[Scene], Act]] = {
    "start": _start,
    "moved": _start,
    "popup": _popup,
    "popupup": lambda scene: _popup(scene, "up"),
}
