"""Names and their values: the model writes `{{NAME}}`, and the keyboard types the value.

The value is put in at the keyboard's edge and nowhere before: whoever approves, watches or keeps
the run reads `{{NAME}}`. No object here shows a value when it is printed, and none is pickled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar, cast

from trueclick.capture import application_environment
from trueclick.geometry import Refusal, UsageError

from ..input.keys import untypable
from .redaction import Redaction

T = TypeVar("T")

SHORTEST = 3
"""Characters of a value: a shorter one would be found everywhere, and taken out there."""

_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")

_PLACE = re.compile(r"\{\{\{\{|\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}")
"""What is not typed as it stands, if there are secrets."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that is to be typed.

    Attributes:
        text: as it stands, or `{{NAME}}`.
        name: of the secret, or `None` for plain text.
    """

    text: str
    name: str | None = None


class Secrets:
    """Texts that can be typed by their names alone.

    In the text of the member `type`, `{{NAME}}` stands for a value and `{{{{` for two braces.
    Where there are no secrets, braces mean nothing.

    Args:
        values: by their names.

    Raises:
        UsageError: if a name or a value cannot be used; the message never holds a value.
    """

    __slots__ = ("_redaction", "_values")

    def __init__(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            _check(name, value)
            if any(value.casefold() in other.casefold() for other in values):
                raise UsageError(f"the secret {name} is found in a name: choose other names")
        self._values = {name: _Hidden(value) for name, value in values.items()}
        self._redaction = Redaction(values)

    @classmethod
    def read(
        cls,
        names: Iterable[str],
        environ: Mapping[str, str],
        prompt: Callable[[str], str] | None = None,
    ) -> Secrets:
        """The secrets of these names, from the environment or else from whoever is asked.

        Args:
            names: letters, digits and underscores; also those of the environment's variables.
            environ: where the values are looked up first, such as `os.environ`.
            prompt: asks for a value in these words without showing it, as `getpass.getpass` does;
                `None` where nobody can be asked.

        Raises:
            UsageError: if a name is none, a value cannot be used, or there is none.
        """
        return cls(values_of(names, environ, prompt))

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they were given."""
        return tuple(self._values)

    def check(self, text: str) -> None:
        """Return if a text can be typed.

        Raises:
            Refusal: if it has a `{{NAME}}` that is no secret's; the model reads the message.
        """
        for _ in self.pieces(text):
            pass

    def pieces(self, text: str) -> Iterator[Piece]:
        """A text in parts: plain ones, and the places of secrets.

        Raises:
            Refusal: if it has a `{{NAME}}` that is no secret's.
        """
        if not self._values:
            yield Piece(text)
            return
        plain, done = "", 0
        for found in _PLACE.finditer(text):
            name = cast("str | None", found[1])
            plain += text[done : found.start()]
            done = found.end()
            if name is None:
                plain += "{{"
                continue
            # With blanks in it there would be two spellings, and a rule about one of them.
            if name not in self._values or found[0] != f"{{{{{name}}}}}":
                raise Refusal(
                    f"{found[0][:40]} is no secret; known: "
                    f"{', '.join(f'{{{{{each}}}}}' for each in self._values)}. "
                    "To type two braces as they stand, write {{{{"
                )
            if plain:
                yield Piece(plain)
            plain = ""
            yield Piece(f"{{{{{name}}}}}", name)
        if plain + text[done:]:
            yield Piece(plain + text[done:])

    def typed(self, piece: Piece) -> str:
        """What the keyboard types for a part of a text. For the keyboard alone."""
        return piece.text if piece.name is None else self._values[piece.name].value

    def redacted(self, value: T) -> T:
        """A value with `{{NAME}}` in place of every secret that it holds, in whatever form.

        Strings, lists, mappings and dataclasses are looked through; pictures and signatures are
        left as they are. What holds no secret is returned itself. See `redaction`.
        """
        return self._redaction.redacted(value)

    def __bool__(self) -> bool:
        return bool(self._values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(self._values)})"

    def __copy__(self) -> Secrets:
        return self

    def __deepcopy__(self, memo: object) -> Secrets:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")


class _Hidden:
    """A value that is not shown."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")


def _asked(name: str, prompt: Callable[[str], str] | None) -> str:
    fault = f"no secret {name}: set the environment variable {name}, or run in a terminal"
    if prompt is None:
        raise UsageError(fault)
    try:
        return prompt(f"Value of the secret {name} (not shown): ")
    except (EOFError, OSError, UnicodeError):
        pass
    raise UsageError(fault)  # outside of the handler: a decoder's error holds what was typed


def _check(name: str, value: str) -> None:
    check_name(name)
    if len(value) < SHORTEST:
        raise UsageError(f"the secret {name} is shorter than {SHORTEST} characters")
    if untypable(value) is not None or any(c in value for c in "\n\r\t"):
        raise UsageError(f"the secret {name} holds a line end or a character that no key types")


def values_of(
    names: Iterable[str],
    environ: Mapping[str, str],
    prompt: Callable[[str], str] | None = None,
) -> dict[str, str]:
    """What `Secrets.read` makes secrets of; for whoever hands them to another process.

    Raises:
        UsageError: if a name is none, or there is no value.
    """
    values: dict[str, str] = {}
    for name in dict.fromkeys(names):
        check_name(name)
        value = environ.get(name)
        if value is None:
            value = _asked(name, prompt)
        values[name] = value
    return values


def check_name(name: str) -> None:
    """Return if a secret can have this name.

    Raises:
        UsageError: if it cannot.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a secret's name has letters, digits and underscores alone, got {name[:40]!r}"
        )
    if application_environment("", {name: name}).get(name) == name:
        raise UsageError(f"the application would be told {name}: choose another name")


NO_SECRETS = Secrets({})
