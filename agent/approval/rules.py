r"""A file of rules: which calls are approved, refused, or asked for.

    default = "ask"                      # or "refuse", or "allow"

    [[rules]]
    members = ["key"]
    text = 'ctrl\+[acsvxz]|Tab|Escape'
    then = "allow"

    [[rules]]
    contains = '(?i)sudo|\{\{ROOT_PASSWORD\}\}'
    then = "refuse"

    [[rules]]
    region = [0, 0, 1280, 720]
    then = "allow"

The first rule that matches decides. A rule matches if all that it names does:

- `members`: one of these. Left out, it is all that have what the rule looks at.
- `region`: x0, y0, x1, y1 in pixels of the screen, half-open; where the call lands, for one without
  a place of its own the pointer. To allow, every place must lie within (both ends of a drag); to
  ask or to refuse, one is enough. A click on the edge of a window may do something elsewhere.
- `text`: a regular expression for the whole text; `contains`: for a part of it. The text is what is
  typed, with a secret as `{{NAME}}`, or the keys that are pressed or held: `ctrl`, `alt`, `shift`,
  `super`, left or right, in this order, and then the others as `trueclick keys` names them, joined
  by `+`; an empty text if none are held. A dot matches a line end as well.

Looking is free unless a rule names the member. What a rule cannot be held against, it refuses.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from trueclick.geometry import Box, Screen, UsageError

from ..actions import MEMBERS
from .call import LOOKING, POINTING, WITH_TEXT, Call

Verdict: TypeAlias = Literal["allow", "ask", "refuse"]

_LONGEST = 10_000
"""Characters of a text that are held against an expression: some take very long over more."""

_MOST_BYTES = 1_000_000


def _pattern(value: object) -> re.Pattern[str]:
    if not isinstance(value, str):
        raise ValueError("must be a regular expression in quotes")  # noqa: TRY004 - pydantic's
    try:
        return re.compile(value, re.DOTALL)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is no regular expression: {error}") from error


def _member(value: object) -> str:
    if not isinstance(value, str) or value not in MEMBERS:
        raise ValueError(f"names no member; known: {', '.join(MEMBERS)}")
    return value


def _region(value: object) -> Box[Screen]:
    wrong = "must be x0, y0, x1, y1 in pixels of the screen, such as [0, 0, 1280, 720]"
    if not isinstance(value, list) or len(value) != 4:  # pyright: ignore[reportUnknownArgumentType]
        raise ValueError(wrong)
    if any(type(number) is not int for number in value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        raise ValueError(wrong)
    try:
        return Box[Screen](*value)  # pyright: ignore[reportUnknownArgumentType]
    except UsageError as error:
        raise ValueError(f"{wrong}, with x0 < x1 and y0 < y1") from error


_Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
_Member = Annotated[str, BeforeValidator(_member)]
_Region = Annotated[Box[Any], BeforeValidator(_region)]


class Rule(BaseModel):
    """One rule. See the top of the module.

    Attributes:
        members: that it is about, or `None` for all that have what it looks at.
        region: where.
        text: of the whole text.
        contains: of a part of the text.
        then: what becomes of a call that it matches.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True
    )

    members: list[_Member] | None = Field(default=None, min_length=1)
    region: _Region | None = None
    text: _Pattern | None = None
    contains: _Pattern | None = None
    then: Verdict

    @property
    def _fitting(self) -> frozenset[str]:
        """Members that have what the rule looks at."""
        fitting = frozenset(MEMBERS) - LOOKING
        if self.region is not None:
            fitting &= POINTING
        if self.text is not None or self.contains is not None:
            fitting &= WITH_TEXT
        return fitting

    @model_validator(mode="after")
    def _members_have_what_it_looks_at(self) -> Self:
        looks = self.region is not None or self.text is not None or self.contains is not None
        for member in self.members or () if looks else ():
            if member not in self._fitting:
                raise ValueError(f"{member} has no place or no text that the rule could look at")
        return self

    def matches(self, call: Call) -> bool:
        """Whether the rule is about a call.

        Raises:
            ValueError: if that cannot be told.
        """
        if call.member not in (self._fitting if self.members is None else self.members):
            return False
        if self.region is not None:
            within = [self.region.contains(place) for place in call.places]
            if not within:
                raise ValueError("nobody knows where it lands")
            if not (all(within) if self.then == "allow" else any(within)):
                return False
        if self.text is None and self.contains is None:
            return True
        if len(call.text) > _LONGEST:
            raise ValueError(f"its text has over {_LONGEST} characters")
        whole = self.text is None or self.text.fullmatch(call.text) is not None
        part = self.contains is None or self.contains.search(call.text) is not None
        return whole and part


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of a call.

    Attributes:
        then: what becomes of it.
        why: which rule says so, for the model.
    """

    then: Verdict
    why: str


class Rules(BaseModel):
    """A file of rules. See the top of the module.

    Attributes:
        default: what becomes of calls that no rule matches.
        rules: in their order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    default: Verdict = "ask"
    rules: list[Rule] = []

    def judge(self, call: Call) -> Judgement:
        """What becomes of a call."""
        for number, rule in enumerate(self.rules, start=1):
            try:
                if rule.matches(call):
                    return Judgement(rule.then, f"rule {number} of the user's rules")
            except (ValueError, RecursionError, MemoryError) as error:
                return Judgement("refuse", f"rule {number} of the user's rules: {error}")
        if call.member in LOOKING:
            return Judgement("allow", "looking is free")
        return Judgement(self.default, "the user's rules")


def read_rules(path: Path) -> Rules:
    """The rules in a file.

    Raises:
        UsageError: if it cannot be read or is wrong: a line for each mistake, with its place and
            what to write.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "no such name"
        raise UsageError(f"the rules {str(path)!r} cannot be read: {told}") from error
    if len(data) > _MOST_BYTES:
        raise UsageError(f"the rules {str(path)!r} have over {_MOST_BYTES} bytes")
    try:
        given = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise UsageError(f"the rules {str(path)!r} are not UTF-8 text") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"the rules {str(path)!r} are not TOML: {error}") from error
    try:
        return Rules.model_validate(given)
    except ValidationError as error:
        mistakes = "\n".join(_mistakes(error))
        raise UsageError(f"the rules {str(path)!r} are wrong:\n{mistakes}") from error


def _mistakes(error: ValidationError) -> Iterator[str]:
    """A line for each mistake, in our own words."""
    for mistake in error.errors(include_url=False):
        place = _place(mistake["loc"])
        match mistake["type"]:
            case "extra_forbidden":
                known = Rule.model_fields if mistake["loc"][0] == "rules" else Rules.model_fields
                yield f"{place} is unknown; known: {', '.join(known)}"
            case "missing":
                yield f'{place} is missing: write "allow", "ask" or "refuse"'
            case "literal_error":
                yield f'{place} must be "allow", "ask" or "refuse"'
            case "list_type":
                yield f"{place} must be a list, in square brackets"
            case "too_short":
                yield f"{place} is empty: leave it out for all members"
            case "value_error":
                yield f"{place} {str(mistake['msg']).removeprefix('Value error, ')}"
            case _:
                yield f"{place}: {mistake['msg']}"


def _place(location: Iterable[int | str]) -> str:
    """`rules[2].then`, the first rule being number 1, as in what is told of a refusal."""
    words = ""
    for part in location:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return words.removeprefix(".")
