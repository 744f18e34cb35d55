"""Long runs on a real window, in a fraction of the time: what each turn types is read back."""

from __future__ import annotations

import contextlib
import itertools
import re
import statistics
import time
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Any

from trueclick.agent import Desktop, Usage, open_desktop
from trueclick.agent.testing import Request, StrictApi, Turn, calls, says, uses
from trueclick.agent.tool_versions import newest_version
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Size, find_model

from .typing_programs import TypingProgram, typing_program


class FastClock:
    """A clock on which pauses are short: the screens of these tests answer at once."""

    def __init__(self, factor: float = 20) -> None:
        self._factor = factor

    def now(self) -> float:
        return time.monotonic() * self._factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._factor)


@contextlib.contextmanager
def desk(model: str) -> Generator[tuple[Desktop, TypingProgram]]:
    """A desktop with a text on it that has the focus."""
    with (
        VirtualDisplay(Size(800, 600), window_manager=False) as display,
        typing_program("tk", display.name) as text,
        open_desktop(display.name, model=model, clock=FastClock()) as desktop,
    ):
        yield desktop, text


def written(turns: int) -> str:
    """What a model has typed after so many turns."""
    return "".join(f"{number}," for number in range(1, turns + 1))


def writing(model: str, turns: int) -> Callable[[Request], Turn]:
    """A model that types the number of each turn, and ends after so many.

    It goes by the messages alone, as a model does: by how many results it has seen, so a request
    that is made again gets the same answer, and by what stands in a summary of the rest.
    """
    older = newest_version(model) is not None

    def answer(request: Request) -> Turn:
        number = turns_told(request) + 1
        if number > turns:
            return says("All numbers are typed.")
        acts: list[tuple[str, dict[str, Any]]] = [
            ("mouse_move", {"coordinate": [700 - number % 50, 500]}),
            ("type", {"text": f"{number},"}),
        ]
        turn = uses(*({"action": name, **given} for name, given in acts)) if older else calls(*acts)
        return turn.saying(f"I move the pointer out of the way and type the number {number}.")

    return answer


def turns_told(request: Request) -> int:
    """How many numbers were typed by what the conversation says."""
    blocks = [block for message in request.messages for block in message["content"]]
    failed = {
        block["tool_use_id"]
        for block in blocks
        if block["type"] == "tool_result" and block.get("is_error")
    }
    return max(
        (
            int(text.rstrip(","))
            for block in blocks
            if block["type"] == "tool_use"
            and block["id"] not in failed
            and (text := block["input"].get("text", ""))
        ),
        default=summarized(request),
    )


def summarized(request: Request) -> int:
    """How many numbers were typed by what a summary or a retelling says."""
    told = str(request.messages[:2])
    return max(
        (int(n) for n in re.findall(r"(?:typed so far: |the number )(\d+)", told)), default=0
    )


def summary(request: Request) -> str:
    """The API's summary of such a conversation."""
    return f"Numbers typed so far: {turns_told(request)}"


def sent_again_usd(api: StrictApi, model: str) -> Decimal:
    """What the run would have cost with all sent again each time, and nothing cached."""
    price = find_model(model).price
    assert price is not None
    uses = [entry.usage for entry in api.ledger if entry.usage.input]
    grown = [
        later.input - earlier.input - earlier.output for earlier, later in itertools.pairwise(uses)
    ]
    usual = int(statistics.median(grown))
    total, context = Decimal(0), uses[0].input
    for used, more in zip(uses, [*grown, 0], strict=True):
        total += price.usd(context, used.output)
        context += used.output + (more if more > 0 else usual)
    return total


def cached_share(api: StrictApi, after: int = 10) -> float:
    """How much of the input was read from the cache, once a run has got going."""
    return sum((entry.usage for entry in api.ledger[after:]), Usage()).cached_share
