"""The table of keys, and what a combination's text means."""

from __future__ import annotations

import re
import string
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.input.keys import (
    KEYS,
    MOST_KEYS,
    RETURN,
    TAB,
    character_key,
    markdown_rows,
    parse_keys,
)
from trueclick.agent.input.keysyms import all_names, canonical, find_name, typed
from trueclick.geometry import Refusal

HEADERS = Path("/usr/include/X11")
NOT_BY_X = {"leftarrow", "rightarrow", "uparrow", "downarrow", "caret", "hyphen"}
"""X names six characters as people name keys; `U2190` and the characters themselves are left."""


def names(text: str) -> list[str]:
    return [key.name for key in parse_keys(text)]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_row_is_found_by_each_of_its_names_in_any_case(key: object) -> None:
    row = next(k for k in KEYS if k is key)
    for name in (row.name, *row.aliases):
        for written in (name, name.lower(), name.upper(), name.title()):
            assert parse_keys(written) == (row,)


def test_a_row_has_the_number_that_x_gives_its_name() -> None:
    assert {key.name: find_name(key.name) for key in KEYS} == {
        key.name: (key.name, key.keysym) for key in KEYS
    }


EVERYDAY_NAMES = {
    "!": "exclam exclamation exclamation_mark bang",
    '"': "quotedbl double_quote dquote",
    "#": "numbersign hash hashtag pound",
    "$": "dollar",
    "%": "percent",
    "&": "ampersand",
    "'": "apostrophe quote single_quote",
    "(": "parenleft lparen left_paren",
    ")": "parenright rparen right_paren",
    "*": "asterisk star",
    "+": "plus",
    ",": "comma",
    "-": "minus dash hyphen",
    ".": "period dot full_stop",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less less_than",
    "=": "equal equals",
    ">": "greater greater_than",
    "?": "question question_mark",
    "@": "at at_sign",
    "[": "bracketleft left_bracket lbracket",
    "\\": "backslash",
    "]": "bracketright right_bracket rbracket",
    "^": "asciicircum caret circumflex",
    "_": "underscore",
    "`": "grave backtick backquote",
    "{": "braceleft lbrace left_brace",
    "|": "bar pipe vertical_bar",
    "}": "braceright rbrace right_brace",
    "~": "asciitilde tilde",
}


@pytest.mark.parametrize("character", string.punctuation)
def test_every_sign_of_ascii_goes_by_its_everyday_names(character: str) -> None:
    for name in EVERYDAY_NAMES[character].split():
        (key,) = parse_keys(name)
        assert key.keysym == ord(character)
        assert parse_keys(f"ctrl+{name}")[1] == key


def test_no_name_means_two_keys() -> None:
    every = [name.casefold() for key in KEYS for name in (key.name, *key.aliases)]
    assert len(every) == len(set(every))


def test_every_name_of_x_is_known_and_means_its_own_symbol() -> None:
    rows = {key.name for key in KEYS}
    for name in all_names():
        found = find_name(name)
        assert found is not None
        if len(name) == 1 or name in rows | NOT_BY_X:
            continue
        (key,) = parse_keys(name)
        assert key.keysym == canonical(found[1]), name


