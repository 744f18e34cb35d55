"""Expecting a stored picture: waited for, written where there is none, or told as a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from trueclick.capture import (
    BoxMark,
    Clock,
    Comparison,
    Screenshot,
    Tolerance,
    difference,
    draw,
)
from trueclick.geometry import Box, Image, Size, UsageError

from .baselines import Baselines
from .errors import ExpectationError
from .finding import listed
from .masks import Mask, Masking, Reader, masks_of, moved
from .matching import Sighting, Watch
from .showing import keep, side_by_side, with_detail, with_pictures

_QUIET_S = 1.0
"""A picture is stored after so many seconds without a change: what is only half drawn would fail
each later run."""

_ACCEPT = "--update-baselines of pytest and of trueclick suite, or else Baselines(…, update=True)"
"""How a baseline is replaced by what is seen."""

_ENOUGH_S = 2.0
"""Seconds without a change after which a picture that differs takes a baseline's place."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The stored pictures that a display is compared with.

    Attributes:
        look: takes a picture of the display.
        baselines: the stored pictures.
        read: what is written on a picture.
        clock: tells the time and sleeps.
        artifacts: the folder for pictures of what has failed, if any are wanted.
    """

    look: Callable[[], Screenshot]
    baselines: Baselines
    read: Reader
    clock: Clock
    artifacts: Path | None

    def expect(
        self,
        name: str,
        *,
        masks: Iterable[Mask | Box[Image]],
        region: Box[Image] | None,
        tolerance: Tolerance,
        hinting: bool,
        timeout_s: float,
    ) -> None:
        """Wait until the display looks as it does in a stored picture; see `Screen.expect_image`.

        Raises:
            ExpectationError: if it does not come to look so.
            UsageError: if the name will not do, or a baseline can be neither read nor written.
        """
        size = self.look().size
        part = size.box if region is None else region
        inside = moved(masks_of(masks), part)

        def cut() -> Screenshot:
            pixels = self.look().pixels[part.y0 : part.y1, part.x0 : part.x1]
            return Screenshot(pixels)

        masking = Masking(inside, tolerance, self.read, hinting)
        watch = Watch(cut, masking, self.clock)
        path = self.baselines.path(name, size)
        expected = self._stored(name, size)
        if expected is None:
            if not self.baselines.write_new:
                raise self._unknown(name, path, cut())
            self.baselines.write(name, size, self._rested(watch, name, timeout_s))
            return
        if expected.size != part.size:
            if not self.baselines.update:
                raise self._of_another_size(name, path, expected, cut())
            self.baselines.write(name, size, self._rested(watch, name, timeout_s))
            return
        if not self.baselines.update:
            sighting = watch.until_matched(expected, timeout_s)
            if not sighting.matched:
                raise self._different(name, path, expected, sighting, watch, part)
            return
        if not watch.until_matched(expected, timeout_s, enough_s=_ENOUGH_S).matched:
            self.baselines.write(name, size, self._rested(watch, name, timeout_s))

    def _stored(self, name: str, size: Size[Image]) -> Screenshot | None:
        try:
            return self.baselines.load(name, size)
        except UsageError:
            if not self.baselines.update:
                raise
            return None  # what is damaged is replaced as what differs is

    def _rested(self, watch: Watch, name: str, timeout_s: float) -> Screenshot:
        rest = watch.until_still(_QUIET_S, max(timeout_s, 2 * _QUIET_S))
        if not rest.moving:
            return rest.picture
        marked = draw(rest.picture, [BoxMark(box, label="moving") for box in rest.moving])
        raise with_pictures(
            f'the screen does not come to rest, so no picture of it is stored as "{name}"',
            [f"it was still changing at {_boxes(rest.moving)}: mask what moves by itself"],
            keep(self.artifacts, name, {"moving": marked}),
        )

    def _unknown(self, name: str, path: Path, seen: Screenshot) -> ExpectationError:
        details = [f"there should be {path}"]
        others, near = self.baselines.others(name), self.baselines.near(name)
        if others:
            details.append(
                f"there are pictures of it for {listed(others)}, but not for {path.stem}"
            )
        elif near:
            details.append(f"there are baselines called {listed(near)}")
        details.append(
            "a missing one is not written while CI is set: run the test once without that, "
            f"look at the picture and commit it, or have it written with {_ACCEPT}"
        )
        kept = keep(self.artifacts, name, {"after": seen})
        return with_pictures(f'there is no baseline "{name}" to compare with', details, kept)

    def _of_another_size(
        self, name: str, path: Path, expected: Screenshot, seen: Screenshot
    ) -> ExpectationError:
        both = {"before": expected, "after": seen}
        kept = keep(self.artifacts, name, {"compared": side_by_side([*both.items()]), **both})
        return with_pictures(
            f'the picture "{name}" has {seen.size} pixels, and its baseline {expected.size}',
            [
                f"baseline: {path}",
                f"another region was stored; if this one is right: {_ACCEPT}",
            ],
            kept,
        )

    def _different(
        self,
        name: str,
        path: Path,
        expected: Screenshot,
        sighting: Sighting,
        watch: Watch,
        part: Box[Image],
    ) -> ExpectationError:
        seen, comparison = sighting.picture, sighting.comparison
        waited = f"after {sighting.waited_s:.1f} s"
        if comparison.same:
            sentence = f'the screen looks like the baseline "{name}" but keeps changing {waited}'
            details = ["what counts must be equal in two pictures in a row: mask what moves"]
        else:
            sentence = f'the screen does not look like the baseline "{name}" {waited}'
            there = [box.moved(part.x0, part.y0) for box in comparison.boxes]
            details = [f"{told(comparison, seen)}, at {_boxes(there)}"]
        details.append(f"baseline: {path}")
        idle = watch.masking.idle(expected, seen)
        if idle:
            details.append(f"found nowhere, so nothing is masked: {listed(map(str, idle))}")
        if not comparison.same:
            details.append(f"if it should look as it does now: {_ACCEPT}")
        hidden = watch.masking.hidden(expected, seen)
        shown = difference(expected, seen, comparison)
        shown = draw(shown, [BoxMark(box, label="masked", color="#7f7f7f") for box in hidden])
        three = {"before": expected, "after": seen, "difference": shown}
        compared = with_detail([*three.items()], comparison.boxes)
        pictures = {"compared": compared, **three}
        return with_pictures(sentence, details, keep(self.artifacts, name, pictures))


def told(comparison: Comparison, seen: Screenshot) -> str:
    """How much differs, in words."""
    share = comparison.pixels / seen.size.box.area
    percent = f"{share:.2%}" if share >= 0.0001 else "less than 0.01%"
    places = "one place" if len(comparison.boxes) == 1 else f"{len(comparison.boxes)} places"
    pixels = "1 pixel differs" if comparison.pixels == 1 else f"{comparison.pixels:,} pixels differ"
    return f"{pixels} ({percent}) in {places}"


def _boxes(boxes: Iterable[Box[Image]]) -> str:
    return listed(str(box) for box in boxes)
