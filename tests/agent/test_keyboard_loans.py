"""Which spare key codes get which key symbols, and what a layout has, decided without a server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.input.keysyms import character_keysym
from trueclick.agent.input.x11.layout import KeyRow, KeyType, Layout, Stroke
from trueclick.agent.input.x11.loans import longest_run, new_keys, new_loans, on_a_key, places

KP_5, F13 = 0xFFB5, 0xFFCA
SYMBOLS = [*(0x1000400 + i for i in range(8)), KP_5, F13]

wanted_symbols = st.lists(st.none() | st.sampled_from(SYMBOLS), max_size=30)
lent = st.dictionaries(
    st.integers(8, 12),
    st.lists(st.sampled_from(SYMBOLS[:8]), min_size=1, max_size=4).map(tuple),
    max_size=3,
)


@given(
    wanted=wanted_symbols,
    loans=lent,
    spare=st.sets(st.integers(13, 20)),
    levels=st.sampled_from([1, 2, 4]),
)
def test_a_run_is_typed_on_one_mapping_and_takes_nothing_of_use(
    wanted: list[int | None], loans: dict[int, tuple[int, ...]], spare: set[int], levels: int
) -> None:
    run = longest_run(wanted, loans, len(loans) + len(spare), levels)
    new = new_loans(wanted[:run], loans, sorted(spare), levels)
    needed = {symbol for symbol in wanted[:run] if symbol is not None}
    assert needed <= places({**loans, **new}, levels).keys()
    assert new.keys() <= spare | loans.keys()
    # What is there is not mapped again.
    mapped = {symbol for on in new.values() for symbol in on}
    assert mapped == needed - places(loans, levels).keys()
    for on in new.values():
        assert len(on) <= levels
        assert len(on) == 1 or {KP_5, F13}.isdisjoint(on)
    if run < len(wanted):  # not one more would fit
        more = new_loans(wanted[: run + 1], loans, sorted(spare), levels)
        held = places({**loans, **more}, levels)
        assert not {symbol for symbol in wanted[: run + 1] if symbol is not None} <= held.keys()


@given(
    wanted=st.lists(st.none() | st.sampled_from(SYMBOLS), max_size=6),
    loans=lent,
    spare=st.sets(st.integers(13, 20), max_size=4),
    levels=st.sampled_from([1, 2, 4]),
)
def test_each_of_the_keys_that_are_down_together_has_a_code_to_itself(
    wanted: list[int | None], loans: dict[int, tuple[int, ...]], spare: set[int], levels: int
) -> None:
    keys = {on_a_key(symbol, levels) for symbol in wanted if symbol is not None}
    new = new_keys(wanted, loans, sorted(spare), levels)
    if new is None:
        assert len(keys) > len(loans) + len(spare)
        return
    assert new.keys() <= spare | loans.keys()
    assert keys <= set({**loans, **new}.values())
    assert set(new.values()) == keys - set(loans.values())


@pytest.mark.parametrize(
    ("pressed", "on_it"),
    [("b", "bB"), ("B", "B"), ("é", "éÉ"), ("ß", "ß"), ("漢", "漢"), ("1", "1")],
)
def test_a_letters_key_has_its_capital_above(pressed: str, on_it: str) -> None:
    symbols = tuple(map(character_keysym, on_it))
    assert on_a_key(character_keysym(pressed), 4) == symbols
    assert on_a_key(character_keysym(pressed), 1) == symbols[:1]


def test_a_key_that_types_nothing_has_nothing_above() -> None:
    assert on_a_key(F13, 4) == (F13,)


def test_of_two_places_the_one_with_fewer_modifiers_is_taken() -> None:
    a, b, c = SYMBOLS[:3]
    assert places({8: (b, c, a), 9: (a, b)}, 4) == {b: 8, c: 8, a: 9}
    assert places({8: (b, c, a)}, 2) == {b: 8, c: 8}


def test_free_codes_are_taken_before_those_that_were_used_longest_ago() -> None:
    a, b, c, d = SYMBOLS[:4]
    loans = {8: (a,), 9: (b,)}
    assert new_loans([c], loans, [10], 4) == {10: (c,)}
    assert new_loans([c], loans, [], 4) == {8: (c,)}
    assert new_loans([a, c, d], loans, [], 4) == {9: (c, d)}


def test_no_more_levels_are_used_than_it_takes() -> None:
    codes = [10, 11]
    assert [
        {len(on) for on in new_loans(SYMBOLS[:n], {}, codes, 4).values()} for n in (2, 3, 4, 5, 8)
    ] == [{1}, {2, 1}, {2}, {4, 1}, {4}]


TWO_LEVELS = KeyType(1, {1: 1})
FOUR_LEVELS = KeyType(0x81, {1: 1, 0x80: 2, 0x81: 3})
KEYPAD = KeyType(0x11, {1: 1, 0x10: 1})
ONE_LEVEL = KeyType(0, {})
PRINT = KeyType(8, {8: 1})

ROWS = {
    24: KeyRow(((FOUR_LEVELS, (ord("q"), ord("Q"), ord("@"), 0x7D9)),)),
    38: KeyRow(((TWO_LEVELS, (ord("a"), ord("A"))), (TWO_LEVELS, (0x6C6, 0x6E6)))),
    49: KeyRow(((TWO_LEVELS, (0xFE52, 0xB0)),)),
    50: KeyRow(((ONE_LEVEL, (0xFFE1,)),)),
    64: KeyRow(((ONE_LEVEL, (0xFFE9,)),)),
    77: KeyRow(((ONE_LEVEL, (0xFF7F,)),)),
    84: KeyRow(((KEYPAD, (0xFF9D, KP_5)),)),
    92: KeyRow(((ONE_LEVEL, (0xFE03,)),)),
    107: KeyRow(((PRINT, (0xFF61, 0xFF15)),)),
    200: KeyRow(()),
    201: KeyRow(((TWO_LEVELS, (0, 0)),)),
    202: KeyRow(()),
}
TYPES = (ONE_LEVEL, TWO_LEVELS, FOUR_LEVELS)
MODIFIERS = {50: 1, 64: 8, 77: 0x10, 92: 0x80, 202: 0x20}
LAYOUT = Layout(ROWS, MODIFIERS, TYPES)


def test_a_key_of_our_own_has_the_levels_that_modifier_keys_reach() -> None:
    assert LAYOUT.levels == ((), (50,), (92,), (50, 92))
    assert Layout(ROWS, {50: 1}, TYPES).levels == ((), (50,))
    assert Layout(ROWS, MODIFIERS, TYPES[:2]).levels == ((), (50,))
    assert Layout(ROWS, {}, TYPES).levels == ((),)
    for number in (1, 2, 3, 4):
        symbols = [0x1000400 + i for i in range(number)]
        with_it = LAYOUT.changed({200: LAYOUT.row(symbols)})
        for symbol, held in zip(symbols, LAYOUT.levels, strict=False):
            for group in (0, 1):
                assert with_it.stroke(symbol, group) == Stroke(200, held)


def test_modifiers_are_those_that_the_keys_type_asks_for() -> None:
    assert LAYOUT.stroke(ord("q"), 0) == Stroke(24)
    assert LAYOUT.stroke(ord("Q"), 0) == Stroke(24, (50,))
    assert LAYOUT.stroke(ord("@"), 0) == Stroke(24, (92,))
    assert LAYOUT.stroke(0x7D9, 0) == Stroke(24, (50, 92))
    assert LAYOUT.stroke(0xFF15, 0) == Stroke(107, (64,))


def test_the_keypads_digits_come_with_num_lock_rather_than_shift() -> None:
    assert LAYOUT.stroke(KP_5, 0) == Stroke(84, (), locked=0x10)
    assert LAYOUT.stroke(0xFF9D, 0) == Stroke(84)


def test_a_letter_is_found_by_its_unicode_number_in_its_own_group() -> None:
    ef = character_keysym("ф")
    assert LAYOUT.stroke(ef, 0) is None
    assert LAYOUT.stroke(ef, 1) == Stroke(38)
    assert LAYOUT.stroke(character_keysym("Ф"), 1) == Stroke(38, (50,))


def test_a_key_with_fewer_groups_counts_as_the_protocol_says() -> None:
    assert LAYOUT.stroke(ord("q"), 1) == Stroke(24)
    three = ((TWO_LEVELS, (1, 2)), (TWO_LEVELS, (3, 4)), (TWO_LEVELS, (5, 6)))
    assert [KeyRow(three).group(g) for g in (2, 3, 4)] == [three[2], three[0], three[1]]
    assert [KeyRow(three, 0x40).group(g) for g in (2, 3)] == [three[2], three[2]]
    assert [KeyRow(three, 0x80 | 0x10).group(g) for g in (2, 3)] == [three[2], three[1]]
    assert KeyRow(()).group(0) is None


def test_a_dead_key_is_not_its_character() -> None:
    assert LAYOUT.stroke(ord("^"), 0) is None
    assert LAYOUT.stroke(0xFE52, 0) == Stroke(49)


def test_spare_is_what_holds_nothing_and_modifies_nothing() -> None:
    assert LAYOUT.spare == (200, 201)
    assert LAYOUT.without([200]).spare == (201,)


def test_the_group_with_most_of_a_text_is_chosen_and_of_equals_the_current() -> None:
    a, ef = ord("a"), character_keysym("ф")
    assert LAYOUT.best_group([a, ef, ef], 0) == 1
    assert LAYOUT.best_group([a, a, ef], 1) == 0
    assert [LAYOUT.best_group([a, ef], current) for current in (0, 1)] == [0, 1]
    assert LAYOUT.best_group([], 1) == 1
