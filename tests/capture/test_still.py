"""When a screen counts as still: decided on a clock that the test turns, and on real programs."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.capture import Screenshot, Source, SystemClock, VirtualDisplay
from trueclick.capture.restless import Places
from trueclick.capture.still import Course, Settled, Stillness, wait_until_still
from trueclick.geometry import Box, Image, Point, Size

from ..browser import BROWSER
from .settling_programs import (
    FORM,
    MENU,
    PAGE,
    SIZE,
    SPINNER,
    TERMINAL,
    Settling,
)

RULE = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0)
REAL = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0, answer_s=0.35)
WIDTH, HEIGHT = 640, 400
CARET = (50, 50, 51, 72)

Mark = tuple[int, int, int, int]
Shown = Callable[[float], Screenshot]


class FakeClock:
    """Time passes only where the code under test sleeps."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds


class FakeScreen:
    """Shows `shown(seconds since the start)`, and tells what was painted as `told` does.

    Attributes:
        pictures: how many were taken.
    """

    def __init__(
        self,
        clock: FakeClock,
        shown: Shown,
        told: Callable[[float, float], Sequence[Box[Image]] | None],
        cost_s: float = 0.0,
    ) -> None:
        self.pictures = 0
        self._clock, self._shown, self._told, self._cost_s = clock, shown, told, cost_s
        self._start = self._asked = clock.now()

    def grab(self) -> Screenshot:
        self.pictures += 1
        self._clock.time += self._cost_s
        return self._shown(self._clock.now() - self._start)

    def touched(self) -> Sequence[Box[Image]] | None:
        since, self._asked = self._asked, self._clock.now()
        return self._told(since - self._start, self._asked - self._start)


def screen(*marks: Mark, fourth: int = 0) -> Screenshot:
    """A grey screen with white rectangles; `fourth` fills the byte without meaning."""
    pixels = np.full((HEIGHT, WIDTH, 4), 128, np.uint8)
    pixels[..., 3] = fourth
    for x0, y0, x1, y1 in marks:
        pixels[y0:y1, x0:x1, :3] = 255
    return Screenshot(pixels)


def settle(
    shown: Shown, rule: Stillness = RULE, known: Sequence[Box[Image]] = ()
) -> tuple[Settled, float]:
    """How a screen that shows `shown(seconds since the action)` settled, and when."""
    clock = FakeClock()
    start = clock.now()
    settled = wait_until_still(
        lambda: shown(clock.now() - start), rule=rule, acted_at=start, clock=clock, known=known
    )
    return settled, clock.now() - start


def spinner(seconds: float, x: int = 300, y: int = 100) -> Mark:
    """A block that runs around a square of 48 px, once in 0.6 s."""
    side, along = divmod(int(seconds / 0.6 * 96) % 96, 24)
    left, top = [(along, 0), (36, along), (36 - along, 36), (0, 36 - along)][side]
    left, top = min(max(left, 0), 36), min(max(top, 0), 36)
    return x + left, y + top, x + left + 12, y + top + 12


def test_a_screen_that_never_changes_is_still_after_the_floor() -> None:
    settled, waited = settle(lambda _: screen())
    assert settled.still
    assert settled.restless == ()
    assert 0.25 <= waited < 0.3


def test_a_late_change_within_the_floor_is_waited_for() -> None:
    settled, waited = settle(lambda t: screen((0, 0, 100, 100)) if t > 0.2 else screen())
    assert settled.still
    assert 0.3 <= waited < 0.36


PATIENT = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0, answer_s=0.4)
BUTTON, MENU_BELOW, LINE = (100, 100, 160, 120), (100, 100, 160, 180), (100, 200, 300, 215)


