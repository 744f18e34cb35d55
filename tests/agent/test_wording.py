"""Numbers as people read them, and nothing that steers a terminal."""

from decimal import Decimal

import pytest
from rich.cells import cell_len

from trueclick.agent import wording
from trueclick.agent.usage import Usage


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (187, "3 min 07 s"),
        (3599.6, "1 h 00 min"),
        (7530, "2 h 05 min"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, said: str) -> None:
    assert wording.duration(seconds) == said


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        (None, "unknown price"),
        (Decimal(0), "$0.00"),
        (Decimal("0.00004"), "$0.0000"),
        (Decimal("0.0213"), "$0.0213"),
        (Decimal("12.345"), "$12.35"),
    ],
)
def test_a_sum_is_exact_where_it_is_small(usd: Decimal | None, said: str) -> None:
    assert wording.dollars(usd) == said


def test_tokens_are_told_with_the_caches_share() -> None:
    assert wording.tokens(Usage(100, 900, 0, 5)) == "1,000 tokens in (90% from the cache), 5 out"
    assert wording.tokens(Usage(100, 0, 900, 5)) == "1,000 tokens in, 5 out"


def test_a_call_is_told_with_nothing_invisible() -> None:
    values: dict[str, object] = {"text": "a\x1b[2J\n\u202e", "coordinate": [3, 4], "repeat": 2}
    assert wording.described("type", values) == 'type (3, 4) "a\\x1b[2J\\n\\u202e" 2'
    assert wording.shortened("abcdef", 4) == "abc…"


def test_columns_are_counted_where_a_character_takes_two() -> None:
    assert wording.shortened("漢字かな", 8) == "漢字かな"
    assert cell_len(wording.shortened("漢字かな", 7)) == 7
    assert cell_len(wording.shortened("漢字かな", 6)) == 6
    assert wording.padded("漢字", 6) == "漢字  "
    assert wording.end_of("abc漢字", 7) == "abc漢字"
    assert wording.end_of("abc漢字", 6) == "…c漢字"
    assert wording.end_of("abc漢字", 4) == "…字"
