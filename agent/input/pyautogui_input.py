"""Input on macOS and Windows, through `pyautogui` 0.9.54 or newer.

Unit-tested with a stand-in that has the real module's signatures, and driven on X11, where the
same module has the same functions; it has never been run on a real Mac or a real Windows machine.

- Places are the system's own: pixels on Windows, points on macOS. On Windows both `mss` and
  `pyautogui` declare, as they start, in which pixels the process counts, and the first one wins:
  `mss`, which asks for each monitor's own, is started first here.
- Typing reaches as far as the keyboard map of `pyautogui`: printable ASCII, as on a US keyboard
  and with Caps Lock off. Any other character is refused; on X11 alone so far all can be typed.
- `pyautogui` turns the wheel sideways on X11 alone (its `hscroll` scrolls up and down on Windows,
  and one way only on macOS): elsewhere that is refused.
- Its fail-safe stays on: a person who moves the pointer into a corner of the main monitor stops the
  run. A corner into which we have moved the pointer does not count.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Generator, Sequence
from typing import Any

from trueclick.capture import CaptureError, Clock, displays
from trueclick.capture.signals import uninterrupted
from trueclick.geometry import Point, Refusal, Screen

from ..errors import StopRequested
from .keys import Key

SLAMMED = "the pointer was moved into a corner of the main monitor"

_SETTINGS = {
    "FAILSAFE": True,
    "LOG_SCREENSHOTS": False,
    "MINIMUM_DURATION": 0,
    "MINIMUM_SLEEP": 0,
    "PAUSE": 0,
}
"""Its pauses are off, but for `DARWIN_CATCH_UP_TIME`: 10 ms without which macOS loses events."""

_WHEEL_CLICK = {"win32": 120}
"""What one click of the wheel counts; on Windows `WHEEL_DELTA`, elsewhere 1."""

_NAMES: dict[str, tuple[str, ...]] = {
    "Return": ("enter",),
    "BackSpace": ("backspace",),
    "Escape": ("esc",),
    "Page_Up": ("pageup",),
    "Page_Down": ("pagedown",),
    "Control_L": ("ctrlleft",),
    "Control_R": ("ctrlright",),
    "Shift_L": ("shiftleft",),
    "Shift_R": ("shiftright",),
    "Alt_L": ("altleft", "optionleft"),
    "Alt_R": ("altright", "optionright"),
    "Super_L": ("winleft", "command"),
    "Super_R": ("winright",),
    "Caps_Lock": ("capslock",),
    "Num_Lock": ("numlock",),
    "Scroll_Lock": ("scrolllock",),
    "Print": ("printscreen",),
    "Menu": ("apps",),
    **{f"KP_{n}": (f"num{n}",) for n in range(10)},
    "KP_Add": ("add",),
    "KP_Subtract": ("subtract",),
    "KP_Multiply": ("multiply",),
    "KP_Divide": ("divide",),
    "KP_Decimal": ("decimal",),
    "KP_Separator": ("separator",),
    "XF86AudioRaiseVolume": ("volumeup",),
    "XF86AudioLowerVolume": ("volumedown",),
    "XF86AudioMute": ("volumemute",),
    "XF86AudioPlay": ("playpause",),
    "XF86AudioStop": ("stop",),
    "XF86AudioNext": ("nexttrack",),
    "XF86AudioPrev": ("prevtrack",),
    "XF86Sleep": ("sleep",),
    "XF86Back": ("browserback",),
    "XF86Forward": ("browserforward",),
    "XF86Refresh": ("browserrefresh",),
    "XF86Stop": ("browserstop",),
    "XF86HomePage": ("browserhome",),
    "XF86Search": ("browsersearch",),
    "XF86Favorites": ("browserfavorites",),
    "XF86Mail": ("launchmail",),
}
"""How `pyautogui` calls the keys of `keys.py`, by their X11 names: one after another is tried. A
letter or a sign is itself; a name that is missing here is tried in lower case (`Home`, `F5`)."""

_NO_CODE = {"win32": -1, "linux": 0}
"""In its keyboard map: the system has no key for it. On macOS 0 is the key A."""

_DRAG_STEPS = 12
_DRAG_PAUSE_S = 0.01
"""Drag and drop begins after a few motions, which must not arrive as one."""

_NEAR_PX = 2
"""Systems that count in points round."""


class PyAutoGuiInput:
    """The pointer and the keyboard of the system that we run on.

    While it is open, the settings of the module `pyautogui` are this object's; `close` gives them
    back.

    Args:
        clock: for the short pauses inside of a drag.
        load: what imports `pyautogui`.
        platform: as `sys.platform` names the system.

    Raises:
        CaptureError: if `pyautogui` is not installed or does not start.
    """

    def __init__(
        self, clock: Clock, load: Callable[[], Any] | None = None, platform: str = sys.platform
    ) -> None:
        self._clock = clock
        self._platform = platform
        self._gui = (load or load_pyautogui)()
        self._buttons: list[str] = []
        self._keys: list[str] = []
        self._closed = False
        # Left lying in a corner it is nobody's slam.
        self._placed = self.pointer()
        self._before = {name: getattr(self._gui, name) for name in _SETTINGS}
        for name, value in _SETTINGS.items():
            setattr(self._gui, name, value)

    def pointer(self) -> Point[Screen]:
        """Where the pointer is."""
        with self._translated():
            x, y = self._gui.position()
        return Point(int(x), int(y))

    def move(self, point: Point[Screen]) -> None:
        """Put the pointer onto a pixel; with a button down, as a drag does.

        Raises:
            CaptureError: if it does not go there.
        """
        for _ in range(2):  # a person may have pushed it just then
            if self._buttons:  # macOS tells a drag from a move
                self._made("dragTo", point.x, point.y, button="left", mouseDownUp=False)
            else:
                self._made("moveTo", point.x, point.y)
            self._placed = self.pointer()
            if self._near(self._placed, point):
                return
        raise CaptureError(
            "the pointer does not go where it is sent: is this program allowed to control the "
            "computer (on macOS: System Settings, Privacy & Security, Accessibility)?"
        )

    def press(self, button: str) -> None:
        """Push a button down and leave it down."""
        if button not in self._buttons:
            self._buttons.append(button)
        self._made("mouseDown", button=self._called(button))

    def release(self, button: str) -> None:
        """Let a button up."""
        self._undone("mouseUp", button=self._called(button))
        self._buttons = [other for other in self._buttons if other != button]

    def click(self, button: str, count: int) -> None:
        """Click `count` times in quick succession."""
        called = self._called(button)
        match count:
            case 2:
                self._made("doubleClick", interval=0.0, button=called)
            case 3:
                self._made("tripleClick", interval=0.0, button=called)
            case _:
                self._made("click", clicks=count, interval=0.0, button=called)

    def drag(self, start: Point[Screen], end: Point[Screen]) -> None:
        """Move from `start` to `end` with the left button down, in small steps."""
        self.move(start)
        try:
            self.press("left")
            for step in range(1, _DRAG_STEPS + 1):
                self._clock.sleep(_DRAG_PAUSE_S)
                x = start.x + (end.x - start.x) * step // _DRAG_STEPS
                y = start.y + (end.y - start.y) * step // _DRAG_STEPS
                self.move(Point(x, y))
            self._clock.sleep(_DRAG_PAUSE_S)
        finally:
            self.release("left")

    def scroll(self, direction: str, clicks: int) -> None:
        """Turn the wheel by so many of its clicks.

        Raises:
            Refusal: if it cannot turn that way.
        """
        sideways = direction in {"left", "right"}
        if sideways and self._platform != "linux":
            raise Refusal(f"scroll_direction {direction!r} is not possible on this system")
        step = _WHEEL_CLICK.get(self._platform, 1) * (1 if direction in {"up", "right"} else -1)
        for _ in range(clicks):  # one by one, as a wheel does
            self._made("hscroll" if sideways else "scroll", step)
            self._clock.sleep(0)

    def type(self, text: str) -> None:
        """Type a text; line ends are the Return key, tabs the Tab key.

        Raises:
            Refusal: if it holds a character that `pyautogui` would leave out; nothing has been
                typed then.
        """
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        for character in text:
            plain = " " <= character <= "~" or character in "\n\t"
            if not plain or not self._has(character):
                raise Refusal(
                    f"text holds U+{ord(character):04X}, which cannot be typed on this system"
                )
        for character in text:
            self._made("press", character)
            self._clock.sleep(0)  # a stop is heard here

    @contextlib.contextmanager
    def held(self, keys: Sequence[Key]) -> Generator[None]:
        """Inside of the block the keys are down.

        Raises:
            Refusal: if `pyautogui` does not know one of them; none has been pressed then.
        """
        names = list(dict.fromkeys(self._name(key) for key in keys))
        ours = [name for name in names if name not in self._keys]
        try:
            for name in ours:
                self._keys.append(name)
                self._made("keyDown", name)
            yield
        finally:
            self._let_up([name for name in ours if name in self._keys])

    def sync(self) -> None:
        """Return; the system tells nobody when an event has been handled."""

    def release_all(self) -> None:
        """Let up every button and key that is pressed, each whatever becomes of the others."""
        with contextlib.ExitStack() as stack:
            for button in self._buttons:
                stack.callback(self._undone, "mouseUp", button=self._called(button))
            stack.callback(self._let_up, self._keys)
        self._buttons = []

    def close(self) -> None:
        """Release everything that is pressed, and give `pyautogui` its settings back."""
        if self._closed:
            return
        self._closed = True
        with uninterrupted(), contextlib.ExitStack() as stack:
            for name, value in self._before.items():
                stack.callback(setattr, self._gui, name, value)
            stack.callback(self.release_all)

    def _let_up(self, names: Sequence[str]) -> None:
        """Let keys up, the last first, each of them whatever becomes of the others."""
        with contextlib.ExitStack() as stack:
            for name in names:
                stack.callback(self._undone, "keyUp", name)
        self._keys = [name for name in self._keys if name not in names]

    def _called(self, button: str) -> str:
        """A button by its purpose: on Windows a left-handed person's are the other way round."""
        if self._platform == "win32":
            return {"left": "primary", "right": "secondary"}.get(button, button)
        return button

    def _name(self, key: Key) -> str:
        if 0x20 <= key.keysym <= 0x7E:  # the numbers of ASCII
            names: tuple[str, ...] = (chr(key.keysym),)
        else:
            names = _NAMES.get(key.name, (key.name.lower(),))
        for name in names:
            if self._has(name):
                return name
        raise Refusal(f"the key {key.name!r} cannot be pressed on this system")

    def _has(self, name: str) -> bool:
        """Whether a key has a place on the keyboard; `pyautogui` ignores one that has none."""
        if not self._gui.isValidKey(name):
            return False
        codes: dict[str, int] = self._gui.platformModule.keyboardMapping
        return codes[name] != _NO_CODE.get(self._platform)

    def _made(self, function: str, *arguments: object, **values: object) -> None:
        """Call `pyautogui`; its fail-safe is off where we have put the pointer ourselves."""
        seen = self.pointer()
        corner = (seen.x, seen.y) in {tuple(point) for point in self._gui.FAILSAFE_POINTS}
        self._gui.FAILSAFE = not (corner and self._near(seen, self._placed))
        try:
            with self._translated():
                getattr(self._gui, function)(*arguments, **values, _pause=False)
        finally:
            self._gui.FAILSAFE = True

    def _undone(self, function: str, *arguments: object, **values: object) -> None:
        """Call `pyautogui` to let something up, wherever the pointer is."""
        self._gui.FAILSAFE = False
        try:
            with uninterrupted(), self._translated():
                getattr(self._gui, function)(*arguments, **values, _pause=False)
        finally:
            self._gui.FAILSAFE = True

    @contextlib.contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except self._gui.FailSafeException as error:
            raise StopRequested(SLAMMED) from error
        except (self._gui.PyAutoGUIException, OSError) as error:
            raise CaptureError("the pointer and the keyboard cannot be controlled") from error

    @staticmethod
    def _near(one: Point[Screen], other: Point[Screen]) -> bool:
        return max(abs(one.x - other.x), abs(one.y - other.y)) <= _NEAR_PX


def load_pyautogui() -> Any:
    """The module `pyautogui`; importing it needs a screen.

    Raises:
        CaptureError: if it is not installed or does not start.
    """
    if sys.platform == "win32":
        displays()  # starts `mss`: whoever comes first decides in which pixels we count
    try:
        with uninterrupted():
            return importlib.import_module("pyautogui")
    except ImportError as error:
        raise CaptureError(
            "acting on this system needs pyautogui: pip install pyautogui"
        ) from error
    except (Exception, SystemExit) as error:  # where a part of it is missing it ends the program
        raise CaptureError(
            "pyautogui does not start: is there a screen that this program may use?"
        ) from error
