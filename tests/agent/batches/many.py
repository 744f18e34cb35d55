"""Many small pictures, what the model says of each, and a judge in a few words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from tests.agent.testing.clock import ManualClock

from trueclick.agent.batches.events import Event
from trueclick.agent.batches.judging import Settings, judge_many
from trueclick.agent.batches.limits import Split
from trueclick.agent.batches.question import Question
from trueclick.agent.batches.report import Report
from trueclick.agent.testing import Request, StrictApi, Turn, says
from trueclick.agent.testing.pixels import Base64

MODEL = "claude-opus-5-5"
CLAIM = "nothing is cut off"


def pictures(folder: Path, count: int, *, first: int = 0) -> list[Path]:
    """Files with different pictures, each a few hundred bytes."""
    folder.mkdir(exist_ok=True)
    found: list[Path] = []
    for number in range(first, first + count):
        path = folder / f"{number:05}.png"
        colour = (number % 256, number // 256 % 256, number // 65536)
        Image.new("RGB", (24, 16), colour).save(path)
        found.append(path)
    return found


def verdict(holds: bool, *evidence: dict[str, Any]) -> Turn:
    """What the model answers."""
    reason = "all is there" if holds else "the title is cut off"
    return says(json.dumps({"reason": reason, "holds": holds, "evidence": list(evidence)}))


def judges(_: Request) -> Turn:
    """A model that finds all well."""
    return verdict(True, {"image": 1, "box": [2, 3, 10, 12], "what": "the title"})


def shown(api: StrictApi) -> Counter[str]:
    """How often each picture came to the model."""
    return Counter(
        block["source"]["data"].digest
        for entry in api.batched
        for message in entry.body["messages"]
        for block in message["content"]
        if isinstance(block, dict)
        and block["type"] == "image"
        and isinstance(block["source"].get("data"), Base64)
    )


def judge(
    api: StrictApi,
    sources: Sequence[Path | str],
    folder: Path,
    clock: ManualClock,
    *,
    question: Question | None = None,
    watch: Callable[[Event], None] = lambda _: None,
    split: Split | None = None,
    **settings: Any,
) -> Report:
    """Judge pictures, on the clock of the test."""
    return judge_many(
        question or Question(CLAIM, MODEL),
        sources,
        client=api.client(),
        folder=folder,
        settings=Settings(split=split or Split(), **settings),
        watch=watch,
        sleep=clock.sleep,
        now=clock.now,
    )
