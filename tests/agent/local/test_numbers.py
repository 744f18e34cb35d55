"""A number is found as a whole; where nobody can tell, it is neither there nor away."""

import pytest

from trueclick.agent.local.words import Line, find, unread
from trueclick.geometry import Box


def holds(phrase: str, text: str, *, doubtful: bool = False) -> bool:
    line = Line(text, Box.from_xywh(0, 0, 10 * len(text), 20))
    return bool(find(phrase, [line], loose=False, doubtful=doubtful))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        *(("10", text) for text in ("10", "10 items", "Items: 10.", "(10)", "10%", "$10", "10 °C")),
        *(
            ("10", text)
            for text in ("at 10, or", "No.10", "+10", "Inbox - 10 new", "10 - 12", "1O")
        ),
        *(("10", text) for text in ("共10条", "10/ 20", "10…")),
        *(("-10", text) for text in ("-10", "\u221210 °C", "from -10 to", "- 10")),
        *(("$10", "Total: $10"), ("10 €", "10€ off"), ("10%", "10 %"), ("<10", "for <10 people")),
        *(("10 °C", "10 ℃"), ("10.5", "10.5 kg"), ("10:30", "at 10:30."), ("1 0", "1 0")),
        *(("10 000", "10 000 EUR"), ("2026-10-11", "on 2026-10-11"), ("保存", "已保存")),
    ],
)
def test_a_whole_number_is_found(phrase: str, text: str) -> None:
    assert holds(phrase, text)
    assert holds(phrase, text, doubtful=True)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        *(
            ("10", text)
            for text in ("100", "210", "10.5", "1.10", "10,5", "1,10", "10:30", "12:10")
        ),
        *(("10", text) for text in ("2026-10-11", "10-11-2026", "10/11", "1/10", "10²")),
        *(("10", text) for text in ("1'10", "1.10.2", "8–10", "10×20", "lO items", "This is lo")),
        *(("-10", text) for text in ("10", "+10", "5-10", "2026-10-11", "-10.5", "-100")),
        *(("$10", text) for text in ("10", "€10", "10 $", "$100")),
        *(
            ("10%", "10"),
            ("10%", "10 EUR"),
            ("10 €", "10"),
            ("10:30", "10:30:15"),
            ("10.5", "1.10.5"),
        ),
        *(("15", "This is it"), ("1", "I agree"), ("50", "so what"), ("IS", "15 items")),
        *(("²", "2 items"), ("½", "1 item"), ("저장", "주제")),
    ],
)
def test_another_number_is_not_whether_it_should_be_there_or_not(phrase: str, text: str) -> None:
    assert not holds(phrase, text)
    assert not holds(phrase, text, doubtful=True)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        *(
            ("10", text)
            for text in ("-10", "- 10", "\u221210", "Total: -10", "Total: - 10", "A-10")
        ),
        *(
            ("10", text)
            for text in ("-$10", "10-B", "10-", "10kg", "v10", "10 000", ".10", "1e+10")
        ),
        *(("10", text) for text in ("1 0", "5 -10", "-€ 10")),
        *(("Order 10", "Order 10-B"), ("000 EUR", "10 000 EUR"), ("$10", "-$10"), ("5", "S")),
        *(("-10", "A-10"), ("10.5", "-10.5")),
    ],
)
def test_what_may_be_a_part_of_another_number_neither_holds_nor_is_away(
    phrase: str, text: str
) -> None:
    assert not holds(phrase, text)
    assert holds(phrase, text, doubtful=True)


def test_a_place_outside_of_the_region_decides_nothing() -> None:
    lines = [Line("Save", Box(0, 0, 40, 20)), Line("Save now", Box(0, 50, 80, 70))]
    assert [place.text for place in find("Save", lines, region=Box(0, 40, 100, 90))] == ["Save"]


def test_letters_that_are_never_read_are_told() -> None:
    assert unread("Ошибка 5") == "Cyrillic"
    assert unread("שמור") == "Hebrew"
    assert [unread(text) for text in ("Error: Größe 5 µm", "保存する", "Ｏｋ → ½ ⅷ", "…")] == [
        None
    ] * 4
