"""What is told of tasks and claims: one line, whatever they look like in a test's file."""

from trueclick.agent.qa.asking import lines_of, quoted

INDENTED = """
        type "Ada" into "Name"
        click "Save"
        """


def test_a_task_of_several_lines_is_told_in_one() -> None:
    assert quoted(INDENTED) == '“type "Ada" into "Name"; click "Save"”'


def test_a_long_one_is_cut_and_steers_no_terminal() -> None:
    assert quoted("a" * 81) == f"“{'a' * 79}…”"
    assert quoted("a" * 80) == f"“{'a' * 80}”"
    assert "\x1b" not in quoted("\x1b[2J")


def test_how_a_task_is_indented_has_no_meaning() -> None:
    assert lines_of(INDENTED) == lines_of('type "Ada" into "Name"\nclick "Save"')
    assert lines_of("click") != lines_of("click 2")
