"""A call of the model's that waits for approval, and where it would land."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trueclick.geometry import Box, Image, Model, Point, Screen

from ..actions import (
    MEMBERS,
    SECONDS_AND_PARTS,
    Action,
    Click,
    Drag,
    HoldKeys,
    PressKeys,
    Scroll,
    TypeText,
    Zoom,
    parse_action,
    places_of,
)
from ..input.keys import Key

if TYPE_CHECKING:
    from anthropic.tools.computer import BetaComputerConfirmContext

    from ..desktop import Desktop

LOOKING = frozenset({"cursor_position", "screenshot", "wait", "zoom"})
"""Members that change nothing."""

POINTING = frozenset(
    name for name, member in MEMBERS.items() if any(f.attribute == "at" for f in member.fields)
) | {"left_mouse_down", "left_mouse_up"}
"""Members that do something at a place: one that they name, or where the pointer is."""

WITH_TEXT = frozenset(
    name for name, member in MEMBERS.items() if any(f.name == "text" for f in member.fields)
)
"""Members with a text: to type, a combination of keys, or the keys that are held meanwhile."""

_MODIFIERS = {
    **dict.fromkeys(("Control_L", "Control_R"), "ctrl"),
    **dict.fromkeys(("Alt_L", "Alt_R"), "alt"),
    **dict.fromkeys(("Shift_L", "Shift_R"), "shift"),
    **dict.fromkeys(("Super_L", "Super_R"), "super"),
    **dict.fromkeys(("Meta_L", "Meta_R"), "meta"),
}
"""The same on the left and on the right: in their order."""

_MEMBERS = {
    name: replace(
        member,
        fields=tuple(SECONDS_AND_PARTS if f.name == "duration" else f for f in member.fields),
    )
    for name, member in MEMBERS.items()
}
"""As the SDK hands on calls of every version of the tool: some take parts of seconds."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the model's.

    Attributes:
        member: of the toolset.
        values: its input, as it was sent.
        action: what it asks for.
        text: what it types; or its keys, joined by `+`: first `ctrl`, `alt`, `shift`, `super`,
            whether left or right, then the others by the names that `trueclick keys` shows. Empty
            where there are none.
        places: the screen pixels at which it happens, in their order; none for keys, which go to
            whatever has the focus.
        pixels: the same in pixels of a picture of the display.
        region: what a zoom looks at.
    """

    member: str
    values: Mapping[str, object]
    action: Action
    text: str = ""
    places: tuple[Point[Screen], ...] = ()
    pixels: tuple[Point[Image], ...] = ()
    region: Box[Image] | None = None

    @classmethod
    def read(cls, context: BetaComputerConfirmContext, desktop: Desktop | None) -> Call:
        """The call that the SDK wants to have approved.

        Args:
            context: from the SDK.
            desktop: where it lands; without one that is not known.

        Raises:
            Refusal: if it makes no sense, or lands outside of what the model sees.
            CaptureError: if the display is gone.
        """
        use = context.tool_use
        # What was sent, not what the SDK made of it: that is what will be carried out.
        values = context.input.to_dict() if use is None else use.input
        action = parse_action(context.member, values, _MEMBERS)
        call = cls(context.member, values, action, _text(action))
        if desktop is None:
            return call
        view = desktop.view
        if isinstance(action, Zoom):
            return replace(call, region=view.to_image(action.region))
        aims: tuple[Point[Model], ...] = places_of(action)
        places = tuple(map(view.to_screen, aims))
        if not aims and context.member in POINTING:
            places = (desktop.pointer(),)
            aims = (view.to_model(places[0]),)
        return replace(call, places=places, pixels=tuple(map(view.picture.to_source, aims)))


def _text(action: Action) -> str:
    match action:
        case TypeText(text):
            return text
        case PressKeys(keys) | HoldKeys(keys):
            return combination(keys)
        case Click(held=keys) | Drag(held=keys) | Scroll(held=keys):
            return combination(keys)
        case _:
            return ""


def combination(keys: tuple[Key, ...]) -> str:
    """Keys in one spelling, however they were called."""
    pressed = {_MODIFIERS.get(key.name, key.name): None for key in keys}
    order = list(dict.fromkeys(_MODIFIERS.values()))
    modifiers = [name for name in order if name in pressed]
    return "+".join([*modifiers, *(name for name in pressed if name not in order)])
