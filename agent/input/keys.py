"""The keys that can be named: one table, from which parsing, the documentation and tests derive.

Names are matched case-insensitively: those of `KEYS` with their aliases, then code points (`U20AC`,
`U+20AC`), then every name that X11 has for a key symbol (`Eacute`, `Cyrillic_ef`, `dead_acute`). A
single character is the key that types it. Six names of X11's mean a key here, as people say them,
and not the character that X11 means: `caret` is `^`, `hyphen` is `-`, `uparrow` is the key `Up`.
Key symbols are the numbers of the X11 protocol ("X Window System Protocol", appendix A, and
`keysymdef.h`); the aliases are the names of the computer tool's documentation, of
`KeyboardEvent.key` (W3C UI Events) and of other automation tools.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import category

from trueclick.geometry import Refusal

from .keysyms import all_names, character_keysym, find_name, typed


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Attributes:
        name: how X11 calls it; a character calls itself.
        keysym: its X11 key symbol.
        aliases: other names that mean it.
    """

    name: str
    keysym: int
    aliases: tuple[str, ...] = ()


MOST_KEYS = 16
"""In one combination: more than fingers."""

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
    Key("Left", 0xFF51, ("ArrowLeft", "Left_Arrow", "LeftArrow", "Arrow_Left")),
    Key("Up", 0xFF52, ("ArrowUp", "Up_Arrow", "UpArrow", "Arrow_Up")),
    Key("Right", 0xFF53, ("ArrowRight", "Right_Arrow", "RightArrow", "Arrow_Right")),
    Key("Down", 0xFF54, ("ArrowDown", "Down_Arrow", "DownArrow", "Arrow_Down")),
    Key("Page_Up", 0xFF55, ("PageUp", "PgUp", "Prior")),
    Key("Page_Down", 0xFF56, ("PageDown", "PgDn", "PgDown", "Next")),
    Key("Control_L", 0xFFE3, ("ctrl", "Control", "CtrlLeft", "ControlLeft", "Ctrl_L")),
    Key("Control_R", 0xFFE4, ("CtrlRight", "ControlRight", "Ctrl_R")),
    Key("Shift_L", 0xFFE1, ("shift", "ShiftLeft")),
    Key("Shift_R", 0xFFE2, ("ShiftRight",)),
    Key("Alt_L", 0xFFE9, ("alt", "option", "opt", "AltLeft", "OptionLeft")),
    Key("Alt_R", 0xFFEA, ("AltRight", "OptionRight")),
    Key("ISO_Level3_Shift", 0xFE03, ("AltGr", "AltGraph", "Alt_Gr")),
    Key(
        "Super_L",
        0xFFEB,
        ("super", "cmd", "command", "win", "windows", "meta", "WinLeft", "MetaLeft", "OS"),
    ),
    Key("Super_R", 0xFFEC, ("WinRight", "MetaRight")),
    Key("Caps_Lock", 0xFFE5, ("CapsLock", "Caps")),
    Key("Num_Lock", 0xFF7F, ("NumLock",)),
    Key("Scroll_Lock", 0xFF14, ("ScrollLock",)),
    Key("Print", 0xFF61, ("PrintScreen", "Print_Screen", "PrtSc", "PrtScn", "PrntScrn", "SysRq")),
    Key("Pause", 0xFF13),
    Key("Break", 0xFF6B),
    Key("Menu", 0xFF67, ("ContextMenu", "Apps")),
    Key("Help", 0xFF6A),
    Key("Clear", 0xFF0B),
    Key("Undo", 0xFF65),
    Key("Redo", 0xFF66),
    Key("Find", 0xFF68),
    Key("Multi_key", 0xFF20, ("Compose",)),
    *(Key(f"F{n}", 0xFFBD + n) for n in range(1, 25)),
    *(Key(f"KP_{n}", 0xFFB0 + n, (f"Num{n}", f"Numpad{n}", f"KP{n}")) for n in range(10)),
    Key("KP_Enter", 0xFF8D, ("NumpadEnter",)),
    Key("KP_Add", 0xFFAB, ("NumpadAdd", "KP_Plus", "Add")),
    Key("KP_Subtract", 0xFFAD, ("NumpadSubtract", "KP_Minus", "Subtract")),
    Key("KP_Multiply", 0xFFAA, ("NumpadMultiply", "KP_Asterisk")),
    Key("KP_Divide", 0xFFAF, ("NumpadDivide", "KP_Slash", "Divide")),
    Key("KP_Decimal", 0xFFAE, ("NumpadDecimal", "Decimal")),
    Key("KP_Separator", 0xFFAC, ("Separator",)),
    Key("KP_Equal", 0xFFBD, ("NumpadEqual",)),
    Key("KP_Home", 0xFF95),
    Key("KP_Left", 0xFF96),
    Key("KP_Up", 0xFF97),
    Key("KP_Right", 0xFF98),
    Key("KP_Down", 0xFF99),
    Key("KP_Page_Up", 0xFF9A, ("KP_Prior", "KP_PageUp")),
    Key("KP_Page_Down", 0xFF9B, ("KP_Next", "KP_PageDown")),
    Key("KP_End", 0xFF9C),
    Key("KP_Begin", 0xFF9D, ("KP_Clear",)),
    Key("KP_Insert", 0xFF9E),
    Key("KP_Delete", 0xFF9F),
    Key("XF86AudioRaiseVolume", 0x1008FF13, ("VolumeUp", "AudioVolumeUp", "Volume_Up")),
    Key("XF86AudioLowerVolume", 0x1008FF11, ("VolumeDown", "AudioVolumeDown", "Volume_Down")),
    Key("XF86AudioMute", 0x1008FF12, ("VolumeMute", "AudioVolumeMute", "Mute")),
    Key("XF86AudioMicMute", 0x1008FFB2, ("MicrophoneVolumeMute", "MicMute")),
    Key("XF86AudioPlay", 0x1008FF14, ("MediaPlayPause", "PlayPause", "MediaPlay", "Play")),
    Key("XF86AudioPause", 0x1008FF31, ("MediaPause",)),
    Key("XF86AudioStop", 0x1008FF15, ("MediaStop",)),
    Key("XF86AudioNext", 0x1008FF17, ("MediaTrackNext", "MediaNext", "NextTrack")),
    Key("XF86AudioPrev", 0x1008FF16, ("MediaTrackPrevious", "MediaPrev", "PrevTrack")),
    Key("XF86AudioRewind", 0x1008FF3E, ("MediaRewind",)),
    Key("XF86AudioForward", 0x1008FF97, ("MediaFastForward",)),
    Key("XF86AudioRecord", 0x1008FF1C, ("MediaRecord",)),
    Key("XF86MonBrightnessUp", 0x1008FF02, ("BrightnessUp",)),
    Key("XF86MonBrightnessDown", 0x1008FF03, ("BrightnessDown",)),
    Key("XF86Eject", 0x1008FF2C, ("Eject",)),
    Key("XF86PowerOff", 0x1008FF2A, ("Power",)),
    Key("XF86Sleep", 0x1008FF2F, ("Sleep", "Standby")),
    Key("XF86WakeUp", 0x1008FF2B, ("WakeUp",)),
    Key("XF86Back", 0x1008FF26, ("BrowserBack",)),
    Key("XF86Forward", 0x1008FF27, ("BrowserForward",)),
    Key("XF86Refresh", 0x1008FF29, ("BrowserRefresh", "Refresh")),
    Key("XF86Stop", 0x1008FF28, ("BrowserStop",)),
    Key("XF86HomePage", 0x1008FF18, ("BrowserHome",)),
    Key("XF86Search", 0x1008FF1B, ("BrowserSearch",)),
    Key("XF86Favorites", 0x1008FF30, ("BrowserFavorites",)),
    Key("XF86Mail", 0x1008FF19, ("LaunchMail",)),
    Key("XF86Calculator", 0x1008FF1D, ("LaunchCalculator", "Calculator")),
    Key("XF86Explorer", 0x1008FF5D, ("LaunchMyComputer",)),
    Key("XF86Copy", 0x1008FF57, ("Copy",)),
    Key("XF86Cut", 0x1008FF58, ("Cut",)),
    Key("XF86Paste", 0x1008FF6D, ("Paste",)),
    Key("exclam", 0x21, ("exclamation", "exclamation_mark", "bang")),
    Key("quotedbl", 0x22, ("double_quote", "doublequote", "dquote", "quotation_mark")),
    # In Britain `pound` is the currency, which X calls `sterling`; of a keyboard's keys it is said
    # as in America, and as `KEYCODE_POUND` of Android's `KeyEvent` has it.
    Key("numbersign", 0x23, ("hash", "hashtag", "number_sign", "pound", "pound_sign")),
    Key("dollar", 0x24, ("dollar_sign",)),
    Key("percent", 0x25, ("percent_sign",)),
    Key("ampersand", 0x26),
    Key("apostrophe", 0x27, ("quote", "single_quote", "singlequote")),
    Key("parenleft", 0x28, ("left_paren", "leftparen", "lparen", "open_paren")),
    Key("parenright", 0x29, ("right_paren", "rightparen", "rparen", "close_paren")),
    Key("asterisk", 0x2A, ("star",)),
    Key("plus", 0x2B, ("plus_sign",)),
    Key("comma", 0x2C),
    Key("minus", 0x2D, ("dash", "hyphen", "minus_sign")),
    Key("period", 0x2E, ("dot", "full_stop", "fullstop")),
    Key("slash", 0x2F, ("forward_slash", "forwardslash")),
    Key("colon", 0x3A),
    Key("semicolon", 0x3B),
    Key("less", 0x3C, ("less_than", "lessthan")),
    Key("equal", 0x3D, ("equals", "equal_sign", "equals_sign")),
    Key("greater", 0x3E, ("greater_than", "greaterthan")),
    Key("question", 0x3F, ("question_mark", "questionmark")),
    Key("at", 0x40, ("at_sign",)),
    Key("bracketleft", 0x5B, ("left_bracket", "leftbracket", "lbracket")),
    Key("backslash", 0x5C, ("back_slash",)),
    Key("bracketright", 0x5D, ("right_bracket", "rightbracket", "rbracket")),
    Key("asciicircum", 0x5E, ("caret", "circumflex", "hat")),
    Key("underscore", 0x5F, ("underline",)),
    Key("grave", 0x60, ("backquote", "backtick", "back_quote", "back_tick")),
    Key("braceleft", 0x7B, ("left_brace", "leftbrace", "lbrace", "left_curly")),
    Key("bar", 0x7C, ("pipe", "vertical_bar", "vbar")),
    Key("braceright", 0x7D, ("right_brace", "rightbrace", "rbrace", "right_curly")),
    Key("asciitilde", 0x7E, ("tilde",)),
)
"""The keys that have names worth documenting; `markdown_rows` shows them."""

