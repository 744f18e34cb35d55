"""Text of others as it is shown."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.report.facts import as_json
from trueclick.agent.report.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nin lines", "plain\ttext\nin lines"),
        ("one\r\ntwo", "one\ntwo"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("half \ud800", "half \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("empty \u3164", "empty \\u3164"),
        ("Größe 日本語 שלום مرحبا", "Größe 日本語 שלום مرحبا"),
        ("10\u00a0000 €", "10\u00a0000 €"),
    ],
)
def test_what_is_not_seen_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_steers_remains(text: str) -> None:
    shown = visible(text)
    assert not any(
        unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for each in shown
    ) or set(shown) & set("\n\t")
    assert all(unicodedata.category(each) not in {"Cf", "Cs", "Zl", "Zp"} for each in shown)
    shown.encode()


@given(st.text(st.characters(exclude_categories=())))
def test_a_text_cannot_end_the_element_that_holds_it(text: str) -> None:
    packed = as_json({"text": visible(text)})
    assert not set(packed) & set("<>&\u2028\u2029")
    assert json.loads(packed) == {"text": visible(text)}
