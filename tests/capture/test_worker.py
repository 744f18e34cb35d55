"""Who waits for a thread that does not come back: for how long, and what ends the wait."""

import threading
import time
from collections.abc import Generator

import pytest

from trueclick.capture import CaptureError
from trueclick.capture.worker import Worker

SHORT_S = 0.1
LONG_S = 300.0
SOON_S = 20.0


@pytest.fixture
def held() -> Generator[threading.Event]:
    """What a call waits for; it happens at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


class EnoughError(Exception):
    """Whoever waits has waited for long enough."""


def enough() -> None:
    raise EnoughError


def test_what_a_call_raises_is_raised_where_it_is_waited_for_a_timeout_too() -> None:
    def late() -> None:
        raise TimeoutError("its own")

    worker = Worker("it")
    for made in (worker.call, worker.tidy):
        with pytest.raises(TimeoutError, match="its own"):
            made(late)
    assert not worker.hangs
    worker.stop()


def test_whoever_waits_is_asked_meanwhile_and_later_calls_are_made(held: threading.Event) -> None:
    worker = Worker("it", LONG_S, enough)
    start = time.monotonic()
    with pytest.raises(EnoughError):
        worker.call(lambda: held.wait(LONG_S))
    assert time.monotonic() - start < SOON_S
    assert not worker.hangs
    held.set()
    assert worker.tidy(lambda: 7) == 7
    worker.stop()


def test_a_quick_call_is_made_though_the_wait_would_end_at_once() -> None:
    worker = Worker("it", LONG_S, enough)
    assert worker.call(lambda: 7) == 7
    worker.stop()


def test_tidying_is_waited_for_once_and_made_in_any_case(held: threading.Event) -> None:
    made: list[int] = []
    worker = Worker("it", LONG_S)
    worker.post(lambda: held.wait(LONG_S))
    start = time.monotonic()
    with pytest.raises(CaptureError, match=r"has not answered for 1\.8 s"):
        worker.tidy(lambda: made.append(1))
    begun = time.monotonic()
    with pytest.raises(CaptureError, match=r"has not answered for 1\.8 s"):
        worker.tidy(lambda: made.append(2))
    assert time.monotonic() - begun < begun - start
    held.set()
    worker.call(lambda: made.append(3))  # it was no more than late
    assert made == [1, 2, 3]
    assert not worker.hangs
    worker.stop()


def test_a_call_that_was_given_up_ends_all_further_calls_but_not_the_tidying(
    held: threading.Event,
) -> None:
    made = threading.Event()
    worker = Worker("it", SHORT_S)
    for _ in range(2):
        with pytest.raises(CaptureError, match=r"it has not answered for 0\.1 s"):
            worker.call(lambda: held.wait(LONG_S))
    with pytest.raises(CaptureError, match=r"it has not answered for 0\.1 s"):
        worker.tidy(made.set)
    held.set()
    assert made.wait(SOON_S)
    assert worker.hangs
    worker.stop()