@pytest.mark.parametrize(
    ("marks", "expected_s"),
    [
        ([], 0.4),
        ([BUTTON], 0.4),
        ([LINE], 0.25),
        ([BUTTON, LINE], 0.25),
        ([MENU_BELOW], 0.25),
    ],
    ids=["nothing", "the button alone", "a line", "both", "a menu"],
)
def test_an_answer_is_waited_for_while_only_the_target_has_changed(
    marks: list[Mark], expected_s: float
) -> None:
    clock = FakeClock()
    start = clock.now()
    wait_until_still(
        lambda: screen(*marks) if clock.now() > start + 0.01 else screen(),
        rule=PATIENT,
        acted_at=start,
        clock=clock,
        target=Point(130, 110),
    )
    assert expected_s <= clock.now() - start < expected_s + 0.01


@pytest.mark.parametrize(("mark", "expected_s"), [(BUTTON, 0.4), (MENU_BELOW, 0.25)])
def test_an_answer_can_be_there_before_the_first_picture(mark: Mark, expected_s: float) -> None:
    clock = FakeClock()
    start = clock.now()
    settled = wait_until_still(
        lambda: screen(mark),
        rule=PATIENT,
        acted_at=start,
        clock=clock,
        before=screen(),
        target=Point(130, 110),
    )
    assert expected_s <= settled.waited_s < expected_s + 0.01


def test_a_spinner_is_no_answer() -> None:
    _, waited = settle(lambda t: screen(spinner(t)), rule=PATIENT, known=[Box(300, 100, 348, 148)])
    assert 0.4 <= waited < 0.45


def test_without_a_target_any_change_is_an_answer() -> None:
    assert settle(lambda t: screen(BUTTON) if t > 0.01 else screen(), PATIENT)[1] < 0.26
    assert settle(lambda _: screen(), PATIENT)[1] >= 0.4


def test_what_comes_slowly_one_after_another_is_waited_for() -> None:
    def lines(t: float) -> Screenshot:
        late = [0.02, 0.1, 0.18, 0.33]  # every 80 ms, and once the machine was busy
        return screen(*((10, 20 * n, 300, 20 * n + 14) for n, at in enumerate(late) if at <= t))

    settled, waited = settle(lines)
    assert settled.screenshot.pixels[65, 20, 0] == 255
    assert waited < 0.33 + 0.3 + 0.02


def test_one_answer_makes_nobody_wait_longer_however_late_it_comes() -> None:
    def click(t: float) -> Screenshot:
        return screen(*([BUTTON] if t > 0.01 else []), *([LINE] if t > 0.2 else []))

    clock = FakeClock()
    start = clock.now()
    wait_until_still(
        lambda: click(clock.now() - start),
        rule=PATIENT,
        acted_at=start,
        clock=clock,
        target=Point(130, 110),
    )
    assert 0.3 <= clock.now() - start < 0.32


def test_an_action_of_long_ago_does_not_make_a_screen_restless() -> None:
    clock = FakeClock()
    settled = wait_until_still(screen, rule=RULE, acted_at=clock.now() - 60, clock=clock)
    assert settled.still
    assert 0.1 <= settled.waited_s < 0.2


def test_a_caret_holds_nothing_up_and_is_named() -> None:
    settled, waited = settle(lambda t: screen(CARET) if int(t / 0.05) % 2 else screen())
    assert settled.still
    assert settled.restless == (Box(*CARET),)
    assert waited < 0.3


def test_a_thin_line_that_sweeps_over_the_screen_is_no_caret() -> None:
    def sweep(t: float) -> Screenshot:
        x = 40 * int(min(t, 0.6) / 0.05)
        return screen((x, 50, x + 2, 90))

    _, waited = settle(sweep)
    assert waited >= 0.64


def test_a_screen_full_of_sparks_is_not_still_and_is_soon_looked_at_again() -> None:
    def sparks(t: float) -> Screenshot:
        random = np.random.default_rng(int(t * 100))
        xs, ys = random.integers(0, WIDTH - 3, 8), random.integers(0, HEIGHT - 3, 8)
        return screen(
            *((int(x), int(y), int(x) + 3, int(y) + 3) for x, y in zip(xs, ys, strict=True))
        )

    settled, waited = settle(sparks)
    assert not settled.still
    assert waited < 3.1


