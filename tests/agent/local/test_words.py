from trueclick.agent.local.words import Line, find, nearest
from trueclick.geometry import Box


def line(text: str, x: int = 0, y: int = 0) -> Line:
    return Line(text, Box.from_xywh(x, y, 10 * len(text), 20))


def texts(phrase: str, *lines: str, loose: bool = True) -> list[str]:
    return [found.text for found in find(phrase, [line(text) for text in lines], loose=loose)]


def test_the_whole_line_is_preferred_to_a_part_of_one() -> None:
    assert texts("Name", "First Name", "Name", "name") == ["Name"]
    assert texts("Name", "First Name", "name:") == ["name:"]


def test_a_phrase_is_found_as_whole_words_only() -> None:
    assert texts("order", "Check order", "reorders") == ["order"]
    assert texts("Standard", "• Standard", "Standards") == ["• Standard"]


def test_a_part_of_a_line_is_cut_in_proportion() -> None:
    (found,) = find("cd", [line("ab cd")])
    assert found.box == Box(30, 0, 50, 20)


def test_a_space_that_was_not_read_still_parts_words() -> None:
    assert texts("Express", "·StandardExpress Pickup") == ["Express"]


def test_letters_that_look_alike_are_taken_for_each_other() -> None:
    assert texts("Zoë Weiß", "Zoe WeiB", loose=False) == ["Zoe WeiB"]
    assert texts("Illinois 10", "lllinois 1O", loose=False) == ["lllinois 1O"]


def test_a_misread_letter_is_forgiven_but_not_where_a_text_is_checked() -> None:
    assert texts("Submit order", "Submlt ordcr") == ["Submlt ordcr"]
    assert texts("Order saved", "Order served", loose=False) == []
    assert texts("Yes", "Yet") == []


def test_no_number_is_taken_for_another_one() -> None:
    assert texts("Invoice 2041", "Invoice 2047") == []
    assert texts("Invoice 10", "Invoice 15", "Invoice 105") == []
    assert texts("Invoice 10", "lnvoice 1O", "Invoice 11") == ["lnvoice 1O"]
    assert texts("Invoice 2041", "Invoce 2041") == ["Invoce 2041"]
    assert texts("42", "Total: 42.17", "142,42 EUR", "42,000", loose=False) == []
    assert texts("42", "Total: 42.", "4, 42", loose=False) == ["42", "42"]
    assert texts("42.17", "Total: 42.17 EUR", loose=False) == ["42.17"]


def test_the_sign_of_a_number_counts() -> None:
    assert texts("-10", "10", "Level: 10 %", "+10", loose=False) == []
    assert texts("-10", "Level: \u221210 %", loose=False) == ["\u221210"]
    assert texts("-10 °C", "- 10 °C", loose=False) == ["- 10 °C"]
    assert texts("Sub-10", "Sub-10", loose=False) == ["Sub-10"]


def test_equal_finds_are_all_told_in_reading_order() -> None:
    places = find("OK", [line("OK", 90, 50), line("OK", 10, 50), line("OK", 40, 5)])
    assert [place.box.x0 for place in places] == [40, 10, 90]


def test_the_nearest_texts_are_told_best_first() -> None:
    lines = [line(text) for text in ("Check order", "Send order", "Name", "Quit")]
    assert nearest("Submit order", lines) == ("Send order", "Check order")
