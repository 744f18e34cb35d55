"""Takes secrets out of what is kept or shown: a model may read one off the screen and repeat it.

Found are a value itself, whatever its case and however each of its characters is written (as JSON,
in an address, in HTML, composed or decomposed), and its UTF-8 bytes in base64, wherever they begin
in what was encoded, and in hexadecimal. Not found is what is told apart by more than that: spelled
out, reversed, in parts, translated.
"""

from __future__ import annotations

import base64
import dataclasses
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from html.entities import codepoint2name
from typing import Any, TypeVar, cast

T = TypeVar("T")

_OPAQUE = {"encrypted_content", "id", "media_type", "role", "signature", "tool_use_id", "type"}
"""Fields of the API's objects that hold nothing of the screen and nobody's words."""

_WITH_DATA = {"base64", "redacted_thinking"}
"""Types of the API's objects whose `data` is not text."""

_LEAST_BASE64 = 4
"""Characters of base64 that are told apart from any others: chance gives these once in 16 MB."""


class Redaction:
    """Knows the forms of some values.

    Args:
        values: by the names that stand for them, letters, digits and underscores.
    """

    __slots__ = ("_found",)

    def __init__(self, values: Mapping[str, str]) -> None:
        longest_first = sorted(values.items(), key=lambda item: -len(item[1]))
        found = "|".join(f"(?P<{name}>{_forms(value)})" for name, value in longest_first)
        self._found = re.compile(found, re.IGNORECASE) if values else None

    def redacted(self, value: T) -> T:
        """The value with `{{NAME}}` in place of every secret; itself if it holds none."""
        return value if self._found is None else cast("T", self._redacted(value))

    def _redacted(self, value: object) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self._mapping(cast("Mapping[str, object]", value))
        if isinstance(value, (list, tuple)):
            items = cast("Sequence[object]", value)
            new = [self._redacted(item) for item in items]
            if all(one is other for one, other in zip(new, items, strict=True)):
                return items
            return tuple(new) if isinstance(value, tuple) else new
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value)
        return value

    def _text(self, text: str) -> str:
        assert self._found is not None  # noqa: S101 - for the type checkers
        return self._found.sub(lambda found: f"{{{{{found.lastgroup}}}}}", text)

    def _mapping(self, given: Mapping[str, object]) -> Mapping[str, object]:
        data = given.get("type") in _WITH_DATA
        new: dict[str, object] = {}
        for key, value in given.items():
            kept = isinstance(value, str) and (key in _OPAQUE or (data and key == "data"))
            new[self._redacted(key)] = value if kept else self._redacted(value)
        same = all(name in given and given[name] is value for name, value in new.items())
        return given if same and len(new) == len(given) else new

    def _dataclass(self, given: Any) -> Any:
        changed = {}
        for field in dataclasses.fields(given):
            before = getattr(given, field.name)
            after = self._redacted(before)
            if after is not before:
                changed[field.name] = after
        return dataclasses.replace(given, **changed) if changed else given

    def __repr__(self) -> str:
        return "Redaction()"


def _forms(value: str) -> str:
    """A regular expression for a value, however it is written."""
    # A letter's other case may be two letters: "ß", "SS".
    cases = {value, value.upper(), value.lower(), value.casefold()}
    written = {unicodedata.normalize(form, case) for form in ("NFC", "NFD") for case in cases}
    written |= cases
    return "|".join(
        [
            *("".join(map(_character, each)) for each in sorted(written)),
            *(f"(?-i:{re.escape(each)})" for each in sorted(set(_base64(value.encode())))),
            value.encode().hex(),
        ]
    )


def _character(character: str) -> str:
    """A regular expression for a character, however it is written."""
    code = ord(character)
    units = character.encode("utf-16-be")
    forms = [
        re.escape(character),
        "".join(rf"\\+u{units[i : i + 2].hex()}" for i in range(0, len(units), 2)),
        rf"\\+x{code:02x}" if code < 0x100 else rf"\\+U{code:08x}",
        "".join(f"%(?:25)*{byte:02x}" for byte in character.encode()),
        f"&(?:amp;)*#0*{code};?",
        f"&(?:amp;)*#x0*{code:x};?",
    ]
    if character in "\\\"'/`$":  # escaped by a backslash, once or more often
        forms.append(r"\\+" + re.escape(character))
    if character == " ":
        forms.append(r"\+")
    if code in codepoint2name or character in "'\"<>&":
        names = {codepoint2name.get(code, ""), html.escape(character).strip("&;")}
        forms += [f"&(?:amp;)*{name};" for name in sorted(names) if len(name) > 1]
    return f"(?:{'|'.join(forms)})"


def _base64(data: bytes) -> Iterator[str]:
    """What stands for the data in base64, whichever bytes are before and after it."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # A character holds 6 bits: those that share some with other bytes are unknown.
        first = (8 * before + 5) // 6
        last = 8 * (before + len(data)) // 6
        for known in (whole[first:last], whole if before == 0 else ""):
            if len(known) >= _LEAST_BASE64:
                yield known
                yield known.replace("+", "-").replace("/", "_")