def test_a_tick_in_a_checkbox_is_waited_for() -> None:
    tick = (100, 100, 109, 109)
    settled, waited = settle(lambda t: screen(tick) if t > 0.24 else screen())
    assert settled.still
    assert settled.restless == ()
    assert waited >= 0.34


def test_characters_that_appear_one_after_another_are_waited_for() -> None:
    def typed(t: float) -> Screenshot:
        return screen(*((40 + 9 * n, 50, 46 + 9 * n, 62) for n in range(min(int(t / 0.07), 12))))

    settled, waited = settle(typed)
    assert settled.still
    assert settled.restless == ()
    assert 0.94 <= waited < 1.05


def test_narrow_characters_are_not_taken_for_a_caret() -> None:
    def typed(t: float) -> Screenshot:
        return screen(*((40 + 5 * n, 50, 42 + 5 * n, 62) for n in range(min(int(t / 0.07), 12))))

    _, waited = settle(typed)
    assert waited >= 0.94


def test_a_short_animation_in_place_is_waited_for() -> None:
    def switch(t: float) -> Screenshot:
        picture = screen()
        picture.pixels[100:130, 100:150, :3] = int(min(t, 0.45) * 400)
        return picture

    settled, waited = settle(switch)
    assert settled.still
    assert waited >= 0.54


def test_a_spinner_does_not_hold_the_picture_up_for_long_and_is_named() -> None:
    settled, waited = settle(lambda t: screen(spinner(t)))
    assert settled.still
    assert len(settled.restless) == 1
    assert Box[Image](300, 100, 348, 148).contains(settled.restless[0])
    assert waited < 1.5


def test_a_spinner_that_is_known_already_holds_nothing_up() -> None:
    known = [Box[Image](300, 100, 348, 148)]
    settled, waited = settle(lambda t: screen(spinner(t)), known=known)
    assert settled.still
    assert settled.restless == tuple(known)
    assert waited < 0.32


def test_a_known_place_stays_known_as_long_as_it_goes_on() -> None:
    size, spot = Size[Image](WIDTH, HEIGHT), Box[Image](300, 100, 348, 148)
    places = Places.of(size, [spot])
    assert places.restless == ()
    assert places.after(0.0, [spot]).restless == (spot,)


def test_a_clock_holds_nothing_up() -> None:
    def clock(t: float) -> Screenshot:
        second = int(t + 0.8)
        return screen((500, 10, 510 + 10 * (second % 3), 30))

    settled, waited = settle(clock)
    assert settled.still
    assert waited < 0.32


def test_a_change_beside_a_spinner_is_waited_for() -> None:
    def labelled(t: float) -> Screenshot:
        return screen(spinner(t), *([(352, 110, 400, 125)] if t > 0.2 else []))

    _, waited = settle(labelled, known=[Box(300, 100, 348, 148)])
    assert 0.3 <= waited < 0.36


def test_a_change_in_place_of_a_spinner_that_has_stopped_is_waited_for() -> None:
    done = (310, 110, 340, 140)
    _, waited = settle(
        lambda t: screen(done) if t > 0.24 else screen(spinner(min(t, 0.1))),
        known=[Box(300, 100, 348, 148)],
    )
    assert waited >= 0.34


def test_a_new_page_lets_no_place_stay_restless() -> None:
    size, spot = Size[Image](WIDTH, HEIGHT), Box[Image](300, 100, 348, 148)
    places = Places.of(size, [spot]).after(0.0, [spot]).after(0.02, [spot])
    assert places.counted == ()
    places = places.after(0.03, [size.box]).after(0.04, [spot])
    assert places.counted == (spot,)


def test_a_video_is_given_up_at_the_timeout_and_said_not_to_be_still() -> None:
    settled, waited = settle(lambda t: screen((int(t * 50), 0, int(t * 50) + 100, 100)))
    assert not settled.still
    assert settled.moving
    assert 3.0 <= waited < 3.1


def test_the_byte_without_meaning_is_not_a_change() -> None:
    settled, waited = settle(lambda t: screen(fourth=int(t * 1000) % 256))
    assert settled.still
    assert waited < 0.3


