"""How long a screen is waited for, on screens and clocks of our own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trueclick.agent.replay.waiting import Patience, Sighting, until_matched
from trueclick.capture import Screenshot, Stillness
from trueclick.geometry import Box, Image

RULE = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0, answer_s=0.35)


class Film:
    """A screen that shows a shade from each moment on, and the clock that it goes by."""

    def __init__(self, shades: Mapping[float, int]) -> None:
        self._shades = shades
        self._time = 0.0
        self._told = -1
        self.looks = 0

    def now(self) -> float:
        return self._time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self._time += seconds

    @property
    def _shade(self) -> int:
        return max((at, shade) for at, shade in self._shades.items() if at <= self._time)[1]

    def glance(self) -> Screenshot:
        self.looks += 1
        return Screenshot(np.full((200, 300, 4), self._shade, np.uint8))

    def touched(self) -> bool:
        told, self._told = self._told, self._shade
        return told != self._shade


def waited(film: Film, shade: int, *, changes: bool, enough_s: float = 99) -> Sighting:
    def matches(picture: Screenshot, restless: tuple[Box[Image], ...]) -> bool:
        del restless
        return int(picture.pixels[0, 0, 0]) == shade

    patience = Patience(RULE, changes, timeout_s=5, enough_s=enough_s)
    return until_matched(film, matches, patience, acted_at=0, clock=film)


def test_a_change_that_was_recorded_is_believed_as_soon_as_it_is_there() -> None:
    film = Film({0: 1, 0.5: 2})
    assert waited(film, 2, changes=True).matches
    assert 0.5 <= film.now() < 0.55


def test_one_that_is_there_at_once_costs_no_time_at_all() -> None:
    film = Film({0: 2})
    assert waited(film, 2, changes=True).matches
    assert film.now() == 0


def test_where_nothing_was_to_change_the_screen_has_to_stay_as_it_is() -> None:
    film = Film({0: 1})
    assert waited(film, 1, changes=False).matches
    assert 0.35 <= film.now() < 0.4


def test_a_late_change_of_what_was_not_to_change_is_noticed() -> None:
    film = Film({0: 1, 0.3: 2})
    assert not waited(film, 1, changes=False).matches
    assert film.now() >= 5


def test_what_flashes_by_before_the_screen_is_right_does_no_harm() -> None:
    film = Film({0: 1, 0.1: 9, 0.2: 1})
    assert waited(film, 1, changes=False).matches


def test_it_is_given_up_at_last() -> None:
    film = Film({0: 1})
    sighting = waited(film, 2, changes=True)
    assert not sighting.matches
    assert 5 <= film.now() < 5.1
    assert int(sighting.picture.pixels[0, 0, 0]) == 1


def test_a_still_screen_that_will_do_in_any_case_is_waited_for_no_longer_than_that() -> None:
    film = Film({0: 1})
    assert not waited(film, 2, changes=True, enough_s=1).matches
    assert 1 <= film.now() < 1.1


def test_a_screen_on_which_nothing_is_drawn_is_not_looked_at_again() -> None:
    film = Film({0: 1})
    waited(film, 2, changes=True)
    assert film.looks == 1
