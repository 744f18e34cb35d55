"""What is told while many pictures are judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Looked:
    """The pictures were read.

    Attributes:
        names: how many were named.
        pictures: how many different ones there are among them.
        unreadable: names that lead to none.
        judged: pictures that were judged before.
        waiting: pictures of which the results are still to come.
        to_send: pictures that are to be sent now.
        usd: about what these cost, if the price is known.
        tokens: about how many tokens they are, answers left out.
    """

    names: int
    pictures: int
    unreadable: int
    judged: int
    waiting: int
    to_send: int
    usd: Decimal | None
    tokens: int


@dataclass(frozen=True, slots=True)
class Packed:
    """Some more pictures are ready to be sent.

    Attributes:
        done: how many are.
        of: how many are to be.
    """

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Uploading:
    """A batch is on its way to the API: from here on it may be created, whatever we get to know.

    Attributes:
        requests: in it.
        bytes: that are sent.
    """

    requests: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch was created.

    Attributes:
        id: of the batch.
        requests: in it.
        bytes: that were sent.
    """

    id: str
    requests: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Polled:
    """The API was asked how far it is.

    Attributes:
        batches: that go on.
        done: pictures that were judged or have failed.
        of: all pictures.
    """

    batches: int
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Retried:
    """A request to the API failed and is made again.

    Attributes:
        reason: what the API or the network said.
        wait_s: until then.
    """

    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that people should know.

    Attributes:
        text: what.
    """

    text: str


Event: TypeAlias = Looked | Packed | Uploading | Sent | Polled | Retried | Noted
Watcher: TypeAlias = Callable[[Event], None]