def test_the_picture_is_the_newest_one() -> None:
    clock = FakeClock()
    pictures = iter([screen(), *[screen((0, 0, 50, 50))] * 200])
    settled = wait_until_still(lambda: next(pictures), rule=RULE, acted_at=100.0, clock=clock)
    assert settled.screenshot.pixels[0, 0, 0] == 255


def test_the_picture_is_compared_with_the_one_before() -> None:
    clock = FakeClock()
    settled = wait_until_still(
        lambda: screen((10, 20, 30, 40)), rule=RULE, acted_at=100.0, clock=clock, before=screen()
    )
    assert settled.changes == (Box(10, 20, 30, 40),)
    assert settle(lambda _: screen())[0].changes is None


def test_a_display_of_another_size_has_changed_as_a_whole() -> None:
    other = Screenshot(np.zeros((10, 20, 4), np.uint8))
    clock = FakeClock()
    settled = wait_until_still(
        lambda: other, rule=RULE, acted_at=100.0, clock=clock, before=screen()
    )
    assert settled.changes == (Box(0, 0, 20, 10),)
    _, waited = settle(lambda t: other if t > 0.2 else screen())
    assert waited >= 0.3


def watch(
    shown: Shown,
    told: Callable[[float, float], Sequence[Box[Image]] | None],
    cost_s: float = 0.0,
) -> tuple[Settled, FakeScreen, float]:
    """How a screen settled that tells what was painted, and after how long."""
    clock = FakeClock()
    start = clock.now()
    fake = FakeScreen(clock, shown, told, cost_s)
    settled = wait_until_still(fake, rule=RULE, acted_at=start, clock=clock)
    return settled, fake, clock.now() - start


def test_a_screen_on_which_nothing_is_painted_costs_two_pictures() -> None:
    settled, fake, waited = watch(lambda _: screen(), lambda *_: [])
    assert settled.still
    assert fake.pictures == 2
    assert waited < 0.26


def test_painting_what_was_there_already_is_not_a_change() -> None:
    settled, _, waited = watch(lambda _: screen(), lambda *_: [Box(0, 0, WIDTH, HEIGHT)])
    assert settled.still
    assert waited < 0.27


def test_what_was_painted_is_looked_at() -> None:
    def told(since: float, now: float) -> list[Box[Image]]:
        return [Box(0, 0, 100, 100)] if since <= 0.2 < now else []

    settled, fake, waited = watch(lambda t: screen((0, 0, 100, 100)) if t > 0.2 else screen(), told)
    assert settled.screenshot.pixels[0, 0, 0] == 255
    assert fake.pictures == 3
    assert 0.3 <= waited < 0.32


def test_a_server_that_keeps_silent_about_a_change_cannot_pass_off_an_old_picture() -> None:
    settled, _, waited = watch(
        lambda t: screen((0, 0, 100, 100)) if t > 0.2 else screen(), lambda *_: []
    )
    assert settled.still
    assert settled.screenshot.pixels[0, 0, 0] == 255
    assert waited >= 0.35


def test_a_silent_server_cannot_make_a_video_still() -> None:
    settled, _, waited = watch(
        lambda t: screen((int(t * 500) % 500, 0, int(t * 500) % 500 + 100, 100)),
        lambda *_: [],
    )
    assert not settled.still
    assert 3.0 <= waited < 3.2


@pytest.mark.parametrize("cost_s", [0.001, 0.012, 0.05])
def test_looking_takes_a_third_of_the_time_at_most(cost_s: float) -> None:
    moving = lambda t: screen((int(t * 50), 0, int(t * 50) + 100, 100))  # noqa: E731
    settled, fake, waited = watch(moving, lambda *_: None, cost_s)
    assert not settled.still
    assert fake.pictures * cost_s <= waited / 3 + 2 * cost_s


TIMES = st.lists(st.floats(0, 3), max_size=12).map(sorted)
BIG = Box[Image](100, 100, 400, 300)


