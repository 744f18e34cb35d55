"""Looks whether what a task expects holds, and says in a sentence what does not."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..actions import LookAround
from ..desktop import Desktop
from ..qa.errors import ExpectationError
from . import placeholders
from .account import Account, OverBudgetError
from .places import Order
from .tasks import Expect

if TYPE_CHECKING:
    from anthropic import Anthropic

    from ..qa.reading import TextReader
    from ..qa.screen import Screen

_TIMEOUT_S = 10.0
_AFTER_A_FAILURE_S = 1.0
"""Once something is wrong, the rest is looked at for completeness: little is waited for."""

_POLL_S = 0.1
_LARGEST_FILE = 64 << 20
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an expectation.

    Attributes:
        reason: why it does not hold, or `None` if it does.
        notes: what else is to be known.
        pictures: of what was seen, seen from the attempt's folder.
    """

    reason: str | None = None
    notes: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


class Checks:
    """Checks one expectation after the other.

    Args:
        order: the attempt's.
        desktop: where the application is.
        client: calls the model that judges claims.
        reader: reads the screen.
        values: what placeholders stand for.
        account: what judging claims costs.
        failed_before: whether something is known to be wrong.
    """

    def __init__(
        self,
        order: Order,
        desktop: Desktop,
        client: Anthropic,
        reader: TextReader,
        values: Mapping[str, str],
        account: Account,
        *,
        failed_before: bool,
    ) -> None:
        self._order = order
        self._desktop = desktop
        self._client = client
        self._reader = reader
        self._values = values
        self._account = account
        self._failed = failed_before
        self._written: list[str] = []

    def check(self, expect: Expect) -> Outcome:
        """What comes of an expectation; waits until it holds, or for its time.

        Raises:
            CaptureError: if the display is gone.
            JudgementError: if a model gives no verdict on a claim.
            OverBudgetError: if a claim would cost more than the task may.
        """
        timeout_s = _TIMEOUT_S if expect.timeout_s is None else expect.timeout_s
        if self._failed:
            timeout_s = min(timeout_s, _AFTER_A_FAILURE_S)
        match expect.kind:
            case "claim":
                outcome = self._claim(expect)
            case "file":
                outcome = self._file(expect, timeout_s)
            case _:
                outcome = self._seen(expect, timeout_s)
        self._failed = self._failed or outcome.reason is not None
        return outcome

    @cached_property
    def _screen(self) -> Screen:
        from ..qa.baselines import Baselines  # noqa: PLC0415
        from ..qa.screen import Screen  # noqa: PLC0415

        order, task = self._order, self._order.task
        stored = Baselines(
            order.suite / task.baselines / (task.language or ""),
            update=order.storing == "all",
            write_new=False if order.storing == "none" else None,
            say=self._written.append,
        )
        return Screen(self._desktop, baselines=stored, reader=self._reader, artifacts=order.folder)

    def _seen(self, expect: Expect, timeout_s: float) -> Outcome:
        self._written.clear()
        try:
            match expect.kind:
                case "text":
                    self._screen.expect_text(expect.value, timeout_s=timeout_s)
                case "no_text":
                    self._screen.expect_no_text(expect.value, timeout_s=timeout_s)
                case _:
                    self._screen.expect_image(expect.value, timeout_s=timeout_s)
        except ExpectationError as error:
            return Outcome(str(error), pictures=tuple(map(self._named, error.artifacts)))
        return Outcome(notes=tuple(self._written))

    def _named(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._order.folder)).as_posix()

    def _claim(self, expect: Expect) -> Outcome:
        from ..vision.errors import JudgementError  # noqa: PLC0415 - brings the SDK
        from .claims import judged  # noqa: PLC0415

        self._desktop.perform(LookAround())  # waits until the screen is still
        shot = self._desktop.glance()
        try:
            verdict = judged(expect.value, shot, self._order.task, self._client, self._account)
        except (JudgementError, OverBudgetError) as error:
            raise type(error)(f'the claim "{expect.value}" was not judged: {error}') from error
        if verdict.holds:
            return Outcome()
        return Outcome(f'the claim "{expect.value}" does not hold: {verdict.reason}')

    def _file(self, expect: Expect, timeout_s: float) -> Outcome:
        path = self._order.suite / placeholders.filled(expect.value, self._values)
        until = time.monotonic() + timeout_s
        while (wrong := _wrong_with(path, expect)) is not None and time.monotonic() < until:
            time.sleep(_POLL_S)
        return Outcome(wrong)


def _wrong_with(path: Path, expect: Expect) -> str | None:
    """Why a file is not as expected, or `None`."""
    try:
        if not path.is_file():
            return f"the file {expect.value} is not there"
        if expect.contains is None:
            return None
        if path.stat().st_size > _LARGEST_FILE:
            return f"the file {expect.value} is too large to be read"
        content = path.read_bytes()
    except OSError as error:
        return f"the file {expect.value} cannot be read: {error.strerror}"
    if expect.contains.encode() in content:
        return None
    seen = content[:_LONGEST].decode("utf-8", "replace")
    more = "…" if len(content) > _LONGEST else ""
    return f'the file {expect.value} does not contain "{expect.contains}"; it begins:\n{seen}{more}'
