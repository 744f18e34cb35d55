"""What tests share as long as they pass: one that failed may have left it in any state."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

import pytest

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """Something that is opened when a test first wants it, and anew after a test that failed."""

    def __init__(self, opening: Callable[[], AbstractContextManager[_T]]) -> None:
        self._opening = opening
        self._stack = contextlib.ExitStack()
        self._opened: list[_T] = []

    def lent(self, request: pytest.FixtureRequest) -> Iterator[_T]:
        """What a fixture yields to the test that requests it."""
        if not self._opened:
            self._opened.append(self._stack.enter_context(self._opening()))
        failed = request.session.testsfailed
        yield self._opened[0]
        if request.session.testsfailed > failed:
            self.close()

    def close(self) -> None:
        """Close it, if it is open."""
        self._opened.clear()
        self._stack.close()


@contextlib.contextmanager
def kept(opening: Callable[[], AbstractContextManager[_T]]) -> Generator[Kept[_T]]:
    """Inside of the block something is shared by tests."""
    holder = Kept(opening)
    try:
        yield holder
    finally:
        holder.close()