def course_of(changes: Sequence[tuple[float, Box[Image]]], period_s: float) -> Course:
    """The course of a screen that is looked at every so often until it is over."""
    course = Course.begun(RULE, 0.0, 0.0, Size(WIDTH, HEIGHT))
    while not course.over:
        now = course.looked_at + period_s
        boxes = [box for at, box in changes if course.looked_at < at <= now]
        course = course.after(now, boxes)
    return course


@given(TIMES, st.floats(0.003, 0.04))
def test_a_still_screen_was_quiet_for_long_enough_and_not_for_long(
    times: list[float], period_s: float
) -> None:
    course = course_of([(at, BIG) for at in times], period_s)
    end = course.looked_at
    seen = [at for at in times if 0 < at <= end]
    if course.still:
        assert end >= RULE.floor_s
        assert not any(end - RULE.quiet_s + period_s < at for at in seen)
        latest = max(RULE.floor_s, seen[-1] + 3 * RULE.quiet_s if seen else 0.0)
        assert end <= latest + 2 * period_s
    else:
        assert RULE.timeout_s <= end <= RULE.timeout_s + period_s


@given(st.integers(5, 14), st.integers(5, 14), st.floats(0.03, 0.09))
def test_small_changes_that_move_on_are_always_waited_for(
    width: int, height: int, period_s: float
) -> None:
    steps = [
        ((n + 1) * period_s, Box[Image].from_xywh(10 + 20 * n, 10, width, height))
        for n in range(20)
    ]
    course = course_of(steps, 0.005)
    assert course.places.restless == ()
    assert course.looked_at >= steps[-1][0]


BOXES = st.builds(
    Box[Image].from_xywh,
    st.integers(0, 500),
    st.integers(0, 300),
    st.integers(1, 120),
    st.integers(1, 90),
)


@given(st.lists(st.tuples(st.floats(0.001, 0.3), st.lists(BOXES, max_size=3)), max_size=30))
def test_whatever_happens_large_changes_count_and_small_ones_prove_themselves_first(
    looks: list[tuple[float, list[Box[Image]]]],
) -> None:
    places, now = Places.of(Size(WIDTH, HEIGHT)), 0.0
    for pause, boxes in looks:
        now += pause
        places = places.after(now, boxes)
        assert set(places.counted) <= set(boxes)
        assert {box for box in boxes if box.area > places.small_px} <= set(places.counted)
        for place in places.places:
            if place.ignored and place.box.width > 4:
                assert place.last_s - place.since_s >= 0.6
                assert place.times >= 4


def rest_after(program: Settling, trials: int) -> list[bool]:
    """Whether each of some pictures showed a real program at rest, but for what it does itself."""
    clock = SystemClock()
    at_rest: list[bool] = []
    with (
        VirtualDisplay(SIZE, window_manager=False) as display,
        program.running(display.name) as backend,
        Source(display.name) as watched,
    ):
        for _ in range(trials):
            program.undo(backend)
            time.sleep(0.3)
            program.act(backend)
            acted_at = clock.now()
            settled = wait_until_still(
                watched, rule=REAL, acted_at=acted_at, clock=clock, target=program.target
            )
            time.sleep(max(0.0, acted_at + program.horizon_s - clock.now()))
            shown, later = (each.pixels.copy() for each in (settled.screenshot, watched.grab()))
            for box in program.own:
                shown[box.y0 : box.y1, box.x0 : box.x1] = 0
                later[box.y0 : box.y1, box.x0 : box.x1] = 0
            at_rest.append(settled.still and np.array_equal(shown[..., :3], later[..., :3]))
    return at_rest


def test_a_form_that_answers_late_is_seen_at_rest() -> None:
    assert rest_after(FORM, 5) == [True] * 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [
        MENU,
        TERMINAL,
        pytest.param(PAGE, marks=pytest.mark.skipif(not BROWSER, reason="needs chromium")),
        pytest.param(SPINNER, marks=pytest.mark.skipif(not BROWSER, reason="needs chromium")),
    ],
    ids=lambda program: program.name,
)
def test_real_programs_are_seen_at_rest(program: Settling) -> None:
    assert rest_after(program, 10) == [True] * 10