_BY_NAME = {name.casefold(): key for key in KEYS for name in (key.name, *key.aliases)}

_CODE_POINT = re.compile(r"(?<![^+\s])U\+([0-9A-F]{4,6})(?![^+\s])", re.IGNORECASE)
_CODE_POINT_NAME = re.compile(r"U([0-9A-F]{4,6})", re.IGNORECASE)
_CHARACTER_KEYS = {"\n": RETURN, "\r": RETURN, "\t": TAB}
_SHOWN = 40
"""Characters of an unknown name that are repeated to the model."""


def character_key(character: str) -> Key:
    """The key that types a character, wherever it is on the keyboard, if it is there at all.

    For line ends and tabs that is `RETURN` and `TAB`.
    """
    return _CHARACTER_KEYS.get(character) or Key(character, character_keysym(character))


def untypable(text: str) -> str | None:
    """The first character that no key types, or `None`.

    Line ends and tabs are keys; other control characters and lone surrogates are none.
    """
    return next((c for c in text if category(c) in {"Cc", "Cs"} and c not in _CHARACTER_KEYS), None)


def parse_keys(text: str) -> tuple[Key, ...]:
    """The keys of a combination such as `"ctrl+s"`, in the order in which they are pressed.

    A plus sign after a plus sign is a key: `"ctrl++"`. In a combination a letter means its key,
    whatever its case; alone, `"A"` types an upper-case A.

    Raises:
        Refusal: if a name is unknown (the message has the nearest known one) or empty, or there
            are more than `MOST_KEYS`.
    """
    parts = _CODE_POINT.sub(r"U\1", text).split("+")
    if parts[-1] == "" and len(parts) > 1 and not parts[-2].strip():
        parts[-2:] = ["+"]
    if len(parts) > MOST_KEYS:
        raise Refusal(f"a combination has at most {MOST_KEYS} keys, got {len(parts)}")
    if "" in parts:
        raise Refusal(
            f"{text[:_SHOWN]!r} has a part without a name: keys are joined by '+', "
            "and the plus key is called 'plus'"
        )
    return tuple(_find(part.strip() or part[0], combined=len(parts) > 1) for part in parts)


