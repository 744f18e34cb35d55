"""What is wrong with a suite file, a line for each mistake: the place, the value, the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from trueclick.geometry import UsageError

from .tables import Expectation, SuiteFile, SuiteTable, TaskTable

_LONGEST = 60
"""Characters of a value that are told."""

_TYPES: Mapping[str, str] = {
    "string_type": "must be a text between quotes",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list between [ and ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_too_short": "is empty",
    "too_short": "is empty",
    "missing": "is missing",
    "greater_than": "must be more than {gt:,.15g}",
    "greater_than_equal": "must be at least {ge:,.15g}",
    "less_than_equal": "must be at most {le:,.15g}",
    "finite_number": "must be a number with an end",
    "string_too_long": "has more than {max_length:,} characters",
    "too_long": "has more than {max_length:,} entries",
}

_EMPTY = frozenset({"string_too_short", "too_short"})

_REMEDIES: Mapping[tuple[str, str], str] = {
    ("task", "missing"): "there are no tasks: write [[task]], and below it its name and steps",
    ("task", "too_short"): "there are no tasks: write [[task]], and below it its name and steps",
    ("task", "list_type"): "each task begins with [[task]], in two pairs of brackets",
}
"""What is said of a whole file, by the key and the kind of mistake."""


class SuiteError(UsageError):
    """A suite file cannot be used; the message has a line for each mistake."""


def refused(path: str, mistakes: Sequence[str]) -> SuiteError:
    """The error for all mistakes of a file at once."""
    if len(mistakes) == 1:
        return SuiteError(f"{path}: {mistakes[0]}")
    return SuiteError("\n".join([f"{path}: {len(mistakes)} mistakes:", *mistakes]))


def told(error: ValidationError, content: Mapping[str, Any]) -> list[str]:
    """The mistakes that pydantic has found, in the file's own words."""
    return [_told(each, content) for each in error.errors(include_url=False)]


def _told(error: Any, content: Mapping[str, Any]) -> str:
    path = tuple(error["loc"])
    where, kind = place(path, content), error["type"]
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if path == ("task",) and (path[0], kind) in _REMEDIES:
        return _REMEDIES[path[0], kind]
    if kind == "extra_forbidden":
        return f"{_before(place(path[:-1], content))}unknown key {key!r}{_near(key, path)}"
    if kind == "missing":
        return f"{_before(place(path[:-1], content))}{key} is missing"
    said = _TYPES[kind].format(**error.get("ctx", {})) if kind in _TYPES else _lowered(error["msg"])
    value = error["input"]
    got = "" if kind in _EMPTY or isinstance(value, dict) else f", got {shown(value)}"
    return f"{_before(where)}{said}{got}"


def place(path: Sequence[str | int], content: Mapping[str, Any]) -> str:
    """Where in the file a path of keys leads, as people say it: `task 2 "gift wrap", expect 1`."""
    words: list[str] = []
    at: Any = content
    for part in path:
        at = _inside(at, part)
        if isinstance(part, int):
            name = _inside(at, "name")
            told = f' "{name[:_LONGEST]}"' if isinstance(name, str) else ""
            words[-1] = f"{words[-1]} {part + 1}{told}"
        elif part == "suite" and not words:
            words.append("[suite]")
        else:
            words.append(str(part))
    return ", ".join(words)


def shown(value: object) -> str:
    """A value of the file, short enough for a line."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not known."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(names)}"


def _near(key: str, path: Sequence[str | int]) -> str:
    return nearest(key, _table_at(path[:-1]).model_fields)


def _table_at(path: Sequence[str | int]) -> type[BaseModel]:
    match path:
        case ["suite", *_]:
            return SuiteTable
        case ["task", int(), "expect", *_]:
            return Expectation
        case ["task", *_]:
            return TaskTable
        case _:
            return SuiteFile


def _inside(at: Any, part: str | int) -> Any:
    try:
        return at[part]
    except (KeyError, IndexError, TypeError):
        return None


def _before(where: str) -> str:
    return f"{where}: " if where else ""


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
