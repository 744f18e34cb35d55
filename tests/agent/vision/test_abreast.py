"""Work is done side by side, comes back in order, and ends together."""

import threading

import pytest

from trueclick.agent.vision.abreast import Together, abreast

PATIENCE_S = 30


def test_as_many_as_allowed_are_done_at_a_time_and_come_back_in_order() -> None:
    """Each waits for two others; a fourth at the same time would break the barrier's next round."""
    three = threading.Barrier(3, timeout=PATIENCE_S)
    busy = threading.Semaphore(3)

    def work(item: int, _: Together) -> int:
        assert busy.acquire(blocking=False)
        three.wait()
        busy.release()
        three.wait()
        return -item

    assert abreast(work, range(9), most=3) == [-item for item in range(9)]


def test_one_that_fails_ends_those_that_wait_and_those_that_have_not_begun() -> None:
    begun: list[int] = []

    def work(item: int, together: Together) -> None:
        begun.append(item)
        if item == 1:
            raise ValueError("the second")
        together.sleep(PATIENCE_S)

    with pytest.raises(ValueError, match="the second"):
        abreast(work, range(50), most=3)
    assert len(begun) < 10
    assert "abreast" not in {thread.name[:7] for thread in threading.enumerate()}


def test_of_several_failures_the_first_in_order_is_told() -> None:
    both = threading.Barrier(2, timeout=PATIENCE_S)

    def work(item: int, _: Together) -> None:
        both.wait()
        raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        abreast(work, range(2), most=2)


def test_whoever_waits_can_end_it_all() -> None:
    begun = threading.Event()

    def work(_: int, together: Together) -> None:
        begun.set()
        while True:
            together.go_on()

    def stop() -> None:
        if begun.is_set():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        abreast(work, range(9), most=2, go_on=stop)


def test_nothing_to_do_is_done() -> None:
    def work(_: int, __: Together) -> int:
        raise AssertionError

    assert abreast(work, (), most=8) == []
