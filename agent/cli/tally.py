"""What a run has used so far, counted from its events: also of one that never came to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from trueclick.geometry import Price

from ..events import Acted, Answered, Ended, Event, Retried, RunResult, Status
from ..usage import Usage

if TYPE_CHECKING:
    from ..trace import Trace


@dataclass(slots=True)
class Tally:
    """Counts of one run.

    Attributes:
        now: the clock, in seconds.
        price: the model's, for answers that were lost; `None` if it is unknown.
        trace: where the run's trace is, if it has one.
    """

    now: Callable[[], float]
    price: Price | None = None
    trace: Path | None = None
    turns: int = 0
    actions: int = 0
    usage: Usage = field(default_factory=Usage)
    usd: Decimal | None = Decimal(0)
    result: RunResult | None = None
    _since: float | None = None
    _earlier_s: float = 0.0

    def __call__(self, event: Event) -> None:
        """Count an event."""
        if self._since is None:
            self._since = self.now()
        match event:
            case Answered():
                self.turns = event.turn
                self._used(event.usage, event.usd)
            case Retried() if event.usage.total:
                self._used(event.usage, event.usage.usd(self.price))
            case Acted() if event.counts:
                self.actions += 1
            case Ended():
                self.result = event.result
            case _:
                pass

    def _used(self, usage: Usage, usd: Decimal | None) -> None:
        self.usage += usage
        self.usd = None if self.usd is None or usd is None else self.usd + usd

    def brought_along(self, trace: Trace) -> None:
        """Count what the earlier parts of a resumed run used."""
        self.turns, self.actions = trace.turns, trace.actions
        self.usage, self.usd = trace.usage, trace.usd
        self._earlier_s = trace.seconds

    @property
    def began(self) -> bool:
        """Whether anything was told of the run."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """Since the first event, with those of the run's earlier parts."""
        return self._earlier_s + (0.0 if self._since is None else self.now() - self._since)

    def broken_off(self, status: Status, text: str) -> RunResult:
        """How a run ended that could not say so itself."""
        return RunResult(
            status=status,
            text=text,
            turns=self.turns,
            actions=self.actions,
            usage=self.usage,
            usd=self.usd,
            seconds=self.seconds,
            trace=self.trace,
        )
