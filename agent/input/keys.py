"""The names of keys, as the API and X11 use them: one row a key.

Names are matched case-insensitively. A single character is the key that types it. Key symbols are
the numbers of the X11 protocol ("X Window System Protocol", appendix A, and `keysymdef.h`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from trueclick.geometry import Refusal

_UNICODE_KEYSYMS = 0x01000000
"""Added to a code point beyond Latin-1 it gives the key symbol (X11 protocol, appendix A)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Attributes:
        name: how X11 calls it.
        keysym: its X11 key symbol.
        aliases: other names that mean it.
    """

    name: str
    keysym: int
    aliases: tuple[str, ...] = ()


RETURN = Key("Return", 0xFF0D, ("Enter",))
TAB = Key("Tab", 0xFF09)

KEYS: tuple[Key, ...] = (
    RETURN,
    TAB,
    Key("BackSpace", 0xFF08),
    Key("Escape", 0xFF1B, ("Esc",)),
    Key("space", 0x20, ("Spacebar",)),
    Key("Delete", 0xFFFF, ("Del",)),
    Key("Insert", 0xFF63, ("Ins",)),
    Key("Home", 0xFF50),
    Key("End", 0xFF57),
    Key("Left", 0xFF51, ("ArrowLeft", "Left_Arrow")),
    Key("Up", 0xFF52, ("ArrowUp", "Up_Arrow")),
    Key("Right", 0xFF53, ("ArrowRight", "Right_Arrow")),
    Key("Down", 0xFF54, ("ArrowDown", "Down_Arrow")),
    Key("Page_Up", 0xFF55, ("PageUp", "PgUp", "Prior")),
    Key("Page_Down", 0xFF56, ("PageDown", "PgDn", "Next")),
    Key("Control_L", 0xFFE3, ("ctrl", "Control")),
    Key("Control_R", 0xFFE4),
    Key("Shift_L", 0xFFE1, ("shift",)),
    Key("Shift_R", 0xFFE2),
    Key("Alt_L", 0xFFE9, ("alt", "option")),
    Key("Alt_R", 0xFFEA, ("AltGr",)),
    Key("Super_L", 0xFFEB, ("super", "cmd", "command", "win", "windows", "meta")),
    Key("Super_R", 0xFFEC),
    Key("Caps_Lock", 0xFFE5, ("CapsLock",)),
    Key("Num_Lock", 0xFF7F, ("NumLock",)),
    Key("Scroll_Lock", 0xFF14, ("ScrollLock",)),
    Key("Print", 0xFF61, ("PrintScreen", "Print_Screen")),
    Key("Pause", 0xFF13, ("Break",)),
    Key("Menu", 0xFF67),
    *(Key(f"F{n}", 0xFFBD + n) for n in range(1, 25)),
    *(Key(f"KP_{n}", 0xFFB0 + n) for n in range(10)),
    Key("KP_Enter", 0xFF8D),
    Key("KP_Add", 0xFFAB),
    Key("KP_Subtract", 0xFFAD),
    Key("KP_Multiply", 0xFFAA),
    Key("KP_Divide", 0xFFAF),
    Key("KP_Decimal", 0xFFAE),
    Key("plus", 0x2B),
    Key("minus", 0x2D),
    Key("equal", 0x3D),
    Key("comma", 0x2C),
    Key("period", 0x2E),
    Key("slash", 0x2F),
    Key("backslash", 0x5C),
    Key("semicolon", 0x3B),
    Key("apostrophe", 0x27, ("quote",)),
    Key("grave", 0x60),
    Key("bracketleft", 0x5B),
    Key("bracketright", 0x5D),
)

_BY_NAME = {name.casefold(): key for key in KEYS for name in (key.name, *key.aliases)}


def character_key(character: str) -> Key:
    """The key that types a character, wherever it is on the keyboard, if it is there at all."""
    code = ord(character)
    latin_1 = 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFF
    return Key(character, code if latin_1 else _UNICODE_KEYSYMS + code)


def parse_keys(text: str) -> tuple[Key, ...]:
    """The keys of a combination such as `"ctrl+s"`, in the order in which they are pressed.

    A plus sign of its own is a key: `"ctrl++"`. In a combination a letter means its key,
    whatever its case; alone, `"A"` types an upper-case A.

    Raises:
        Refusal: if a name is unknown; the message has the nearest known one.
    """
    head, plus, _ = text.rpartition("++")
    names = [*head.split("+"), "+"] if plus and text.endswith("++") else text.split("+")
    if text == "+":
        names = ["+"]
    names = [name.strip() or name for name in names]
    return tuple(_find(name.lower() if len(names) > 1 else name) for name in names)


def _find(name: str) -> Key:
    key = _BY_NAME.get(name.casefold())
    if key is not None:
        return key
    if len(name) == 1 and name.isprintable():
        return character_key(name)
    near = difflib.get_close_matches(name.casefold(), _BY_NAME, n=1)
    nearest = f"; the nearest known key is {_BY_NAME[near[0]].name!r}" if near else ""
    raise Refusal(f"unknown key {name[:40]!r}{nearest}")
