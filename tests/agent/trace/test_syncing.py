"""The disk is waited for beside whoever writes, once at a time."""

from __future__ import annotations

import threading

import pytest

from trueclick.agent.trace.syncing import Syncing


def test_whoever_asks_does_not_wait_for_the_disk_but_for_the_time_before() -> None:
    may_end, ended = threading.Event(), threading.Event()
    begun: list[int] = []

    def sync() -> None:
        begun.append(len(begun))
        may_end.wait(20)

    def ask_again() -> None:
        syncing.begin()
        ended.set()

    syncing = Syncing(sync)
    syncing.begin()  # returns although nothing may end
    threading.Thread(target=ask_again).start()
    assert not ended.wait(0.05)
    may_end.set()
    assert ended.wait(20)
    syncing.close()
    assert begun == [0, 1]


def test_a_disk_that_fails_is_told_of_once_with_the_next_call() -> None:
    def sync() -> None:
        raise OSError(28, "No space left on device")

    syncing = Syncing(sync)
    syncing.begin()
    with pytest.raises(OSError, match="No space left"):
        syncing.wait()
    syncing.wait()
    syncing.close()


def test_an_error_that_nobody_expects_is_told_as_well_and_keeps_nobody_waiting() -> None:
    def sync() -> None:
        raise ValueError("unexpected")

    told: list[str] = []

    def wait() -> None:
        try:
            syncing.wait()
        except ValueError as error:
            told.append(str(error))

    syncing = Syncing(sync)
    for _ in range(2):
        syncing.begin()
        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        waiting.join(20)
    assert told == ["unexpected", "unexpected"]
    syncing.close()


def test_nothing_goes_on_after_the_end() -> None:
    syncing = Syncing(lambda: None)
    before = threading.active_count()
    syncing.begin()
    syncing.close()
    syncing.close()
    assert threading.active_count() == before


def test_without_room_for_a_thread_the_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_room)
    done: list[None] = []
    syncing = Syncing(lambda: done.append(None))
    syncing.begin()
    assert len(done) == 1
    syncing.close()
