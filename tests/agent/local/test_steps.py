import pytest

from trueclick.agent.local import FORMS, Step, StepError, parse_steps


def verbs(task: str) -> list[str]:
    return [step.verb for step in parse_steps(task)]


def test_steps_are_separated_by_lines_semicolons_and_then() -> None:
    task = 'click "A"; click "B" then check "C"\n\n# a comment\npress ctrl+s, and then click "D".'
    assert verbs(task) == ["click", "click", "check", "press", "click"]


def test_separators_between_quotes_are_text() -> None:
    (step,) = parse_steps('type "now; then # go" into "Note; then"')
    assert (step.text, step.label) == ("now; then # go", "Note; then")


@pytest.mark.parametrize("lead", ["1. ", "2) ", "- ", "* ", "  "])
def test_a_number_or_a_bullet_before_a_sentence_says_nothing(lead: str) -> None:
    assert parse_steps(f'{lead}click "A"')[0] == Step('click "A"', "click", "A")


def test_curly_quotes_and_escapes_are_read() -> None:
    (step,) = parse_steps(r"type “a\nb\t\"c\" \\n” into „Name“")
    assert (step.text, step.label) == ('a\nb\t"c" \\n', "Name")


def test_verbs_are_read_in_any_case() -> None:
    assert verbs('CLICK "A"; Double-Click "B"; Right-click "C"; Wait For "D"') == [
        "click",
        "double_click",
        "right_click",
        "wait_for",
    ]


def test_each_form_that_is_shown_is_understood() -> None:
    assert len(parse_steps("\n".join(FORMS))) == len(FORMS)


def test_what_a_sentence_says_is_kept() -> None:
    scroll, drag, press, choose, near = parse_steps(
        'scroll up in "List" until "Row 3"; drag "Size" to 12.5 %; press Down 3 times; '
        'choose "Red" from "Color"; click "Delete" near "Bill"'
    )
    assert (scroll.label, scroll.text, scroll.direction) == ("List", "Row 3", "up")
    assert (drag.label, drag.percent) == ("Size", 12.5)
    assert (press.text, press.times) == ("Down", 3)
    assert (choose.text, choose.label) == ("Red", "Color")
    assert (near.text, near.label) == ("Delete", "Bill")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ('click "A"; please save the file', "step 2 is not a sentence I follow: please save"),
        ('click "A', 'step 1 is not a sentence I follow: click "A'),
        ('click ""', "a text between quotes is empty"),
        ('drag "A" to 101%', "from 0% to 100%"),
        ("press a 101 times", "1 to 100 times"),
        ("# nothing", "no step"),
    ],
)
def test_what_is_no_step_is_refused_with_its_number(task: str, words: str) -> None:
    with pytest.raises(StepError) as caught:
        parse_steps(task)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_refused_sentence_is_told_with_all_that_are_understood() -> None:
    with pytest.raises(StepError) as caught:
        parse_steps("do it")
    assert all(form in str(caught.value) for form in FORMS)
