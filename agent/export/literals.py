"""Values and words as Python source that is laid out as `ruff format` does, and can do nothing.

A value becomes a literal, from which `ast.literal_eval` reads it back; words become comments, of
which no line end and no marker for a tool breaks out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from trueclick.geometry import UsageError

LINE = 100
"""Columns of a line."""

_MARKER = re.compile(r"#(?=\s*[A-Za-z])")
"""What might be a word to a tool: `# noqa` counts wherever it stands in a comment."""

_LAST_BACKSLASH = re.compile(r"\\\Z")
"""Linters take a line that ends like this for code that goes on."""

_PIECE = re.compile(r"[^\n]*\n|[^\n]+")


def literal(value: object) -> str:
    """A value as a literal on one line.

    Args:
        value: a text, a number, a truth value, `None`, or a list or mapping of such.

    Raises:
        UsageError: if it is something else.
    """
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float) and value - value == 0:  # neither infinite nor no number
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return "{" + ", ".join(f"{literal(key)}: {literal(part)}" for key, part in pairs) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return "[" + ", ".join(map(literal, cast("Sequence[object]", value))) + "]"
    raise UsageError(f"a {type(value).__name__} cannot be written into a program")


def call(function: str, arguments: Iterable[tuple[str, object]], indent: int) -> Iterator[str]:
    """The lines of a call.

    Args:
        function: what is called.
        arguments: the name of each and its value; an empty name for one by its place.
        indent: columns before the call.
    """
    given = [(f"{name}=" if name else "", value) for name, value in arguments]
    inner = ", ".join(f"{name}{literal(value)}" for name, value in given)
    yield from _bracketed(f"{function}(", ")", inner, given, indent, hugs=True)


def assignment(name: str, values: Sequence[object]) -> Iterator[str]:
    """The lines that give a list a name."""
    inner = ", ".join(map(literal, values))
    yield from _bracketed(f"{name} = [", "]", inner, [("", value) for value in values], 0)


def comment(words: str, indent: int, mark: str = "") -> Iterator[str]:
    """The lines of a comment.

    Args:
        words: anything.
        indent: columns before it.
        mark: put before each line. Words of others need one that makes no sense in Python: else a
            linter may take them for code that was put out of use.
    """
    start = " " * indent + "# " + mark
    for line in lines_of(_MARKER.sub("\uff03", words), LINE - columns(start)):
        yield _LAST_BACKSLASH.sub("\uff3c", start + line).rstrip()


def lines_of(words: str, room: int) -> Iterator[str]:
    """Words in lines of so many columns, without what is invisible."""
    for paragraph in words.splitlines():
        rest = "".join(c if c.isprintable() else _escaped(c) for c in paragraph).rstrip()
        while columns(rest) > room:
            end = _fitting(rest, room)
            blank = rest.rfind(" ", 0, end + 1)
            if not rest[: max(0, blank)].strip():
                blank = end  # one long word
            yield rest[:blank].rstrip()
            rest = rest[blank:].lstrip()
        yield rest


def columns(text: str) -> int:
    """How wide a text is in a font of one width."""
    if text.isascii():
        return len(text)
    return sum(_width(c) for c in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _text(text: str) -> str:
    """A text between the quotes that need fewer escapes, double ones if it is all the same."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_written(c, quote) for c in text) + quote


def _written(character: str, quote: str) -> str:
    if character in {quote, "\\"}:
        return f"\\{character}"
    return character if character.isprintable() else _escaped(character)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _bracketed(
    start: str,
    end: str,
    inner: str,
    values: Sequence[tuple[str, object]],
    indent: int,
    *,
    hugs: bool = False,
) -> Iterator[str]:
    """Values between brackets: on one line, on one of their own, or each on its own."""
    margin = " " * indent
    if columns(whole := f"{margin}{start}{inner}{end}") <= LINE:
        yield whole
        return
    yield margin + start
    if hugs and columns(line := f"{margin}    {inner}") <= LINE:
        yield line
    else:
        for name, value in values:
            yield from _value(name, value, indent + 4)
    yield margin + end


def _value(name: str, value: object, indent: int) -> Iterator[str]:
    """A value on a line of its own; a long text in pieces, after each line end or where it fits."""
    margin = " " * indent
    line = f"{margin}{name}{literal(value)},"
    if columns(line) <= LINE or not isinstance(value, str):
        yield line
        return
    yield f"{margin}{name}("
    for part in _PIECE.findall(value):
        yield from (f"{margin}    {_text(piece)}" for piece in _pieces(part, LINE - indent - 4))
    yield f"{margin}),"


def _pieces(text: str, room: int) -> Iterator[str]:
    """A text in parts whose literals have so many columns, if possible ended by a blank."""
    while columns(_text(text)) > room:
        end = _fitting(text, room, literally=True)
        end = text.rfind(" ", end // 2, end) + 1 or end
        yield text[:end]
        text = text[end:]
    yield text


def _fitting(text: str, room: int, *, literally: bool = False) -> int:
    """How many characters fit, at least one."""
    used = 2 if literally else 0
    for count, character in enumerate(text):
        # Which quotes are escaped depends on the rest of the piece: counted as if all were.
        quote = character if character in "'\"" else ""
        used += columns(_written(character, quote) if literally else character)
        if used > room:
            return max(1, count)
    return len(text)
