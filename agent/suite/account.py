"""What an attempt pays for: all of it is counted, and a limit holds for all of it together.

It is written down as it is spent, so that it is known of an attempt that is killed as well.
"""

from __future__ import annotations

import contextlib
from decimal import Decimal, InvalidOperation
from pathlib import Path

from trueclick.geometry import TrueclickError, find_model

from ..budget import Budget
from ..conversation.spending import Spending
from ..events import Answered, Event, Faulted, Retried
from ..usage import Usage
from .planning import LOCAL
from .tasks import Task

SPENT = "spent.txt"
"""A line for each request: what all of them had cost by then, in USD."""

_LARGEST_FILE = 1 << 20


class OverBudgetError(TrueclickError):
    """What would be asked next would cost more than is left."""


class Account:
    """The account of one attempt.

    Args:
        task: has the limit.
        folder: of the attempt, where it is written down.

    Attributes:
        usd: what was spent, as far as it is known.
        unknown: whether something was used whose price is not known.
    """

    def __init__(self, task: Task, folder: Path) -> None:
        self.usd = Decimal(0)
        self.unknown = False
        limited = task.max_usd is not None and task.model != LOCAL
        self._limit = Decimal(str(task.max_usd)) if limited else None
        self._price = find_model(task.model).price
        self._turns = task.max_turns or Budget().turns
        self._file = folder / SPENT

    @property
    def budget(self) -> Budget:
        """What a run may use, as the first thing in an attempt."""
        return Budget(turns=self._turns, usd=self._limit)

    def used(self, usage: Usage) -> None:
        """Count what a request used."""
        if usage != Usage():
            self.paid(usage.usd(self._price))

    def paid(self, usd: Decimal | None) -> None:
        """Count what a request cost, `None` where that is unknown."""
        if usd is None:
            self.unknown = True
        else:
            self.settled(self.usd + usd)

    def settled(self, usd: Decimal) -> None:
        """Note what everything by now has cost, which is never less than was known before."""
        if usd <= self.usd:
            return
        self.usd = usd
        with contextlib.suppress(OSError), self._file.open("a", encoding="ascii") as file:
            file.write(f"{usd}\n")

    def heard(self, event: Event) -> None:
        """Count what happens in a run."""
        match event:
            case Answered(usd=usd):
                self.paid(usd)
            case Retried(usage=usage) | Faulted(usage=usage):
                self.used(usage)
            case _:
                pass

    def answer_tokens(self, request: Usage, wanted: int) -> int:
        """How long the answer to a request may be, in tokens.

        Args:
            request: its input, as it is estimated.
            wanted: the answer's length if nothing limits it.

        Raises:
            OverBudgetError: if not even a short one can be paid for.
        """
        spending = Spending(Budget(turns=None, usd=self._limit), self._price)
        spending.brought_along(Usage(), self.usd, 0, 0.0)
        most = spending.answer_tokens(request, wanted)
        if isinstance(most, str):
            raise OverBudgetError(f"{most} (max_usd)")
        return most


def spent(folder: Path) -> float:
    """What an attempt had cost by the last request that was written down in its folder, in USD."""
    try:
        with (folder / SPENT).open("rb") as file:
            lines = file.read(_LARGEST_FILE).splitlines(keepends=True)
    except OSError:
        return 0.0
    for line in reversed(lines):
        with contextlib.suppress(InvalidOperation, ValueError, UnicodeDecodeError):
            usd = Decimal(line.decode("ascii").strip())
            if line.endswith(b"\n") and usd.is_finite() and usd >= 0:
                return float(usd)
    return 0.0
