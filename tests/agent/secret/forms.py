"""The ways in which a secret is looked for."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from collections.abc import Iterator

VALUE = 'Tr0ub4dor&3 "\u03c0"/x'


def forms(value: str = VALUE) -> Iterator[bytes]:
    """A value's bytes as they may stand somewhere, all told by other means than the program's."""
    raw = value.encode()
    for text in (
        value,
        value.upper(),
        value.lower(),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(value))[3:-3],
        repr(value)[1:-1],
        urllib.parse.quote(value),
        urllib.parse.quote(value, safe=""),
        urllib.parse.quote_plus(value),
        html.escape(value),
        raw.hex(),
        value[1:-1],
    ):
        yield text.encode()
    yield value.encode("utf-16-le")
    yield value.encode("utf-16-be")
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw)
        known = whole[(8 * before + 5) // 6 : 8 * (before + len(raw)) // 6]
        yield known
        yield known.replace(b"+", b"-").replace(b"/", b"_")


def found(data: bytes, value: str = VALUE) -> list[bytes]:
    """The forms of a value that data holds."""
    return [form for form in set(forms(value)) if form in data]
