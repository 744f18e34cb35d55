"""Values and words of others in a program: they come back as they were, and do nothing."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueclick.agent.export.literals import LINE, assignment, call, columns, comment, literal
from trueclick.geometry import UsageError

TEXTS = st.text(max_size=200) | st.text(
    st.sampled_from(
        ["'", '"', "\\", "\n", "\r", "\t", "é", "漢", "\u202e", "\ud800", "#", " ", "{"]
    ),
    max_size=200,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)

some = settings(deadline=None)


@some
@given(VALUES)
def test_a_literal_is_read_back_as_the_value(value: Any) -> None:
    assert ast.literal_eval(literal(value)) == value


@some
@given(TEXTS)
def test_a_literal_of_a_text_is_one_line_of_what_can_be_seen(text: str) -> None:
    assert literal(text).isprintable()


@some
@given(TEXTS, TEXTS, st.integers(0, 12))
def test_a_call_holds_its_values_and_nothing_else(first: str, second: str, indent: int) -> None:
    lines = list(call("act", [("", first), ("text", second)], indent))
    (statement,) = ast.parse("\n".join(line[indent:] for line in lines)).body
    assert isinstance(statement, ast.Expr)
    made = statement.value
    assert isinstance(made, ast.Call)
    assert ast.unparse(made.func) == "act"
    assert [ast.literal_eval(value) for value in made.args] == [first]
    assert {k.arg: ast.literal_eval(k.value) for k in made.keywords} == {"text": second}
    assert all(columns(line) <= LINE for line in lines)


@some
@given(st.lists(TEXTS, max_size=5))
def test_an_assigned_list_is_read_back(texts: list[str]) -> None:
    (statement,) = ast.parse("\n".join(assignment("WORDS", texts))).body
    assert isinstance(statement, ast.Assign)
    assert ast.literal_eval(statement.value) == texts


@some
@given(TEXTS, st.integers(0, 12))
def test_nothing_breaks_out_of_a_comment(words: str, indent: int) -> None:
    lines = list(comment(words, indent, "> "))
    source = "".join(f"{line}\n" for line in lines)
    assert ast.parse(source).body == []
    kinds = {token.type for token in tokenize.generate_tokens(io.StringIO(source).readline)}
    assert kinds <= {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}
    assert all(columns(line) <= LINE and line.isprintable() for line in lines)


@pytest.mark.parametrize(
    "marker", ["# noqa", "x # type: ignore", "#pyright: basic", "a #  ruff: noqa", "# fmt: off"]
)
def test_no_tool_takes_words_in_a_comment_for_its_own(marker: str) -> None:
    (line,) = comment(marker, 0, "> ")
    assert line.count("#") == 1
    assert line.startswith("# > ")


def test_a_number_sign_before_a_number_stays_what_it_is() -> None:
    assert list(comment("order #12 of C#", 0)) == ["# order #12 of C#"]


def test_long_words_are_broken_between_words_and_keep_their_lines() -> None:
    lines = list(comment(f"{'word ' * 30}\n\nand {'x' * 150}", 4, "> "))
    assert lines[0] == "    # > " + ("word " * 18).rstrip()
    assert lines[2] == "    # >"
    assert lines[3:] == ["    # > and", "    # > " + "x" * 92, "    # > " + "x" * 58]


def test_a_long_text_is_written_in_pieces_that_end_where_its_lines_do() -> None:
    lines = list(call("act", [("", "type"), ("text", f"Dear Ada,\n{'word ' * 30}")], 4))
    assert lines[:4] == [
        "    act(",
        '        "type",',
        "        text=(",
        '            "Dear Ada,\\n"',
    ]
    assert lines[4].endswith(' word "')
    assert lines[-2:] == ["        ),", "    )"]


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), b"bytes", {1, 2}, object()])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="cannot be written into a program"):
        literal(value)
