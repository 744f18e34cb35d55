"""A process that dies at any point at which something outside of it changes, and its disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

import anthropic
import httpx2
import pytest
from typing_extensions import override

from trueclick.agent.batches import journal
from trueclick.agent.testing import StrictApi
from trueclick.agent.trace import files


class Died(BaseException):
    """The process is no more: nothing catches this, and nothing is done after it."""


class Mortal:
    """What a process does to its disk and to the API, until it dies at one of these points.

    Args:
        at: the number of the point at which it dies, from 0; past the last it lives.
        how: `killed` leaves on the disk what was written, `power` only what was synchronized.

    Attributes:
        passed: the points that were reached.
    """

    def __init__(self, at: int, how: Literal["killed", "power"]) -> None:
        self._at = at
        self._how = how
        self._synced: dict[int, int] = {}
        self.passed: list[str] = []

    @property
    def dead(self) -> bool:
        return len(self.passed) > self._at

    def point(self, name: str) -> None:
        """Die here if this is the point, and of course if it was one before."""
        self.passed.append(name)
        if self.dead:
            raise Died(name)

    def client(self, api: StrictApi) -> anthropic.Anthropic:
        """A client of the API's that dies between any two messages."""
        mortal = self

        class Transport(httpx2.BaseTransport):
            @override
            def handle_request(self, request: httpx2.Request) -> httpx2.Response:
                what = f"{request.method} {request.url.path}"
                mortal.point(f"before {what}")
                response = api.handle_request(request)
                mortal.point(f"answered {what}")
                return response

        return anthropic.Anthropic(
            api_key="none",
            base_url="http://strict.invalid",
            http_client=httpx2.Client(transport=Transport(), trust_env=False),
            max_retries=0,
        )

    def take_over(self, patch: pytest.MonkeyPatch) -> None:
        """Let all writing of journals go through here."""
        fsync, truncate, write_all = os.fsync, os.ftruncate, files.write_all

        def write(file: int, data: bytes) -> None:
            self._synced.setdefault(file, os.fstat(file).st_size)
            self.point("before a write")
            half = len(data) // 2
            write_all(file, data[:half])
            self.point("within a write")
            write_all(file, data[half:])
            self.point("written")

        def sync(file: int) -> None:
            self.point("before a sync")
            fsync(file)
            self._synced[file] = os.fstat(file).st_size
            self.point("synchronized")

        def cut(file: int, length: int) -> None:
            if self.dead:
                raise Died
            truncate(file, length)

        patch.setattr(journal, "write_all", write)
        patch.setattr(os, "fsync", sync)
        patch.setattr(os, "ftruncate", cut)
        close: Callable[[journal.Journal], None] = journal.Journal.close

        def closed(opened: journal.Journal) -> None:
            file = opened._file  # pyright: ignore[reportPrivateUsage]
            if self._how == "power" and self.dead and file in self._synced:
                truncate(file, self._synced[file])
            close(opened)

        patch.setattr(journal.Journal, "close", closed)
