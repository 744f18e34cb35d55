"""What a model sent, in words that it can be told: JSON, on one line, escaped and cut short."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import cast

_MOST = 80
_MOST_OF_A_STRING = 24
_MOST_ITEMS = 5
_MOST_DIGITS = 12


def shown(value: object) -> str:
    """A value as the model wrote it: plain ASCII, at most 80 characters."""
    text = _json(value, nested=False)
    return text if len(text) <= _MOST else f"{text[: _MOST - 3]}..."


def kind(value: object) -> str:
    """What kind of JSON a value is, for what must not be repeated."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def _json(value: object, *, nested: bool) -> str:
    match value:
        case None | bool() | float():
            return json.dumps(value)
        case int():
            # Written in full, a number may have hundreds of digits; Python refuses over 4,300.
            return str(value) if abs(value) < 10**_MOST_DIGITS else f"{Decimal(value):.3e}"
        case str() if len(value) > _MOST_OF_A_STRING:
            return json.dumps(value[:_MOST_OF_A_STRING])[:-1] + '..."'
        case str():
            return json.dumps(value)
        case list() if not nested:
            items = cast("list[object]", value)
            parts = [_json(item, nested=True) for item in items[:_MOST_ITEMS]]
            return f"[{', '.join(parts + ['...'] * (len(items) > _MOST_ITEMS))}]"
        case list():
            return "[...]"
        case _:
            return "{...}"
