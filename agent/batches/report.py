"""What came of many pictures: for each name a verdict, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from trueclick.geometry import Box, Image, Price

from ..usage import Usage
from ..vision.checking import Evidence, Verdict
from .errors import BatchError
from .journal import Record
from .limits import SHARE
from .pictures import Known, Unreadable
from .state import State

What: TypeAlias = Literal[
    "unreadable", "errored", "canceled", "expired", "no verdict", "lost", "unsent"
]
"""Why there is no verdict."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no verdict.

    Attributes:
        what: in a word.
        why: in a sentence, partly the API's or the model's words.
        again: whether it may go well another time.
    """

    what: What
    why: str
    again: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A name and what came of it.

    Attributes:
        name: as it was given.
        verdict: what was said of it, with what that cost in a batch; or `None`.
        failure: why there is no verdict.
        same_as: the first name of the same picture, if it is not this one: it was asked about once.
    """

    name: str
    verdict: Verdict | None
    failure: Failure | None
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All of them.

    Attributes:
        judged: a line a name, in the order in which they were given.
        usage: what the pictures used, whenever they were judged.
        usd: what that cost, at half the price; `None` if it is unknown.
    """

    judged: tuple[Judged, ...]
    usage: Usage
    usd: Decimal | None

    @property
    def holding(self) -> int:
        """Names of which the claim holds."""
        return sum(each.verdict is not None and each.verdict.holds for each in self.judged)

    @property
    def failed(self) -> int:
        """Names without a verdict."""
        return sum(each.verdict is None for each in self.judged)

    @property
    def not_holding(self) -> int:
        """Names of which it does not."""
        return len(self.judged) - self.holding - self.failed


def report_of(
    names: Sequence[tuple[Known | Unreadable, str | None]],
    state: State,
    unread: Mapping[str, str],
    price: Price | None,
) -> Report:
    """What came of all names.

    Args:
        names: each with the key of its picture.
        state: what is known.
        unread: why a picture could not be read when its turn came, by key.
        price: of the model.

    Raises:
        BatchError: if what was written down makes no sense.
    """
    judged: list[Judged] = []
    first: dict[str, str] = {}
    usage, usd = Usage(), Decimal(0) if price is not None else None
    for known, key in names:
        if key is None:
            why = known.why if isinstance(known, Unreadable) else ""
            judged.append(Judged(known.source.name, None, Failure("unreadable", why, again=False)))
            continue
        fresh = key not in first
        again = first.setdefault(key, known.source.name)
        same_as = None if again == known.source.name else again
        try:
            verdict = _verdict(state.verdicts[key]) if key in state.verdicts else None
            failure = None if verdict else _failure(key, state.failures, unread)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise BatchError(
                f"what was written down of {known.source.name!r} makes no sense"
            ) from error
        judged.append(Judged(known.source.name, verdict, failure, same_as))
        if fresh:
            # One by one: a price may depend on how long one prompt is.
            for used in [*state.lost.get(key, ()), *([] if verdict is None else [verdict.usage])]:
                usage += used
                paid = used.usd(price)
                usd = None if usd is None or paid is None else usd + paid * SHARE
    return Report(tuple(judged), usage, usd)


def _verdict(record: Record) -> Verdict:
    usd = record["usd"]
    return Verdict(
        holds=record["holds"] is True,
        reason=str(record["reason"]),
        evidence=tuple(
            Evidence(image, Box[Image](x0, y0, x1, y1), str(what))
            for image, x0, y0, x1, y1, what in record["evidence"]
        ),
        usage=_usage(record),
        usd=None if usd is None else Decimal(usd) * SHARE,
        unplaced=tuple(map(str, record["unplaced"])),
    )


def _failure(key: str, failures: Mapping[str, Record], unread: Mapping[str, str]) -> Failure:
    if key in unread:
        return Failure("unreadable", unread[key], again=False)
    if key not in failures:
        return Failure("unsent", "it was not sent", again=True)
    record = failures[key]
    return Failure(record["what"], str(record["why"]), again=record["again"] is True)


def _usage(record: Record) -> Usage:
    return Usage(*map(int, record["usage"]))
