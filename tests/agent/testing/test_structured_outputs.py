"""Each part of JSON Schema that the API does not take, and the nearest that it does."""

from typing import Any

import pytest

from trueclick.agent.testing import StrictApi, says

from .chat import Block, body, model_says, post, refusal, user

OPUS_4_5 = "claude-opus-4-5"


def thing(**properties: Any) -> Block:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


NUMBER: Block = {"type": "integer"}
GOOD = thing(a=NUMBER)

CASES: dict[str, tuple[Any, str, Any]] = {
    "an object open to more": (
        {**GOOD, "additionalProperties": True},
        "'additionalProperties' must be explicitly set to false",
        GOOD,
    ),
    "an object that does not say": (
        {"type": "object", "properties": {}},
        "'additionalProperties' must be explicitly set to false",
        thing(),
    ),
    "an open object deep inside": (
        thing(a={"type": "array", "items": {"type": "object"}}),
        "schema.properties.a.items: For 'object'",
        thing(a={"type": "array", "items": thing()}),
    ),
    "a limit of a number": (
        thing(a={"type": "integer", "minimum": 0, "maximum": 9}),
        "For 'integer' type, properties maximum, minimum are not supported",
        thing(a={"type": "integer", "description": "from 0 to 9"}),
    ),
    "a limit of a text": (
        thing(a={"type": "string", "maxLength": 9}),
        "For 'string' type, properties maxLength",
        thing(a={"type": "string", "format": "date"}),
    ),
    "a length of a list": (
        thing(a={"type": "array", "items": NUMBER, "minItems": 4}),
        "'minItems' values other than 0 or 1",
        thing(a={"type": "array", "items": NUMBER, "minItems": 1}),
    ),
    "a longest list": (
        thing(a={"type": "array", "items": NUMBER, "maxItems": 4}),
        "properties maxItems are not supported",
        thing(a={"type": "array", "items": NUMBER}),
    ),
    "no type": (thing(a={}), "needs a type", thing(a={"enum": ["x", 1, None, True]})),
    "an unknown type": (thing(a={"type": "tuple"}), "'tuple' is not supported", GOOD),
    "one of several": (
        thing(a={"oneOf": [NUMBER]}),
        "oneOf are not supported",
        thing(a={"anyOf": [NUMBER, {"type": "null"}]}),
    ),
    "an object among values": (
        thing(a={"enum": [{"b": 1}]}),
        "complex types within enums",
        thing(a={"enum": ["b"]}),
    ),
    "a format that is no text": (
        thing(a={"type": "string", "format": ["date"]}),
        "is not supported",
        thing(a={"type": "string", "format": "date"}),
    ),
    "a length that is no number": (
        thing(a={"type": "array", "items": NUMBER, "minItems": [1]}),
        "'minItems' values other than 0 or 1",
        thing(a={"type": "array", "items": NUMBER, "minItems": 0}),
    ),
    "a required thing without a name": (
        {**GOOD, "required": [["a"]]},
        "required should name properties",
        GOOD,
    ),
    "a text of another format": (
        thing(a={"type": "string", "format": "colour"}),
        "'colour' is not supported",
        thing(a={"type": "string", "format": "uuid"}),
    ),
    "a pattern that looks ahead": (
        thing(a={"type": "string", "pattern": "^(?=a)a$"}),
        "pattern uses a feature",
        thing(a={"type": "string", "pattern": "^[a-z]+$"}),
    ),
    "a definition of its own": (
        {**thing(a={"$ref": "#/$defs/b"}), "$defs": {"b": thing(c={"$ref": "#/$defs/b"})}},
        "recursive schemas",
        {**thing(a={"$ref": "#/$defs/b"}), "$defs": {"b": thing(c=NUMBER)}},
    ),
    "two definitions of each other": (
        {
            **thing(a={"$ref": "#/$defs/b"}),
            "$defs": {"b": thing(c={"$ref": "#/$defs/d"}), "d": thing(e={"$ref": "#/$defs/b"})},
        },
        "recursive schemas",
        {
            **thing(a={"$ref": "#/$defs/b"}),
            "$defs": {"b": thing(c={"$ref": "#/$defs/d"}), "d": thing(e=NUMBER)},
        },
    ),
    "a schema elsewhere": (
        thing(a={"$ref": "https://example.com/a.json"}),
        "only references to the schema's own definitions",
        GOOD,
    ),
    "a reference to nothing": (thing(a={"$ref": "#/$defs/b"}), "names no definition", GOOD),
    "a required property that is none": (
        {**GOOD, "required": ["b"]},
        "required names 'b'",
        GOOD,
    ),
    "25 properties that may be missing": (
        {**thing(**{f"p{i}": NUMBER for i in range(25)}), "required": []},
        "25 optional parameters exceed the limit of 24",
        {**thing(**{f"p{i}": NUMBER for i in range(25)}), "required": ["p0"]},
    ),
    "17 properties of several types": (
        thing(**{f"p{i}": {"type": ["integer", "null"]} for i in range(17)}),
        "17 parameters with union types",
        thing(**{f"p{i}": {"type": ["integer", "null"]} for i in range(16)}),
    ),
    "a schema that is no object": ([], "Input should be a valid", GOOD),
}


def asked(schema: Any, **fields: Any) -> Block:
    return body(output_config={"format": {"type": "json_schema", "schema": schema}}, **fields)


@pytest.mark.parametrize(("refused", "words", "allowed"), CASES.values(), ids=CASES)
def test_a_schema_that_the_api_refuses_and_the_nearest_that_it_takes(
    refused: Any, words: str, allowed: Any
) -> None:
    api = StrictApi([says("{}")])
    if isinstance(refused, dict):
        assert words in refusal(api, asked(refused))
    else:
        assert refusal(api, asked(refused))
    assert post(api, asked(allowed))["type"] == "message"


@pytest.mark.parametrize(
    ("format_", "words"),
    [
        ({"type": "json_object"}, "type: Input should be 'json_schema'"),
        ({"schema": GOOD}, "type: Input should be 'json_schema'"),
        ({"type": "json_schema"}, "schema: Field required"),
        ({"type": "json_schema", "schema": GOOD, "strict": True}, "strict: Extra inputs"),
    ],
)
def test_a_format_is_a_schema_and_nothing_else(format_: Block, words: str) -> None:
    assert words in refusal(StrictApi([]), body(output_config={"format": format_}))


def test_an_answer_that_was_begun_cannot_be_held_to_a_schema() -> None:
    begun = [user("a"), model_says("{")]
    words = refusal(StrictApi([]), asked(GOOD, model=OPUS_4_5, messages=begun, tools=None))
    assert "prefilled" in words


def test_bedrock_holds_only_older_models_to_a_schema() -> None:
    bedrock = StrictApi([says("{}")], platform="bedrock")
    assert "not supported for this model" in refusal(bedrock, asked(GOOD, tools=None))
    older = asked(GOOD, tools=None, model=OPUS_4_5)
    assert post(bedrock, older)["type"] == "message"
    vertex = StrictApi([says("{}")], platform="vertex")
    assert post(vertex, asked(GOOD, tools=None))["type"] == "message"


def test_a_schema_as_deep_as_it_likes_is_judged_in_no_time() -> None:
    schema: Any = NUMBER
    for _ in range(300):
        schema = {"type": "array", "items": schema}
    assert post(StrictApi([says("{}")]), asked(thing(a=schema)))["type"] == "message"
