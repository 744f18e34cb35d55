"""Which place of the present display is the one that was recorded.

On a display of another size a window manager centres, maximises or cuts off the same windows
elsewhere, so what was recorded is found again in its window, not on the display:

1. The windows of both are matched in the order in which they were opened. Unless there are as many
   of them, windows say nothing, and the display as a whole is mapped, in proportion.
2. A place in a window, the last opened one that has it, goes to the same place of its counterpart:
   by the same distance where both are of the same size, and in proportion where they are not. A
   window that the edge of one display cuts off goes on, unseen, in its old size.
3. A place beside all windows keeps its distance to the nearest one, of equals the last opened: a
   menu that sticks out of its window, a title bar. If it is not on the display there, or there are
   no windows, it keeps its place on the display, in proportion.

All maps are exact and composed, and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from fractions import Fraction

from trueclick.capture.compare import Comparison, Tolerance, compared
from trueclick.capture.encoding.scale import scaled
from trueclick.capture.rough import ROUGH, compared_roughly
from trueclick.capture.screenshot import Screenshot
from trueclick.geometry import (
    Axis,
    Box,
    Image,
    Model,
    Point,
    Refusal,
    Transform,
    UsageError,
    View,
)

from .layout import Layout, WindowPair


@dataclass(frozen=True, slots=True)
class Correspondence:
    """The map from a recorded screenshot to the present view.

    Attributes:
        recorded: the view in which the run was recorded.
        present: the view of the display that is there now.
        windows: each recorded window and its counterpart, in the order in which they were opened;
            none if they do not match.
        unmatched: the windows that have no counterpart, in pixels of the recorded capture.
    """

    recorded: View
    present: View
    windows: tuple[tuple[Box[Image], Box[Image]], ...] = ()
    unmatched: tuple[Box[Image], ...] = ()

    @classmethod
    def of(
        cls,
        recorded: View,
        recorded_windows: Sequence[Box[Image]] | None,
        present: View,
        present_windows: Sequence[Box[Image]] | None,
    ) -> Correspondence:
        """The map between two displays with these windows, in the order of their opening.

        Args:
            recorded: the recorded view.
            recorded_windows: in pixels of its captures; `None` if unknown.
            present: the present view.
            present_windows: in pixels of its captures; `None` if unknown.
        """
        if recorded_windows is None or present_windows is None:
            return cls(recorded, present)
        if len(recorded_windows) == len(present_windows):
            # A trace may tell of windows beyond its display: only what can be shown is mapped.
            pairs = [
                (was.intersection(recorded.image.box), now.intersection(present.image.box))
                for was, now in zip(recorded_windows, present_windows, strict=True)
            ]
            shown = tuple((was, now) for was, now in pairs if was is not None and now is not None)
            lost = tuple(was for was, now in pairs if was is not None and now is None)
            return cls(recorded, present, shown, lost)
        back = Transform[Image, Image].between(present.image.box, recorded.image.box)
        new = (back.box(each) for each in present_windows[len(recorded_windows) :])
        return cls(recorded, present, unmatched=(*recorded_windows[len(present_windows) :], *new))

    @property
    def identical(self) -> bool:
        """Whether every pixel is itself: captures of one size, and no window known elsewhere."""
        return self.recorded.image == self.present.image and all(a == b for a, b in self.windows)

    def point(self, point: Point[Model]) -> Point[Model]:
        """Where a point of the recorded screenshot is in the present view.

        Raises:
            Refusal: if it is outside of the recorded screenshot, or what was there is beyond the
                present display's edge.
        """
        at = self.recorded.picture.to_source(point)
        for carry in self._maps(at):
            there = carry.point(point)
            if self.present.picture.content.contains(there):
                return there
        raise Refusal(f"{point} of the recorded screenshot is beyond the present display's edge")

    def box(self, box: Box[Model]) -> Box[Model]:
        """Where a region of the recorded screenshot is in the present view, rounded outward.

        The region goes with the window that has its centre; what is beyond the display's edge is
        left out.

        Raises:
            Refusal: if it is outside of the recorded screenshot, or all of what was there is beyond
                the present display's edge.
        """
        self.recorded.picture.to_source(box)
        at = self.recorded.picture.to_source(box.center)
        for carry in self._maps(at):
            there = carry.box(box).intersection(self.present.picture.content)
            if there is not None:
                return there
        raise Refusal(f"{box} of the recorded screenshot is beyond the present display's edge")

    def laid_out(self, expected: Screenshot, seen: Screenshot) -> Screenshot:
        """The present capture as the recorded display would show it, for `difference`.

        Each window is at its recorded place; what is not compared is as expected.

        Args:
            expected: the recorded screenshot, in the model's pixels.
            seen: the present capture, in device pixels.

        Raises:
            UsageError: if a picture is of another size.
        """
        self._require_sizes(expected, seen)
        if self.identical or not self.windows:
            return scaled(seen, self.recorded.model)
        return self._layout().laid_out(expected, seen)

    def compared(
        self,
        expected: Screenshot,
        seen: Screenshot,
        *,
        tolerance: Tolerance = Tolerance(),  # noqa: B008 - it is frozen
        masks: Iterable[Box[Model]] = (),
        packed: Callable[[Screenshot], Screenshot] | None = None,
    ) -> Comparison:
        """How the present display differs from what was recorded.

        Captures of one size with the same windows are compared pixel by pixel. Otherwise windows
        are compared with their counterparts, and nothing beside them: pixel by pixel where both
        are of the same size, roughly where they are not. Without windows that match, displays of
        different sizes are compared roughly as a whole, and differ if windows are known to have no
        counterpart.

        Args:
            expected: the recorded screenshot, in the model's pixels.
            seen: the present capture, in device pixels.
            tolerance: what is no difference.
            masks: what is not compared, in pixels of the recorded screenshot.
            packed: makes of a whole screenshot what was left of the recorded one when it was
                packed, if that loses something.

        Returns:
            The comparison, in pixels of the recorded screenshot.

        Raises:
            UsageError: if a picture is of another size.
        """
        self._require_sizes(expected, seen)
        hidden = [Box[Image](*astuple(mask)) for mask in masks]
        rough = Tolerance(
            channel=max(tolerance.channel, ROUGH.channel),
            pixels=tolerance.pixels,
            share=tolerance.share,
        )
        size = self.recorded.model
        if self.recorded.image == self.present.image and (self.identical or not self.windows):
            shown = scaled(seen, size)
            shown = shown if packed is None else packed(shown)
            return compared(expected, shown, tolerance=tolerance, masks=hidden)
        if self.unmatched:
            to_model = self.recorded.picture.transform.inverse()
            lost = (to_model.box(each).intersection(size.box) for each in self.unmatched)
            places = tuple(Box[Image](*astuple(each)) for each in lost if each is not None)
            return Comparison.everywhere(places, expected.size)
        if not self.windows:
            return compared_roughly(expected, seen, tolerance=rough, masks=hidden)
        layout = self._layout()
        exactly = layout.laid_out(expected, seen, scaled_windows=False)
        found = compared(expected, exactly, tolerance=tolerance, masks=hidden)
        if not layout.has_scaled:
            return found
        roughly = layout.laid_out(expected, seen, moved_windows=False)
        return found.joined(
            compared_roughly(expected, roughly, tolerance=rough, masks=hidden), tolerance
        )

    def _maps(self, at: Point[Image]) -> Iterable[Transform[Model, Model]]:
        """The maps that are tried in turn for what lies at a pixel of the recorded capture."""
        first, last = self.recorded.picture.transform, self.present.picture.transform.inverse()
        if self.identical:
            same = Axis(Fraction(1), Fraction(0))
            yield first.then(Transform[Image, Image](same, same)).then(last)
            return
        if self.windows:
            # The last of the nearest, which are 0 away where they have the point.
            pair = min(reversed(self.windows), key=lambda pair: _distance(pair[0], at))
            yield first.then(self._pair(pair).around(at)).then(last)
            if pair[0].contains(at):
                return
        whole = Transform[Image, Image].between(self.recorded.image.box, self.present.image.box)
        yield first.then(whole).then(last)

    def _layout(self) -> Layout:
        return Layout(self.recorded, tuple(self._pair(pair) for pair in self.windows))

    def _pair(self, pair: tuple[Box[Image], Box[Image]]) -> WindowPair:
        return WindowPair(self.recorded, pair[0], self.present, pair[1])

    def _require_sizes(self, expected: Screenshot, seen: Screenshot) -> None:
        wanted = ((expected.size, self.recorded.model), (seen.size, self.present.image))
        for given, due in wanted:
            if astuple(given) != astuple(due):
                raise UsageError(f"expected a picture of {due}, got one of {given}")


def _distance(box: Box[Image], point: Point[Image]) -> int:
    nearest = box.clamp(point)
    return max(abs(nearest.x - point.x), abs(nearest.y - point.y))
