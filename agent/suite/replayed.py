"""A task that is a recorded run: done again without a model, its differences the reasons."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from trueclick.geometry import Box, Image

from ..launch import Application
from ..replay.figures import FiguresError, write_figures
from ..replay.player import Player
from ..replay.stage import Setting
from ..trace import read_trace
from ..trace.story import story_of
from .places import Order


@contextlib.contextmanager
def replayed(
    order: Order, setting: Setting, reasons: list[str], pictures: list[str]
) -> Generator[tuple[str, Application | None] | None]:
    """Inside of the block the display and the application as a replay has left them.

    Args:
        order: the attempt's.
        setting: the display and the application.
        reasons: is given what differs.
        pictures: is given the names of the pictures of that.

    Raises:
        TrueclickError: if it cannot be replayed.
    """
    task = order.task
    story = story_of(read_trace(order.suite / task.words))
    masks = [Box[Image](*box) for box in task.masks]
    with Player(story, setting, masks=masks) as player:
        for result in player.results():
            if result.status != "different" or result.mismatch is None:
                continue
            reasons.append(f"step {result.step.number}: {result.mismatch.text}")
            with contextlib.suppress(FiguresError):  # the difference counts all the same
                figures = write_figures(result, order.folder)
                if figures is not None:
                    files = (figures.expected, figures.seen, figures.difference)
                    pictures += [path.name for path in files]
            break
        stage = player.theatre.stage
        if stage is None:
            yield None
            return
        server, app = stage.server, stage.application
        player.theatre.leave()  # the display and the application stay
        yield server, app
