"""What a film of a run shows, and for how long: decided on values, drawn elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from trueclick.geometry import Box, Model, Point, UsageError

from ..actions import (
    Action,
    Click,
    Drag,
    HoldKeys,
    LookAround,
    Move,
    Press,
    PressKeys,
    Scroll,
    TypeText,
    Wait,
    Zoom,
)
from ..trace.story import Look, Step, Story, Turn

TICK_S = 0.08
"""A picture of something that moves; a film's pictures are shown for whole numbers of these."""

_ACT_S = 1.0
_LOOK_S = 0.6
_ERROR_S = 2.0
_TITLE_S = 2.5
_END_S = 3.5

_PER_CHARACTER_S = 0.02
_MOST_TO_READ_S = 1.2
"""Words are given this long beyond what they belong to."""

_TRAVEL = 5
"""Pictures of the pointer on its way."""

Tone: TypeAlias = Literal["plain", "quiet", "bad", "good"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of a film.

    Attributes:
        look: the screen, or `None` where there is no picture of it.
        seconds: for how long it is shown.
        number: of the step, such as `3/31`; empty for none.
        title: what is done, in a word or two.
        detail: with what.
        words: what the model said.
        tone: how it is to be taken.
        progress: how much of the run is over, from 0 to 1.
        pointer: where the pointer is, if that is known.
        path: the way that the pointer has come, or is dragged.
        action: what is marked on the screen.
        card: a text in the place of the screen, such as the task.
    """

    look: Look | None
    seconds: float
    number: str = ""
    title: str = ""
    detail: str = ""
    words: str = ""
    tone: Tone = "plain"
    progress: float = 0.0
    pointer: Point[Model] | None = None
    path: tuple[Point[Model], ...] = ()
    action: Action | None = None
    card: str = ""


def scenes(story: Story, speed: float = 1.0) -> Iterator[Scene]:
    """The pictures of a film of a run, in order.

    Args:
        story: the run's.
        speed: 2 is twice as fast.

    Raises:
        UsageError: if the run has no step, or the speed is not above 0.
    """
    if not 0 < speed < 1000:
        raise UsageError(f"a speed is above 0 and below 1000, got {speed}")
    if not story.steps:
        raise UsageError("the run has no step, so there is nothing to show")
    for scene in _at_ease(story):
        ticks = max(1, round(scene.seconds / speed / TICK_S))
        yield replace(scene, seconds=ticks * TICK_S)


def _at_ease(story: Story) -> Iterator[Scene]:
    start = story.parts[0].started
    yield Scene(None, _TITLE_S, title=start.model, detail="the task", card=start.task.strip())
    count = len(story.steps)
    pointer: Point[Model] | None = None
    part = 0
    for turn in story.turns:
        if turn.part != part:
            part = turn.part
            if not story.parts[part].started.same_screen:
                pointer = None
        for step in turn.steps:
            scene = _scene(step, turn, count)
            yield from _moving(scene, step, pointer)
            if step.performed and step.places:
                pointer = step.places[-1]
            if step.pointer is not None:
                pointer = step.pointer
    yield _ending(story, pointer)


def _scene(step: Step, turn: Turn, count: int) -> Scene:
    """A step as it is shown when the pointer is where it belongs."""
    looks = isinstance(step.action, LookAround)
    look = step.after if looks and step.performed else step.before or step.last_seen
    title, detail = described(step)
    seconds = _LOOK_S if looks else _ACT_S
    if isinstance(step.action, TypeText):
        seconds += _to_read(detail)
    elif step is turn.steps[0]:
        seconds += _to_read(turn.said)
    scene = Scene(
        look,
        seconds,
        number=f"{step.number}/{count}",
        title=title,
        detail=detail,
        words=turn.said,
        tone="quiet" if looks else "plain",
        progress=step.number / count,
        action=step.action,
    )
    if step.error is None:
        return scene
    seconds = _ERROR_S + _to_read(step.error)
    return replace(scene, seconds=seconds, tone="bad", detail=step.error, words=detail)


def _moving(scene: Scene, step: Step, pointer: Point[Model] | None) -> Iterator[Scene]:
    """A step, after the pictures of the pointer on its way there."""
    places = step.places if step.performed else ()
    if not places:
        yield replace(scene, pointer=pointer)
        return
    if pointer is not None and pointer != places[0]:
        on_the_way = replace(scene, seconds=TICK_S, action=None)
        for at in _between(pointer, places[0]):
            yield replace(on_the_way, pointer=at, path=(pointer, at))
    if isinstance(step.action, Drag):
        dragging = replace(scene, seconds=TICK_S)
        for at in _between(*places):
            yield replace(dragging, pointer=at, path=(places[0], at))
        yield replace(scene, pointer=places[1], path=places)
        return
    path = () if pointer is None or pointer == places[0] else (pointer, places[0])
    yield replace(scene, pointer=places[0], path=path)


def _between(start: Point[Model], end: Point[Model]) -> Iterator[Point[Model]]:
    """Some pixels on the way, faster in the middle; without the last."""
    for number in range(1, _TRAVEL + 1):
        along = number / (_TRAVEL + 1)
        along = along * along * (3 - 2 * along)
        yield Point[Model](
            round(start.x + (end.x - start.x) * along), round(start.y + (end.y - start.y) * along)
        )


def _ending(story: Story, pointer: Point[Model] | None) -> Scene:
    """The last picture, with how the run ended."""
    result = story.trace.result
    looks: Iterable[Look | None] = (
        look for s in reversed(story.steps) for look in (s.after, s.last_seen)
    )
    return Scene(
        next(filter(None, looks), None),
        _END_S,
        title="broke off" if result is None else result.status.replace("_", " "),
        detail="" if result is None else result.text,
        tone="good" if result is not None and result.status == "done" else "bad",
        progress=1.0,
        pointer=pointer,
    )


def _to_read(words: str) -> float:
    return min(len(words) * _PER_CHARACTER_S, _MOST_TO_READ_S)


def described(step: Step) -> tuple[str, str]:  # noqa: C901 - a case for each action
    """What a step does, in a word or two, and with what."""
    title = step.member.replace("_", " ")
    match step.action:
        case Click() | Move() | Drag() if not _held(step):
            return title, " to ".join(map(str, step.places))
        case Click() | Drag():
            return title, f"{' to '.join(map(str, step.places))} with {_held(step)}".strip()
        case Scroll(direction, clicks):
            return title, f"{direction} by {clicks}"
        case TypeText(text):
            return title, text
        case PressKeys(_, repeat):
            times = f" {repeat} times" if repeat > 1 else ""
            return title, f"{step.values.get('text')}{times}"
        case HoldKeys(_, seconds):
            return title, f"{step.values.get('text')} for {seconds:g} s"
        case Wait(seconds):
            return title, f"{seconds:g} s"
        case Zoom(region):
            return title, str(_corners(region))
        case LookAround() | Press():
            return title, ""
        case None:
            return title, json.dumps(step.values, ensure_ascii=False, default=str)
        case _:
            return title, "" if step.pointer is None else str(step.pointer)


def _held(step: Step) -> str:
    return str(step.values.get("text") or "")


def _corners(box: Box[Model]) -> str:
    return f"({box.x0}, {box.y0}) to ({box.x1 - 1}, {box.y1 - 1})"
