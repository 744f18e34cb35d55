"""Structured outputs: the part of JSON Schema that the API takes, and where.

Source: "Structured outputs" of the Claude documentation, read on 2026-11-22; what the SDK strips of
a schema before it is sent (`lib/_parse/_transform.py` of `anthropic` 2.11.0) says the same. A
keyword that neither names is refused here. The API also refuses schemas whose grammar becomes too
large, which nobody says how to measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, cast

from ..content import Json, part

if TYPE_CHECKING:
    from ..request import Request

MOST_OPTIONAL = 24
"""Properties that are not required, in a whole schema."""

MOST_UNIONS = 16
"""Properties of several types, in a whole schema."""

_DEEPEST = 100
_MOST_PARTS = 2_000
"""Far beyond what any grammar is compiled of: so that judging one takes no time."""

_ANYWHERE = frozenset(
    {
        *("type", "title", "description", "default", "enum", "const", "anyOf", "allOf", "$ref"),
        *("$defs", "definitions", "$schema"),
    }
)
_OF: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems"}),
    "string": frozenset({"format", "pattern"}),
    "integer": frozenset(),
    "number": frozenset(),
    "boolean": frozenset(),
    "null": frozenset(),
}
_FORMATS = frozenset(
    {
        *("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6"),
        "uuid",
    }
)
_NO_PATTERN = re.compile(r"\\[1-9bB]|\(\?[=!<]")
"""Of regular expressions: references to groups, borders of words, looking ahead and behind."""


def output_format_is_taken(request: Request) -> str | None:
    """The form of the answer, where one is asked for."""
    where = "output_config.format"
    given = part(request.body, "output_config").get("format")
    if given is None:
        return None
    format_ = cast("Json", given)
    if extra := set(format_) - {"type", "schema"}:
        return f"{where}.{min(extra)}: Extra inputs are not permitted"
    if format_.get("type") != "json_schema":
        return f"{where}.type: Input should be 'json_schema'"
    schema: object = format_.get("schema")
    if not isinstance(schema, dict):
        return f"{where}.schema: Field required"
    if request.platform == "bedrock" and not request.spec.structured_on_bedrock:
        return f"{where}: structured outputs are not supported for this model"
    if request.messages[-1]["role"] == "assistant" and not request.resumes:
        return f"{where}: cannot be used with a prefilled answer"
    return next(_problems(f"{where}.schema", cast("Json", schema)), None)


def _problems(where: str, schema: Json) -> Iterator[str]:
    parts = list(islice(_parts(where, schema), _MOST_PARTS + 1))
    if len(parts) > _MOST_PARTS:
        yield f"{where}: Schema is too complex for compilation."
        return
    for place, each in parts:
        yield from _of_one(place, each, schema)
    optional = sum(
        len(set(part(each, "properties")) - set(each.get("required") or ()))
        for _, each in parts
        if isinstance(each.get("properties", {}), dict)
    )
    if optional > MOST_OPTIONAL:
        yield f"{where}: {optional} optional parameters exceed the limit of {MOST_OPTIONAL}"
    unions = sum("anyOf" in each or isinstance(each.get("type"), list) for _, each in parts)
    if unions > MOST_UNIONS:
        yield f"{where}: {unions} parameters with union types exceed the limit of {MOST_UNIONS}"


def _parts(where: str, given: object, depth: int = 0) -> Iterator[tuple[str, Json]]:
    """A schema and all those in it."""
    schema = cast("Json", given) if isinstance(given, dict) else {"": given}
    yield where, schema
    if depth > _DEEPEST:
        return
    for name in ("properties", "$defs", "definitions"):
        inner: object = schema.get(name)
        if isinstance(inner, dict):
            for key, value in cast("Json", inner).items():
                yield from _parts(f"{where}.{name}.{key}", value, depth + 1)
    for name in ("anyOf", "allOf"):
        several: object = schema.get(name)
        if isinstance(several, list):
            for index, value in enumerate(cast("list[object]", several)):
                yield from _parts(f"{where}.{name}.{index}", value, depth + 1)
    if "items" in schema:
        yield from _parts(f"{where}.items", schema["items"], depth + 1)


def _of_one(where: str, schema: Json, root: Json) -> Iterator[str]:
    if "" in schema and len(schema) == 1:
        yield f"{where}: a schema should be an object"
        return
    given: object = schema.get("type", [])
    kinds = cast("list[object]", given) if isinstance(given, list) else [given]
    names = [kind for kind in kinds if isinstance(kind, str)]
    if unknown := [kind for kind in names if kind not in _OF]:
        yield f"{where}: Schema type '{unknown[0]}' is not supported"
        return
    allowed = _ANYWHERE.union(*(_OF[name] for name in names))
    if extra := sorted(set(schema) - allowed):
        kind = names[0] if names else "any"
        yield f"{where}: For '{kind}' type, properties {', '.join(extra)} are not supported"
    if not names and not {"enum", "const", "anyOf", "allOf", "$ref"} & set(schema):
        yield f"{where}: a schema needs a type, an enum, a const, anyOf, allOf or a $ref"
    if "object" in names:
        yield from _of_object(where, schema)
    if schema.get("minItems") not in (None, 0, 1):
        yield f"{where}: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
    form: object = schema.get("format")
    if form is not None and not (isinstance(form, str) and form in _FORMATS):
        yield f"{where}: String format '{form}' is not supported"
    if _NO_PATTERN.search(str(schema.get("pattern", ""))):
        yield f"{where}: the pattern uses a feature that is not supported"
    yield from _of_values(where, schema)
    if "$ref" in schema:
        yield from _of_reference(where, schema["$ref"], root)


def _of_object(where: str, schema: Json) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield (
            f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )
    properties: object = schema.get("properties", {})
    required: object = schema.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        yield f"{where}: properties should be an object, and required a list"
    elif not all(isinstance(name, str) for name in cast("list[object]", required)):
        yield f"{where}: required should name properties"
    elif strange := set(cast("list[str]", required)) - set(cast("Json", properties)):
        yield f"{where}: required names '{min(strange)}', which is no property"


def _of_values(where: str, schema: Json) -> Iterator[str]:
    if "enum" in schema:
        values: object = schema["enum"]
        if not isinstance(values, list) or not values:
            yield f"{where}: enum should be a list that is not empty"
        elif any(isinstance(value, dict | list) for value in cast("list[object]", values)):
            yield f"{where}: complex types within enums are not supported"


def _of_reference(where: str, reference: object, root: Json) -> Iterator[str]:
    match = re.fullmatch(r"#/(\$defs|definitions)/([^/]+)", str(reference))
    if match is None:
        yield f"{where}: only references to the schema's own definitions are supported"
        return
    target = part(root, match[1]).get(match[2])
    if target is None:
        yield f"{where}: '{reference}' names no definition"
    elif _reaches(target, str(reference), root, set()):
        yield f"{where}: recursive schemas are not supported"


def _reaches(schema: object, reference: str, root: Json, seen: set[str]) -> bool:
    """Whether a definition leads back to itself."""
    for _, each in _parts("", schema):
        named = str(each.get("$ref", ""))
        if named == reference:
            return True
        match = re.fullmatch(r"#/(\$defs|definitions)/([^/]+)", named)
        if match and named not in seen:
            seen.add(named)
            if _reaches(part(root, match[1]).get(match[2]), reference, root, seen):
                return True
    return False
