"""A signal ends what runs, whatever library happens to be at work."""

import signal
import time
from collections.abc import Callable

import pytest

from trueclick.agent.cli.signals import Stopped, ending_in_order

LONG_S = 10
"""Waited for in full by a test that fails alone."""


def stopped(work: Callable[[], None]) -> int:
    """Do some work during which a signal arrives; the number of the signal that ended it."""

    def in_order() -> None:
        with ending_in_order():
            work()

    with pytest.raises(Stopped) as caught:
        in_order()
    return caught.value.number


def swallow(number: signal.Signals = signal.SIGTERM) -> None:
    """Lose a stop, as pydantic's compiled core does."""
    try:
        signal.raise_signal(number)
    except Stopped:
        return
    pytest.fail("the signal stopped nothing")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_that_a_library_swallows_comes_again(number: signal.Signals) -> None:
    def work() -> None:
        swallow(number)
        time.sleep(LONG_S)

    start = time.monotonic()
    assert stopped(work) == number
    assert time.monotonic() - start < LONG_S / 2


def test_a_stop_comes_again_while_another_error_is_handled() -> None:
    def work() -> None:
        swallow()
        try:
            raise RuntimeError
        except RuntimeError:
            time.sleep(LONG_S)

    start = time.monotonic()
    stopped(work)
    assert time.monotonic() - start < LONG_S / 2


def test_a_stop_that_is_swallowed_at_the_very_end_is_not_lost() -> None:
    assert stopped(swallow) == signal.SIGTERM


def test_a_stop_wins_over_the_error_that_a_library_made_of_it() -> None:
    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Stopped as error:
            raise RuntimeError("a library's own") from error

    assert stopped(work) == signal.SIGTERM


def test_tidying_up_is_left_in_peace() -> None:
    tidied: list[str] = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            time.sleep(0.2)
            try:
                raise OSError
            except OSError:
                time.sleep(0.2)
            signal.raise_signal(signal.SIGINT)
            tidied.append("all")

    assert stopped(work) == signal.SIGTERM
    assert tidied == ["all"]


def test_afterwards_signals_mean_what_they_meant() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    stopped(swallow)
    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
