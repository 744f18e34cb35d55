"""How an error of ours came about inside of trueclick is nothing that a tester has to read."""

import traceback

import pytest

from trueclick.agent.pytest_plugin.tracebacks import end_at_the_test
from trueclick.agent.qa import ExpectationError
from trueclick.geometry import Model, Size, TrueclickError, UsageError


def told(error: Exception) -> str:
    try:
        raise error
    except type(error):
        failure = pytest.ExceptionInfo[BaseException].from_current()
    end_at_the_test(failure)
    return "".join(traceback.format_exception(failure.value))


def test_a_failure_ends_at_the_tests_own_line() -> None:
    with pytest.raises(UsageError) as caught:
        Size[Model](0, 5)
    assert len(caught.traceback) > 1
    end_at_the_test(caught)
    (step,) = caught.traceback
    assert str(step.path) == __file__


def test_errors_of_ours_that_it_was_made_of_are_left_out() -> None:
    error = TrueclickError("no verdict: the model refused")
    error.__cause__ = TrueclickError("the model refused")
    text = told(error)
    assert "no verdict" in text
    assert "direct cause" not in text


@pytest.mark.parametrize("error", [ExpectationError("not there"), TrueclickError("no verdict")])
def test_errors_of_others_are_told(error: Exception) -> None:
    error.__cause__ = OSError("the disk is full")
    assert "the disk is full" in told(error)
