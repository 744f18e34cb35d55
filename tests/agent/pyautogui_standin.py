"""A stand-in for the module `pyautogui`: the real signatures, a call log, and no mercy.

Whatever the real module lacks, or ignores in silence, is an error here. Like the real one it looks
for the pointer in a corner before each call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, Signature
from typing import Any

WIDTH, HEIGHT = 1920, 1080

SETTINGS = {
    "FAILSAFE": True,
    "LOG_SCREENSHOTS": False,
    "MINIMUM_DURATION": 0.1,
    "MINIMUM_SLEEP": 0.05,
    "PAUSE": 0.1,
}

ON_EVERY_SYSTEM = {
    *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    *"`-=[]\\;',./~!@#$%^&*()_+{}|:\"<>? \t\n",
    *("enter", "tab", "backspace", "esc", "space", "delete", "home", "end", "left", "right"),
    *("up", "down", "pageup", "pagedown", "ctrlleft", "ctrlright", "shiftleft", "shiftright"),
    *("altleft", "capslock", *(f"f{n}" for n in range(1, 21))),
}
ALSO = {
    "win32": {"insert", "winleft", "winright", "altright", "apps", "playpause", "num7"},
    "darwin": {"command", "optionleft", "optionright", "volumeup"},
    "linux": {"insert", "winleft", "winright", "altright", "num7"},
}


NEEDED = Parameter.empty
LEFT, PRIMARY = "left", "primary"

_PLACE = {"x": None, "y": None}
_HOW = {"duration": 0.0, "tween": None, "logScreenshot": None, "_pause": True}

PARAMETERS: dict[str, Mapping[str, object]] = {
    "position": _PLACE,
    "isValidKey": {"key": NEEDED},
    "click": {**_PLACE, "clicks": 1, "interval": 0.0, "button": PRIMARY, **_HOW},
    "doubleClick": {**_PLACE, "interval": 0.0, "button": LEFT, **_HOW},
    "tripleClick": {**_PLACE, "interval": 0.0, "button": LEFT, **_HOW},
    "mouseDown": {**_PLACE, "button": PRIMARY, **_HOW},
    "mouseUp": {**_PLACE, "button": PRIMARY, **_HOW},
    "moveTo": {**_PLACE, **_HOW, "logScreenshot": False},
    "dragTo": {
        **_PLACE,
        "duration": 0.0,
        "tween": None,
        "button": PRIMARY,
        "logScreenshot": None,
        "_pause": True,
        "mouseDownUp": True,
    },
    "scroll": {"clicks": NEEDED, **_PLACE, "logScreenshot": None, "_pause": True},
    "hscroll": {"clicks": NEEDED, **_PLACE, "logScreenshot": None, "_pause": True},
    "keyDown": {"key": NEEDED, "logScreenshot": None, "_pause": True},
    "keyUp": {"key": NEEDED, "logScreenshot": None, "_pause": True},
    "press": {
        "keys": NEEDED,
        "presses": 1,
        "interval": 0.0,
        "logScreenshot": None,
        "_pause": True,
    },
}
"""The functions that are used, and what they take by default (a function stands as `None`)."""

SIGNATURES = {
    name: Signature(
        [
            Parameter(each, Parameter.POSITIONAL_OR_KEYWORD, default=default)
            for each, default in parameters.items()
        ]
    )
    for name, parameters in PARAMETERS.items()
}


class GuiError(Exception):
    """What the module raises."""


class CornerError(GuiError):
    """What it raises for a pointer in a corner."""


class Map:
    """The part of a platform that is looked into."""

    def __init__(self, platform: str) -> None:
        self.keyboardMapping: dict[str, int | None] = dict.fromkeys(
            sorted(ON_EVERY_SYSTEM | ALSO[platform]), 30
        )
        self.keyboardMapping["fn"] = None  # a name that the system has no key for
        if platform == "darwin":
            self.keyboardMapping["a"] = 0


class StandIn:
    """The module.

    Attributes:
        calls: what was called, with what was given beside `_pause`.
        at: where the pointer is.
        down: the buttons and keys that are down.
        stuck: whether the pointer stays where it is.
    """

    PyAutoGUIException = GuiError
    FailSafeException = CornerError
    FAILSAFE_POINTS = ((0, 0), (0, HEIGHT - 1), (WIDTH - 1, 0), (WIDTH - 1, HEIGHT - 1))

    def __init__(self, platform: str = "win32") -> None:
        self.calls: list[tuple[object, ...]] = []
        self.at = (500, 500)
        self.down: list[object] = []
        self.stuck = False
        self.platformModule = Map(platform)
        for name, value in SETTINGS.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name not in SIGNATURES:
            raise AttributeError(name)
        return partial(self._called, name)

    def _called(self, name: str, *arguments: object, **values: object) -> object:
        given = SIGNATURES[name].bind(*arguments, **values).arguments
        if name == "position":
            return self.at
        if name == "isValidKey":
            return self.platformModule.keyboardMapping.get(given["key"]) is not None
        assert given.pop("_pause") is False, "it would pause"
        key = given.get("key", given.get("keys", "a"))
        assert self.platformModule.keyboardMapping.get(key) is not None, f"{key!r} is ignored"
        button = given.get("button", LEFT)
        names = {LEFT, "middle", "right"}
        if name != "dragTo":  # macOS asserts it
            names |= {PRIMARY, "secondary"}
        assert button in names
        if getattr(self, "FAILSAFE", None) and self.at in self.FAILSAFE_POINTS:
            raise CornerError("fail-safe triggered")
        self.calls.append((name, *given.values()))
        self._done(name, given, key, button)
        return None

    def _done(self, name: str, given: dict[str, Any], key: str, button: str) -> None:
        match name:
            case "moveTo" | "dragTo" if not self.stuck:
                self.at = (given["x"], given["y"])
            case "mouseDown" | "keyDown":
                self.down.append(key if name == "keyDown" else button)
            case "mouseUp" | "keyUp":
                let_up = key if name == "keyUp" else button
                self.down = [other for other in self.down if other != let_up]
            case _:
                pass
