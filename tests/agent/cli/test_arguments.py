"""Words as they are typed."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.cli.arguments import as_typed


@given(st.lists(st.text()))
def test_words_that_are_shown_are_read_again_by_a_shell(words: list[str]) -> None:
    assert shlex.split(as_typed(words)) == words


def test_a_command_within_a_command_can_be_read() -> None:
    command = shlex.join(["/a folder/python", "form.py"])
    assert as_typed(["--app", command]) == "--app \"'/a folder/python' form.py\""