@pytest.mark.skipif(not (HEADERS / "keysymdef.h").exists(), reason="X's headers are not installed")
def test_the_facts_are_those_of_x() -> None:
    pattern = re.compile(
        r"#define XK_(\w+)\s+0x([0-9a-f]+)\s*(?:/\* U\+([0-9A-F]+) )?", re.IGNORECASE
    )
    header = (HEADERS / "keysymdef.h").read_text(encoding="utf-8")
    known = set(all_names())
    checked = 0
    for name, number, code_point in pattern.findall(header):
        if name == "VoidSymbol" or name not in known:
            continue  # the file of another release may know more
        checked += 1
        found = find_name(name)
        assert found == (name, int(number, 16))
        if code_point:
            assert typed(int(number, 16)) == chr(int(code_point, 16)), name
    assert checked > 2000


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ctrl+s", ["Control_L", "s"]),
        ("CTRL+SHIFT+T", ["Control_L", "Shift_L", "t"]),
        ("cmd+c", ["Super_L", "c"]),
        ("option+Left", ["Alt_L", "Left"]),
        ("ctrl++", ["Control_L", "+"]),
        ("ctrl + +", ["Control_L", "+"]),
        ("+", ["+"]),
        ("ctrl+plus", ["Control_L", "plus"]),
        (" ctrl + s ", ["Control_L", "s"]),
        (" ", [" "]),
        ("ctrl+ ", ["Control_L", " "]),
        ("shift+A", ["Shift_L", "a"]),
        ("A", ["A"]),
        ("ctrl+É", ["Control_L", "é"]),
        ("ctrl+Eacute", ["Control_L", "é"]),
        ("Eacute", ["É"]),
        ("eacute", ["é"]),
        ("EACUTE", ["é"]),
        ("Cyrillic_ef", ["ф"]),
        ("Greek_ALPHA", ["Α"]),
        ("greek_alpha", ["α"]),
        ("exclam", ["exclam"]),
        ("section", ["§"]),
        ("EuroSign", ["€"]),
        ("U20AC", ["€"]),
        ("u+20ac", ["€"]),
        ("ctrl+U+20AC", ["Control_L", "€"]),
        ("U1F600", ["😀"]),
        ("dead_acute", ["dead_acute"]),
        ("AltGr+q", ["ISO_Level3_Shift", "q"]),
        ("XF86Calculator", ["XF86Calculator"]),
        ("volumeup", ["XF86AudioRaiseVolume"]),
        ("\n", ["Return"]),
        ("\t", ["Tab"]),
        ("ctrl+İ", ["Control_L", "İ"]),  # in lower case it is two characters
        ("ẞ", ["ẞ"]),
        ("\u00a0", ["\u00a0"]),
        ("F24", ["F24"]),
        ("KP_Enter", ["KP_Enter"]),
    ],
)
def test_a_text_means_these_keys(text: str, wanted: list[str]) -> None:
    assert names(text) == wanted


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("Retrun", "Return"),
        ("backspce", "BackSpace"),
        ("contrl", "Control_L"),
        ("caps lock", "Caps_Lock"),
        ("PgeUp", "Page_Up"),
        ("volumup", "XF86AudioRaiseVolume"),
        ("Euro", "EuroSign"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_keys(text)
    assert str(refused.value) == f"unknown key {text!r}; the nearest known key is {nearest!r}"


@pytest.mark.parametrize("text", ["ctrl+", "+s", "++", "ctrl++s", "ctrl+++", ""])
def test_an_empty_part_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="a part without a name"):
        parse_keys(text)


@pytest.mark.parametrize(
    "text", ["\0", "ctrl+\0", "\x1b", "\ud800", "U0000", "UD800", "U110000", "é\u0301"]
)
def test_what_no_key_types_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="unknown key"):
        parse_keys(text)


def test_a_combination_has_no_more_keys_than_can_be_meant() -> None:
    assert len(parse_keys("+".join("abcdefghijklmnop"))) == MOST_KEYS
    with pytest.raises(Refusal, match="at most 16 keys, got 17"):
        parse_keys("+".join("abcdefghijklmnopq"))


def test_a_refusal_stays_short() -> None:
    with pytest.raises(Refusal) as refused:
        parse_keys("x" * 1_000_000)
    assert len(str(refused.value)) < 200


@given(st.text())
def test_any_text_is_keys_or_a_refusal(text: str) -> None:
    try:
        keys = parse_keys(text)
    except Refusal:
        return
    assert keys
    assert all(0 < key.keysym < 1 << 32 for key in keys)


@given(st.characters(exclude_categories=["Cc", "Cs"]))
def test_a_character_and_its_key_symbol_are_one(character: str) -> None:
    key = character_key(character)
    assert typed(key.keysym) == character
    assert canonical(key.keysym) == key.keysym
    assert parse_keys(character) == (key,)


def test_line_ends_and_tabs_are_keys() -> None:
    assert [character_key(c) for c in "\n\r\t"] == [RETURN, RETURN, TAB]


def test_a_symbol_from_before_unicode_is_the_same_character() -> None:
    for name in all_names():
        found = find_name(name)
        assert found is not None
        character = typed(found[1])
        if character is not None and found[1] < 0x2000:
            assert canonical(found[1]) == character_key(character).keysym
            assert not name.startswith(("KP_", "dead_"))


def test_names_of_letters_agree_with_unicode() -> None:
    for name, letter in {
        "Cyrillic_ef": "CYRILLIC SMALL LETTER EF",
        "Greek_PSI": "GREEK CAPITAL LETTER PSI",
        "hebrew_shin": "HEBREW LETTER SHIN",
        "kana_A": "KATAKANA LETTER A",
        "Arabic_alef": "ARABIC LETTER ALEF",
        "Aogonek": "LATIN CAPITAL LETTER A WITH OGONEK",
        "Thai_kokai": "THAI CHARACTER KO KAI",
    }.items():
        assert names(name) == [unicodedata.lookup(letter)]


def test_the_documentation_shows_every_name() -> None:
    rows = list(markdown_rows())
    assert len(rows) == len(KEYS) + 2
    shown = "\n".join(rows)
    assert all(f"`{name}`" in shown for key in KEYS for name in (key.name, *key.aliases))
    assert all(row.startswith("| ") and row.endswith(" |") for row in rows)


def test_the_names_of_x_are_not_read_before_one_is_needed() -> None:
    program = (
        "import trueclick.agent.desktop, trueclick.agent.input.x11\n"
        "from trueclick.agent.input import keys, keysyms\n"
        "keys.parse_keys('ctrl+s')\n"
        "print(keysyms._table.cache_info().currsize)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout.split() == [b"0"]
