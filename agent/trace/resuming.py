"""Taking a run up again where its trace ends, wherever that is."""

from __future__ import annotations

from dataclasses import dataclass

from ..events import Event, Json, Started
from .reading import Trace


@dataclass(frozen=True, slots=True)
class Resumption:
    """How a run goes on.

    Attributes:
        settings: the model, the system prompt and the tools to go on with.
        messages: the conversation to send next; the last one is the user's.
        events: to be told first, in this order: `Started`, then what was done to the conversation,
            so that the trace that goes on holds `messages`.
    """

    settings: Started
    messages: tuple[Json, ...]
    events: tuple[Event, ...]


def resumed(
    trace: Trace, present: Started, *, instruction: str = "", drop_thinking: bool = False
) -> Resumption:
    """How a run goes on where its trace ends.

    The system prompt and the tools stay as they were, so that the API takes the thinking that is
    bound to them, and finds what it has cached.

    Args:
        trace: of the run.
        present: the settings that a new run would have.
        instruction: what the user says to it now.
        drop_thinking: leave the model's thinking out of the conversation, so that a run can be
            resumed with other tools.

    Raises:
        UsageError: if the run cannot go on with the present settings; the message says how it can.
    """
    raise NotImplementedError
