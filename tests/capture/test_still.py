"""When a screen counts as still: decided on a clock that the test turns."""

import numpy as np

from trueclick.capture import Screenshot, Stillness, wait_until_still

RULE = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0, poll_s=0.02)


class FakeClock:
    """Time passes only where the code under test sleeps."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def screen(*marks: tuple[int, int, int, int], fourth: int = 0) -> Screenshot:
    """A grey screen with white rectangles; `fourth` fills the byte without meaning."""
    pixels = np.full((200, 300, 4), 128, np.uint8)
    pixels[..., 3] = fourth
    for x0, y0, x1, y1 in marks:
        pixels[y0:y1, x0:x1, :3] = 255
    return Screenshot(pixels)


def settle(shown: object, rule: Stillness = RULE) -> tuple[bool, float]:
    """Whether a screen that shows `shown(seconds since the action)` came to rest, and when."""
    clock = FakeClock()
    start = clock.now()
    settled = wait_until_still(
        lambda: shown(clock.now() - start),  # type: ignore[operator]
        rule=rule,
        acted_at=start,
        clock=clock,
    )
    return settled.still, clock.now() - start


def test_a_screen_that_never_changes_is_still_after_the_floor() -> None:
    still, waited = settle(lambda _: screen())
    assert still
    assert 0.25 <= waited < 0.3


def test_a_late_change_within_the_floor_is_waited_for() -> None:
    still, waited = settle(lambda t: screen((0, 0, 100, 100)) if t > 0.2 else screen())
    assert still
    assert 0.3 <= waited < 0.36


def test_an_action_of_long_ago_does_not_make_a_screen_restless() -> None:
    clock = FakeClock()
    settled = wait_until_still(screen, rule=RULE, acted_at=clock.now() - 60, clock=clock)
    assert settled.still
    assert 0.1 <= settled.waited_s < 0.2


def test_a_blinking_caret_holds_nothing_up() -> None:
    caret = (50, 50, 51, 72)
    still, waited = settle(lambda t: screen(caret) if int(t / 0.05) % 2 else screen())
    assert still
    assert waited < 0.3


def test_a_video_is_given_up_at_the_timeout_and_said_not_to_be_still() -> None:
    still, waited = settle(lambda t: screen((int(t * 50), 0, int(t * 50) + 100, 100)))
    assert not still
    assert 3.0 <= waited < 3.1


def test_the_byte_without_meaning_is_not_a_change() -> None:
    still, waited = settle(lambda t: screen(fourth=int(t * 1000) % 256))
    assert still
    assert waited < 0.3


def test_the_picture_is_the_newest_one() -> None:
    clock = FakeClock()
    pictures = iter([screen(), *[screen((0, 0, 50, 50))] * 200])
    settled = wait_until_still(lambda: next(pictures), rule=RULE, acted_at=100.0, clock=clock)
    assert settled.screenshot.pixels[0, 0, 0] == 255
