"""What is typed becomes a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.cli.line_editor import LineEditor


@pytest.mark.parametrize(
    ("typed", "lines", "left"),
    [
        (b"hello\n", ["hello"], ""),
        (b"one\rtwo\nthr", ["one", "two"], "thr"),
        ("größe 😀\n".encode(), ["größe 😀"], ""),
        (b"helo\x7flo\n", ["hello"], ""),
        (b"\x7f\b\x7fx\n", ["x"], ""),
        (b"all wrong\x15right\n", ["right"], ""),
        (b"one two  \x17\x17three\n", ["three"], ""),
        (b"a\tb\n", ["a b"], ""),
        (b"\x1b[A\x1b[1;5Cup\x1bOP\x1bb\n", ["up"], ""),
        (b"\x04\x00\x07x\n", ["x"], ""),
        (b"\xff\xfex\n", ["x"], ""),
        (b"\n", [""], ""),
    ],
)
def test_a_line_is_what_a_person_meant(typed: bytes, lines: list[str], left: str) -> None:
    editor = LineEditor()
    assert editor.fed(typed) == lines
    assert editor.text == left


@given(st.binary(max_size=200), st.integers(0, 200))
def test_it_does_not_matter_in_which_pieces_it_comes(typed: bytes, cut: int) -> None:
    whole, parts = LineEditor(), LineEditor()
    lines = whole.fed(typed)
    assert parts.fed(typed[:cut]) + parts.fed(typed[cut:]) == lines
    assert parts.text == whole.text
    assert all(line.isprintable() for line in [*lines, whole.text])


def test_what_never_ends_is_cut() -> None:
    editor = LineEditor()
    editor.fed(b"x" * 100_000)
    assert len(editor.text) == 4000
