"""A display that can be acted on: map, act, settle, capture. Knows no SDK and no model.

Screens need time after an action, so every picture is taken once the screen is still. The wait is
owed by whatever comes next, not paid by the action: a batch that ends in a screenshot waits once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable
from functools import partial

from trueclick.capture import (
    CaptureError,
    Clock,
    Display,
    Format,
    Screenshot,
    Settled,
    Source,
    Stillness,
    SystemClock,
    encode,
    is_private,
)
from trueclick.capture.worker import go_on
from trueclick.geometry import (
    Box,
    Image,
    Model,
    Point,
    ResolutionLimits,
    Screen,
    UsageError,
    View,
    find_model,
)
from trueclick.geometry.requests import PLATFORMS, PlatformName

from .actions import (
    Action,
    Click,
    Drag,
    HoldKeys,
    LookAround,
    Press,
    PressKeys,
    Scroll,
    TypeText,
    Wait,
    WhereIsPointer,
    Zoom,
    places_of,
)
from .batch_guard import Act, BatchGuard, Look
from .glimpses import Glimpse
from .input import Input, closed_at_the_end, open_input
from .outcome import Outcome
from .secret import NO_SECRETS, Masks, Secrets, Typist, within
from .separate_clicks import SeparateClicks, pressed_by
from .sight import Encoder, Sight
from .stop import StopClock, StopSwitch
from .stop.runs import listed
from .stop.watcher import Placing, corners_watched, unwatched

DEFAULT_MODEL = "claude-sonnet-5-5"

PATIENCE_S = 15.0
"""For a display that does not answer: on a busy machine it may take its time."""

BEFORE_PICTURE = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0, answer_s=0.35)
"""Measured on real programs: never early in 200 trials, 111 ms (median) after the last change."""

BEFORE_ACTION = Stillness(floor_s=0.05, quiet_s=0.04, timeout_s=0.5)
"""Between the actions of a batch: enough for a menu to open or a window to take the focus."""

_KEY_PAUSE_S = 0.01
"""Between repeated key presses: some toolkits drop what comes at once."""


class Desktop:
    """One display, seen at one size for the whole session. Made by `open_desktop`.

    Attributes:
        display: which monitor it is.
        view: how the model's pixels map to the screen's.
        private: whether it is a display of our own that nobody else looks at.
        stop: what halts it before its next action.
        secrets: what can be typed by its name alone.
        masks: boxes of the display, in device pixels, that are painted over in every picture; those
            of secrets that have been typed are not among them.
        mask_secrets: whether the place of a secret that is typed is painted over from then on.
    """

    def __init__(
        self,
        source: Source,
        backend: Input,
        view: View,
        clock: Clock,
        encoder: Encoder,
        guard: BatchGuard | None,
        stop: StopSwitch,
        acting: Placing,
        secrets: Secrets = NO_SECRETS,
        masks: Iterable[Box[Image]] = (),
        mask_secrets: bool = False,
    ) -> None:
        self.display: Display = source.display
        self.stop = stop
        self.view = view
        self.private = is_private(source.display.server)
        self.secrets = secrets
        self.masks = tuple(masks)
        self.mask_secrets = mask_secrets
        self._source = source
        self._input = backend
        self._clock = clock
        self._guard = guard
        self._acting = acting
        self._clicks = SeparateClicks()
        self._masks = Masks(self.masks)
        self._sight = Sight(source, view, clock, encoder, self._masks)
        self._take: Callable[[Glimpse], None] | None = None
        hiding = self._masks if mask_secrets else None
        self._typist = Typist(secrets, backend.type, hiding, self._typed)

    def next_turn(self) -> None:
        """Note that the model has read all that it was shown, and decides anew.

        The actions of one turn were all decided on the pictures before it. Without a word of this,
        each picture counts as read at once.
        """
        if self._guard is not None:
            self._guard.next_turn()

    def perform(self, action: Action, *, aimed: View | None = None) -> Outcome:
        """Carry out one action.

        Args:
            action: what to do.
            aimed: of this display, in whose pixels the action's places are; by default `view`, in
                which a model aims. Whoever gives another one has just looked for himself: what was
                shown to the model before is nothing to him, and the guard of batches lets it pass.

        Raises:
            Refusal: if it points outside of the screenshot or names an unknown key, or if a window
                has opened, or the screen has changed greatly, since the picture on which it was
                decided; nothing has happened on the screen then.
            CaptureError: if the display is gone, or does not answer for too long.
            DisplayChanged: if it has another size or place than when it was opened; nothing has
                happened on the screen then either.
            StopRequested: if somebody has stopped the run, or does so meanwhile; what the action
                pressed is up again.
        """
        self.stop.check()
        self._sight.begin()
        match action:
            case LookAround():
                return self._looked()
            case Zoom():
                return self._sight.zoomed(action, BEFORE_PICTURE)
            case WhereIsPointer():
                self._source.check()
                return Outcome(pointer=self.view.to_model(self._input.pointer()))
            case Wait(seconds):
                self._sight.fresh = False
                self._clock.sleep(seconds)
                return Outcome()
            case _:
                return self._act(action, aimed)

    def glance(self) -> Screenshot:
        """The display as it is now, with the masks on it: for people, the model is shown nothing.

        Raises:
            CaptureError: if the display is gone.
        """
        return self._masks.painted(self._source.grab())

    def hide(self, boxes: Iterable[Box[Model]]) -> None:
        """Paint boxes of the screenshot over in all that follow, as a run before this one did."""
        self._masks.cover(map(self.view.to_image, boxes))

    @contextlib.contextmanager
    def glimpsing(self, take: Callable[[Glimpse], None]) -> Generator[None]:
        """Inside of the block the screen is handed on as it is just before an action.

        Of those actions that do not directly follow a screenshot, for which there is a picture of
        that moment already. It costs them nothing, as they wait for the screen anyway.

        Args:
            take: is handed each, and must return at once.
        """
        before, self._take = self._take, take
        try:
            yield
        finally:
            self._take = before

    def pointer(self) -> Point[Screen]:
        """Where the pointer is, on this display or another one.

        Raises:
            CaptureError: if the display is gone.
        """
        return self._input.pointer()

    def release(self) -> None:
        """Let up every button and key that is still pressed, as after the end of a run.

        On a display that is gone nothing is pressed; one that hangs is told of by what comes next.
        """
        with contextlib.suppress(CaptureError):
            self._input.release_all()

    def _act(self, action: Action, aimed: View | None) -> Outcome:
        """Everything that touches the pointer or the keyboard."""
        view = self.view if aimed is None else aimed
        own = places_of(action)
        # Mapped first: what is outside of the screenshot is refused before anything moves.
        places = [view.to_screen(aim) for aim in own]
        aims = tuple(own) if aimed is None else tuple(map(self.view.to_model, places))
        if not own and isinstance(action, Click | Scroll | Press):
            places = [self._input.pointer()]
            # Where nothing goes down, it does not matter which display the pointer is on.
            aims = () if action == Press(down=False) else (self.view.to_model(places[0]),)
        button, count = pressed_by(action)
        if count:
            # A click here must not be taken for a part of the one before.
            self._clock.sleep(self._clicks.rest_s(button, places[0], self._clock.now()))
        settled = self._sight.settled(BEFORE_ACTION)  # looks at where the display lies, too
        self._masks.end(settled.screenshot)
        if self._take is not None and not self._sight.fresh:
            self._take(self._sight.glimpse(settled))
        self._sight.fresh = False
        self._check(settled, action, aims, chosen_now=aimed is not None)
        if own and aims:
            self._sight.aimed(aims[-1])
        try:
            with (
                self._acting(places if own else []),
                self._input.held(getattr(action, "held", ())),
            ):
                if isinstance(action, Drag):
                    self._input.drag(*places)
                else:
                    if own:
                        self._input.move(places[0])
                    self._use(action)
            self._input.sync()
        finally:
            acted_at = self._clock.now()
            self._sight.acted(acted_at)
            if count:
                self._clicks.note(button, places[0], acted_at, count)
        return Outcome(
            landed=places[-1] if places else None,
            start=places[0] if isinstance(action, Drag) else None,
            settle_s=self._sight.waited_s,
        )

    def _check(
        self,
        settled: Settled,
        action: Action,
        aims: tuple[Point[Model], ...],
        *,
        chosen_now: bool,
    ) -> None:
        """Refuse an action whose coordinates no longer mean what they meant."""
        if self._guard is None:
            return
        places = tuple(self.view.picture.to_source(aim) for aim in aims)
        if places_of(action) and not chosen_now:
            self._guard.check(Look(settled.screenshot, self._source.windows()), places)
        self._guard.acted(Act(places, scrolled=isinstance(action, Scroll)))

    def _use(self, action: Action) -> None:
        """The part of an action that happens where the pointer is by now."""
        match action:
            case Click(button, count):
                self._input.click(button, count)
            case Press(down):
                (self._input.press if down else self._input.release)("left")
            case Scroll(direction, clicks):
                self._input.scroll(direction, clicks)
            case TypeText(text):
                self._typist.type(text)
            case PressKeys(keys, repeat):
                for _ in range(repeat):
                    with self._input.held(keys):
                        pass
                    self._clock.sleep(_KEY_PAUSE_S)
            case HoldKeys(keys, seconds):
                with self._input.held(keys):
                    self._clock.sleep(seconds)
            case _:
                pass  # `Move`: the pointer is there already

    def _typed(self) -> Settled:
        """The display at rest, between two parts of a text."""
        self._input.sync()
        self._sight.acted(self._clock.now())
        return self._sight.settled(BEFORE_PICTURE)

    def _looked(self) -> Outcome:
        outcome, look = self._sight.looked(BEFORE_PICTURE)
        if self._guard is not None:
            self._guard.shown(look)
        return outcome


@contextlib.contextmanager
def open_desktop(
    display: str | None = None,
    *,
    model: str = DEFAULT_MODEL,
    index: int = 0,
    limits: ResolutionLimits | None = None,
    format: Format = "png",  # noqa: A002 - the word that everybody looks for
    platform: PlatformName = "anthropic",
    guard_batches: bool = True,
    stop: StopSwitch | None = None,
    clock: Clock | None = None,
    patience_s: float = PATIENCE_S,
    secrets: Secrets = NO_SECRETS,
    masks: Iterable[Box[Image]] = (),
    mask_secrets: bool = False,
) -> Generator[Desktop]:
    """A display to act on, at the native resolution of a model.

    At the end of the block every key and button that was pressed is up again. Until then
    `trueclick stop` finds the run; where a person has the pointer, moving it into a corner of the
    desktop stops it too.

    Args:
        display: the X server's name, such as `":99"`; the environment's `DISPLAY` by default.
        model: whose limits decide on the size of the screenshots.
        index: which of the server's monitors.
        limits: decides instead of `model`. A run of more than 20 screenshots needs
            `find_model(model).limits.capped(2000)`: the API takes no larger ones then.
        format: of the screenshots; `trueclick.capture.format_for` chooses for a slow link.
        platform: whose limit on an image's bytes the screenshots keep within.
        guard_batches: whether a coordinate is refused when a window has opened, or the screen has
            changed greatly, since the picture on which it was decided.
        stop: what halts the desktop before its next action, and in its pauses; a new one by
            default.
        clock: for waiting.
        patience_s: seconds for which a display that does not answer is waited for, but for a stop.
        secrets: what the model can type by its name alone, `{{NAME}}`.
        masks: boxes of the display, in device pixels, that are painted over in every picture.
        mask_secrets: whether the place where a secret was typed is painted over from then on.

    Raises:
        CaptureError: if there is no such display, or somebody's own display could not be stopped.
        StopRequested: if somebody stops the run while the display is waited for.
        UsageError: if the model, the platform or the monitor is unknown, or a mask is outside.
    """
    limits = limits or find_model(model).limits
    stop = stop or StopSwitch()
    pausing = StopClock(clock or SystemClock(), stop)
    if platform not in PLATFORMS:
        raise UsageError(f"unknown platform {platform!r}; known: {', '.join(PLATFORMS)}")
    encoder = partial(encode, format=format, max_bytes=PLATFORMS[platform].image_bytes)
    guard = BatchGuard() if guard_batches else None
    asked = go_on if stop.requested else stop.check  # stopped before: opened, and nothing is done
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(
            Source(display, index, patience_s=patience_s, while_waiting=asked)
        )
        view = View.fitted(source.display.box, source.image_size, limits)
        private = is_private(source.display.server)
        stack.enter_context(listed(stop, needed=not private))
        opened = open_input(source.display, pausing, patience_s=patience_s, while_waiting=asked)
        backend = stack.enter_context(closed_at_the_end(opened, lambda: stop.requested))
        acting: Placing = unwatched
        if not private:
            watched = corners_watched(stop, source.display, backend.pointer)
            acting = stack.enter_context(watched)
        stack.callback(pausing.tidy)
        hidden = secrets, within(source.image_size, masks), mask_secrets
        yield Desktop(source, backend, view, pausing, encoder, guard, stop, acting, *hidden)