def markdown_rows(keys: Iterable[Key] = KEYS) -> Iterator[str]:
    """The table as documentation shows it: one Markdown row a key, its name and its aliases."""
    yield "| key | also |"
    yield "| --- | --- |"
    for key in keys:
        yield f"| `{key.name}` | {', '.join(f'`{alias}`' for alias in key.aliases)} |"


def _find(name: str, *, combined: bool) -> Key:
    if len(name) == 1:
        if untypable(name) is None:
            return character_key(_unshifted(name) if combined else name)
        raise Refusal(f"unknown key {name!r}")
    key = _BY_NAME.get(name.casefold())
    if key is None:
        key = _named_by_x(name)
    if key is None:
        raise Refusal(f"unknown key {name[:_SHOWN]!r}{_nearest(name[:_SHOWN])}")
    return character_key(_unshifted(key.name)) if combined and len(key.name) == 1 else key


def _named_by_x(name: str) -> Key | None:
    """The key of a name that is in no row: a key symbol's, or a code point's."""
    code_point = _CODE_POINT_NAME.fullmatch(name)
    if code_point is not None:
        code = int(code_point[1], 16)
        named = chr(code) if code <= 0x10FFFF else "\0"
        return character_key(named) if untypable(named) is None else None
    found = find_name(name)
    if found is None:
        return None
    character = typed(found[1])
    return Key(*found) if character is None else character_key(character)


def _unshifted(character: str) -> str:
    """The character in lower case, unless that is more than one (as for U+0130)."""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _nearest(wrong: str) -> str:
    # Where two are as near, the one in a row: it comes last, and the later wins.
    known = {name.casefold(): name for name in all_names()}
    known |= {name: key.name for name, key in _BY_NAME.items()}
    near = difflib.get_close_matches(wrong.casefold(), known, n=1)
    return f"; the nearest known key is {known[near[0]]!r}" if near else ""
