"""Wherever the process dies, the same call goes on, and each picture is judged and paid once."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from tests.agent.testing.clock import ManualClock

from trueclick.agent.batches import Question, Report, Settings, Split, judge_many
from trueclick.agent.batches.pictures import beside
from trueclick.agent.testing import StrictApi
from trueclick.geometry import find_model

from .dying import Died, Mortal
from .many import CLAIM, MODEL, judges, pictures, shown

How = Literal["killed", "power"]
NEVER = 1_000_000


class Work:
    """Some pictures, one of them twice, to be judged beside another one in batches of two."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._paths = pictures(folder / "in", count)
        self._count = count
        self._paths.append(folder / "in" / "twin.png")
        self._paths[-1].write_bytes(self._paths[0].read_bytes())
        shown_too, digests = beside(pictures(folder / "beside", 1, first=999), find_model(MODEL), 2)
        self._question = Question(CLAIM, MODEL, beside=shown_too, digests=digests)

    def _run(self, mortal: Mortal, api: StrictApi, state: Path, clock: ManualClock) -> Report:
        with pytest.MonkeyPatch.context() as patch:
            mortal.take_over(patch)
            return judge_many(
                self._question,
                self._paths,
                client=mortal.client(api),
                folder=state,
                settings=Settings(split=Split(requests=2)),
                sleep=clock.sleep,
                now=clock.now,
            )

    def dies(self, name: str, at: Sequence[int], how: How) -> int:
        """Let it die at these points, one after another, and count; the points of the last run."""
        clock = ManualClock()
        api = StrictApi(judges, clock=clock, batch_seconds=3)
        state = self._folder / name
        places: list[str] = []
        for place in at:
            mortal = Mortal(place, how)
            try:
                self._run(mortal, api, state, clock)
            except Died:
                places.append(mortal.passed[-1])
        last = Mortal(NEVER, how)
        report = self._run(last, api, state, clock)
        told = f"{how} at {places}"
        assert report.holding == self._count + 1, told
        assert Counter(shown(api).values()) == {1: self._count}, told
        assert (api.files.uploads, api.files.stored) == (1, ()), told
        assert report.usd == api.usd, told
        assert api.violations == (), told
        return len(last.passed)


def test_it_may_be_killed_between_any_two_steps(tmp_path: Path) -> None:
    work = Work(tmp_path, 3)
    points = work.dies("never", [], "killed")
    for point in range(0, points, 14):
        work.dies(f"killed-{point}", [point], "killed")
        work.dies(f"power-{point}", [point + 7], "power")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "power"])
def test_it_may_be_killed_at_every_step_and_again(tmp_path: Path, how: How) -> None:
    work = Work(tmp_path, 5)
    points = work.dies("never", [], how)
    for point in range(points):
        work.dies(f"once-{point}", [point], how)
    chance = random.Random(1)  # noqa: S311 - nothing secret about it
    for number in range(30):
        at = [chance.randrange(points) for _ in range(chance.randrange(2, 6))]
        work.dies(f"often-{number}", at, how)
