"""A display as a test sees it: texts to find, to click and to expect, pictures to compare.

    screen.type("Ada", into="Name")
    screen.click("Save")
    screen.expect_text("Saved")
    screen.expect_image("after saving", masks=[Mask.text(re.compile(r"[0-9]{2}:[0-9]{2}"))])

All places are pixels of the display in its own resolution, whatever size a model would be shown, so
each click lands on the very pixel. Texts are read by the local OCR: no model is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import TypeAlias

from trueclick.capture import Clock, Screenshot, SystemClock, Tolerance
from trueclick.geometry import Box, Image, Model, Point, Size, UsageError, View

from ..actions import Action, Button, Click, Direction, Drag, Move, PressKeys, Scroll, TypeText
from ..desktop import Desktop
from ..input.keys import parse_keys
from ..stop import StopClock
from .baselines import Baselines
from .finding import Search, Wanted
from .masks import Mask
from .pictures import Pictures
from .reading import Read, TextReader, inside
from .texts import Texts

Target: TypeAlias = Wanted | Read | Box[Image] | Point[Image]
"""What is clicked: a text that stands there once, or a place, of a box its middle."""


class Screen:
    """One display, for a test to look at and to act on.

    Waiting ends as soon as it can. What does not come within the timeout is told by an
    `ExpectationError`, with a picture of where it was looked for.

    Args:
        desktop: the display.
        baselines: the stored pictures, for `expect_image`.
        reader: what reads text; one that several tests share need not load its models again.
        artifacts: the folder for the pictures of what has failed; made when there is one.
        timeout_s: seconds that everything is waited for, where no other number is given.
        clock: for waiting.

    Attributes:
        desktop: the display.
        baselines: the stored pictures.
        artifacts: the folder for pictures.
        timeout_s: seconds that everything is waited for.
    """

    def __init__(
        self,
        desktop: Desktop,
        *,
        baselines: Baselines | None = None,
        reader: TextReader | None = None,
        artifacts: Path | None = None,
        timeout_s: float = 10.0,
        clock: Clock | None = None,
    ) -> None:
        self.desktop = desktop
        self.baselines = baselines
        self.artifacts = artifacts
        self.timeout_s = timeout_s
        self._reader = reader or TextReader()
        self._clock = StopClock(clock or SystemClock(), desktop.stop)
        self._acted_at = self._clock.now()
        # Each of its pixels is one of a capture: nothing is rounded on the way to the pointer.
        image = desktop.view.image
        self._view = View(desktop.view.display, image, Size[Model](image.width, image.height))

    @property
    def size(self) -> Size[Image]:
        """Of the display, in the pixels in which all places are meant."""
        return self.desktop.view.image

    def shot(self) -> Screenshot:
        """The display as it is now."""
        return self.desktop.glance()

    def read(self, region: Box[Image] | None = None) -> tuple[Read, ...]:
        """What is written on the display now, or in a region of it, line by line.

        Raises:
            UsageError: if the region is not inside of the display.
            MissingExtraError: if the extra `local` is not installed.
        """
        self._check(region)
        return inside(self._reader.read(self.shot()), region)

    def find(
        self,
        wanted: Wanted,
        *,
        near: Wanted | None = None,
        region: Box[Image] | None = None,
        timeout_s: float | None = None,
    ) -> Read:
        """The place where a text stands, once it stands still.

        Args:
            wanted: the text, or a pattern for a line; see `find_text`. OCR misreads letters: one of
                six may differ if nothing else fits ("New tsk"), as it may not for `expect_text`.
            near: a text beside it, which says which one is meant of several. In a row counts as
                nearer than in a column.
            region: the part of the display in which it is looked for.
            timeout_s: seconds to wait for it.

        Raises:
            ExpectationError: if it is not there, or in several places: nothing is guessed.
            UsageError: if the text is empty, or the region is not inside of the display.
        """
        search = self._search(wanted, near, region, loose=True)
        return self._texts.the_one(search, self._limit(timeout_s))[0]

    def click(
        self,
        target: Target,
        *,
        near: Wanted | None = None,
        region: Box[Image] | None = None,
        held: str = "",
        timeout_s: float | None = None,
    ) -> None:
        """Click the middle of a text, or a place.

        Args:
            target: the text, found as `find` does, or a place.
            near: as in `find`.
            region: as in `find`.
            held: keys that are held meanwhile, such as `"ctrl"`.
            timeout_s: seconds to wait for the text.

        Raises:
            the same errors as `find`; `Refusal` if a key is unknown or the place is outside.
        """
        self._click("left", 1, self._place(target, near, region, timeout_s), held)

    def double_click(
        self,
        target: Target,
        *,
        near: Wanted | None = None,
        region: Box[Image] | None = None,
        held: str = "",
        timeout_s: float | None = None,
    ) -> None:
        """Click twice; as `click`."""
        self._click("left", 2, self._place(target, near, region, timeout_s), held)

    def right_click(
        self,
        target: Target,
        *,
        near: Wanted | None = None,
        region: Box[Image] | None = None,
        held: str = "",
        timeout_s: float | None = None,
    ) -> None:
        """Click with the right button; as `click`."""
        self._click("right", 1, self._place(target, near, region, timeout_s), held)

    def hover(
        self,
        target: Target,
        *,
        near: Wanted | None = None,
        region: Box[Image] | None = None,
        timeout_s: float | None = None,
    ) -> None:
        """Put the pointer on a text or a place; as `click`."""
        self._perform(Move(_aim(self._place(target, near, region, timeout_s))))

    def drag(self, start: Target, to: Target, *, timeout_s: float | None = None) -> None:
        """Drag from one text or place to another with the left button; as `click`."""
        first = self._place(start, None, None, timeout_s)
        last = self._place(to, None, None, timeout_s)
        self._perform(Drag(_aim(first), _aim(last), ()))

    def scroll(self, direction: Direction, clicks: int = 3, *, at: Target | None = None) -> None:
        """Turn the wheel, over a text or a place, or else where the pointer is."""
        place = None if at is None else _aim(self._place(at, None, None, None))
        self._perform(Scroll(direction, clicks, place, ()))

    def press(self, keys: str, times: int = 1) -> None:
        """Press a key or a combination, such as `"Return"` or `"ctrl+s"`.

        Raises:
            Refusal: if a key is unknown.
        """
        self._perform(PressKeys(parse_keys(keys), times))

    def type(
        self, text: str, into: Wanted | None = None, *, timeout_s: float | None = None
    ) -> None:
        """Type a text where the focus is, or into the field that a label names.

        The field is the framed one to the right of its label, or else below it. What stands in it
        is replaced, with an empty text by nothing.

        Args:
            text: to be typed; `{{NAME}}` types a secret of the desktop.
            into: the field's label.
            timeout_s: seconds to wait for the label.

        Raises:
            ExpectationError: if there is no such label, or no field or several that it may name.
            Refusal: if a character cannot be typed.
        """
        if into is not None:
            label = self._search(into, loose=True)
            field = self._texts.field(label, self._limit(timeout_s))
            at = field.box.center
            self._click("left", 3 if field.filled and not field.tall else 1, at, "")
            if field.filled and field.tall:  # ctrl+a goes to the start of the line in Tk
                self.press("ctrl+Home")
                self.press("ctrl+shift+End")
            if field.filled and not text:
                self.press("Delete")
        if text:
            self._perform(TypeText(text))

    def expect_text(
        self,
        wanted: Wanted,
        *,
        region: Box[Image] | None = None,
        timeout_s: float | None = None,
    ) -> tuple[Read, ...]:
        """Wait until a text is read, and return where.

        Args:
            wanted: the text, or a pattern for a line. A text may be part of a line, but whole
                words and numbers of it; letters that look alike are taken for equal; see
                `find_text`. A number that may be a part of another one does not count: no 10 is
                found in "-10" or "10-B".
            region: the part of the display in which the middle of it has to be.
            timeout_s: seconds to wait.

        Raises:
            ExpectationError: if it is not read in time.
            UsageError: if the text is empty or the local OCR never reads its letters, or the
                region is not inside of the display.
        """
        limit_s = self._limit(timeout_s)
        return self._texts.appeared(self._search(wanted, region=region), limit_s)

    def expect_no_text(
        self,
        wanted: Wanted,
        *,
        region: Box[Image] | None = None,
        timeout_s: float | None = None,
    ) -> None:
        """Wait until the display has come to rest without a text.

        At rest means that programs have had the time to answer that they usually take (a third of
        a second) and that nothing has changed since then but what goes on by itself, as a caret
        does; a display that never rests is looked at after three seconds. What comes later than
        that is not noticed: if something else comes with it, expect that first.

        Args:
            wanted: what must not be read; it is looked for as by `expect_text`, but here a number
                counts, too, that may be a part of another one: with "-10" on the display, of which
                the minus may be a dash, neither `expect_text("10")` nor `expect_no_text("10")`
                holds. Both know that 10.5, 10:30 and 2026-10-11 are no 10.
            region: the part of the display that must be without it.
            timeout_s: seconds to wait for it to go away.

        Raises:
            ExpectationError: if it stays.
            UsageError: if the text is empty or the local OCR never reads its letters, or the
                region is not inside of the display.
        """
        limit_s = self._limit(timeout_s)
        search = self._search(wanted, region=region, doubtful=True)
        self._texts.gone(search, limit_s, self._acted_at)

    def expect_image(
        self,
        name: str,
        *,
        masks: Iterable[Mask | Box[Image]] = (),
        region: Box[Image] | None = None,
        tolerance: Tolerance | None = None,
        hinting: bool = True,
        timeout_s: float | None = None,
    ) -> None:
        """Wait until the display looks as it does in a stored picture, twice in a row.

        If there is none for this platform and size of display, the first picture that has come to
        rest is stored, and that is said; where the environment variable `CI` is set, it fails.
        The pointer itself is in no picture, but what a program shows below it is: a button that
        lights up is a difference. Where that matters, `hover` over a quiet place before.

        Args:
            name: of the stored picture: letters, digits, spaces and a few signs.
            masks: what is not compared: boxes of the display, texts, colours.
            region: the part of the display that is compared; all of it by default.
            tolerance: what is no difference: by default another smoothing, a caret, and colours
                that differ by at most 16 of 255.
            hinting: whether letters may be drawn with another font hinting, or with coloured edges,
                if all are, as on another machine, and the local OCR reads the same ones.
            timeout_s: seconds to wait.

        Raises:
            ExpectationError: if it does not come to look so; with the pictures before, after and of
                the difference.
            UsageError: if the name will not do, there are no baselines to compare with, or the
                region is not inside of the display.
        """
        if self.baselines is None:
            raise UsageError(
                "expect_image needs baselines: Screen(desktop, baselines=Baselines(…))"
            )
        limit_s = self._limit(timeout_s)
        self._check(region)
        pictures = Pictures(
            self.shot, self.baselines, self._reader.read, self._clock, self.artifacts
        )
        pictures.expect(
            name,
            masks=masks,
            region=region,
            tolerance=tolerance or Tolerance(),
            hinting=hinting,
            timeout_s=limit_s,
        )

    @property
    def _texts(self) -> Texts:
        return Texts(self.shot, self._reader.read, self._clock, self.artifacts)

    def _search(
        self,
        wanted: Wanted,
        near: Wanted | None = None,
        region: Box[Image] | None = None,
        *,
        loose: bool = False,
        doubtful: bool = False,
    ) -> Search:
        self._check(region)
        return Search(wanted, near, region, loose=loose, doubtful=doubtful)

    def _place(
        self,
        target: Target,
        near: Wanted | None,
        region: Box[Image] | None,
        timeout_s: float | None,
    ) -> Point[Image]:
        """The pixel that is meant, once it stands still."""
        match target:
            case str() | re.Pattern():
                return self.find(target, near=near, region=region, timeout_s=timeout_s).box.center
            case _ if near is not None or region is not None:
                raise UsageError("near= and region= are for texts; this is a place already")
            case Read():
                return target.box.center
            case Box():
                return target.center
            case Point():
                return target

    def _click(self, button: Button, count: int, at: Point[Image], held: str) -> None:
        keys = parse_keys(held) if held else ()
        self._perform(Click(button, count, _aim(at), keys))

    def _perform(self, action: Action) -> None:
        try:
            self.desktop.perform(action, aimed=self._view)
        finally:
            self._acted_at = self._clock.now()

    def _limit(self, timeout_s: float | None) -> float:
        seconds = self.timeout_s if timeout_s is None else timeout_s
        if type(seconds) not in {int, float} or not 0 <= seconds < inf:
            raise UsageError(f"timeout_s is a number of seconds, got {seconds!r}")
        return seconds

    def _check(self, region: Box[Image] | None) -> None:
        if region is not None and not self.size.box.contains(region):
            raise UsageError(f"the region {region} is not inside the display of {self.size}")


def _aim(at: Point[Image]) -> Point[Model]:
    """A pixel of a capture in the view whose pixels are a capture's."""
    return Point[Model](at.x, at.y)
