"""One display as one model sees it: every mapping from model to screen happens here.

    Screen  --capture-->  Image  --cut out, scale, pad-->  Model

A `View` is built once a session and passed around; nothing remembers "the last screenshot". It
refuses every point outside of what the model was shown: a clamped click would hit something
nobody aimed at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast, overload

from .errors import UsageError
from .fit import fit
from .limits import ResolutionLimits
from .picture import Align, Picture, inscribed
from .shapes import Box, Image, Model, Point, Screen, Size
from .transform import Transform

if TYPE_CHECKING:
    from .arrays import Integers


@dataclass(frozen=True, slots=True)
class View:
    """A display, the size of its captures, and the picture of it that a model is shown.

    Attributes:
        display: where the display lies in pointer coordinates; its origin may be negative.
        image: the size of a capture in device pixels, in any ratio to the display's.
        model: the size of the picture that is sent.
        picture: how that picture is made of the capture: all of it, scaled, if none is given.

    Raises:
        UsageError: if the picture is of another size, or of what is not in the capture.
    """

    display: Box[Screen]
    image: Size[Image]
    model: Size[Model]
    picture: Picture[Image] = cast("Picture[Image]", None)  # noqa: RUF009 - filled in below
    _on_screen: Picture[Screen] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if cast("Picture[Image] | None", self.picture) is None:
            object.__setattr__(self, "picture", Picture[Image].of(self.image.box, self.model))
        if self.picture.size != self.model:
            raise UsageError(f"the picture has {self.picture.size}, not {self.model}")
        if not self.image.box.contains(self.picture.region):
            raise UsageError(
                f"the region {self.picture.region} is not inside the {self.image} capture"
            )
        to_screen = Transform[Image, Screen].between(self.image.box, self.display)
        object.__setattr__(self, "_on_screen", self.picture.onto(to_screen))

    @classmethod
    def fitted(
        cls, display: Box[Screen], image: Size[Image], limits: ResolutionLimits | str
    ) -> View:
        """The view of a display at the largest size that a model sees unscaled.

        Args:
            display: where it lies in pointer coordinates.
            image: the size of its captures.
            limits: the model's, or its id.
        """
        return cls(display, image, fit(image, limits))

    def showing(self, picture: Picture[Image]) -> View:
        """The view of the same display through another picture of its capture."""
        return View(self.display, self.image, picture.size, picture)

    def cropped(self, region: Box[Image], limits: ResolutionLimits | str) -> View:
        """The view of a region that is sent alone: coordinates are relative to it.

        The region is shown in device resolution, or as large as a model with `limits` sees it.

        Raises:
            UsageError: if the region is not inside of the capture.
        """
        return self.showing(Picture[Image].of(region, fit(region.size, limits)))

    def letterboxed(self, canvas: Size[Model], *, x: Align = "center", y: Align = "center") -> View:
        """The view through this picture on a canvas of a fixed size; padding is refused.

        Args:
            canvas: the size that is sent.
            x: where the picture lies if the canvas is wider.
            y: where it lies if the canvas is higher.
        """
        return self.showing(self.picture.letterboxed(canvas, x=x, y=y))

    @overload
    def to_screen(self, what: Point[Model]) -> Point[Screen]: ...
    @overload
    def to_screen(self, what: Box[Model]) -> Box[Screen]: ...
    @overload
    def to_screen(self, what: Integers) -> Integers: ...
    def to_screen(
        self, what: Point[Model] | Box[Model] | Integers
    ) -> Point[Screen] | Box[Screen] | Integers:
        """Where a point, a box or each row of an `(N, 2)` integer array lies on the screen.

        A point goes to the pointer position under its pixel's centre, a box to the smallest one
        that covers it.

        Raises:
            Refusal: if it is not wholly in the screenshot; `(width, 0)` is not.
            UsageError: if it is none of the three.
        """
        return self._on_screen.to_source(what)

    @overload
    def to_model(self, what: Point[Screen]) -> Point[Model]: ...
    @overload
    def to_model(self, what: Box[Screen]) -> Box[Model]: ...
    @overload
    def to_model(self, what: Integers) -> Integers: ...
    def to_model(
        self, what: Point[Screen] | Box[Screen] | Integers
    ) -> Point[Model] | Box[Model] | Integers:
        """The pixels of the screenshot that show a point, a box or each row of an array.

        Raises:
            Refusal: if it is not wholly shown.
            UsageError: if it is none of the three.
        """
        return self._on_screen.from_source(what)

    def to_image(self, region: Box[Model]) -> Box[Image]:
        """The pixels of a capture that a region of the screenshot shows, rounded outward.

        Raises:
            Refusal: if the region is not inside the screenshot.
        """
        return self.picture.to_source(region)

    def zoomed(self, region: Box[Image]) -> Size[Model]:
        """The size at which a zoomed region is shown: aspect kept, within the screenshot's.

        The model's coordinates go on to mean the full screenshot.

        Raises:
            UsageError: if the region is not inside the capture.
        """
        if not self.image.box.contains(region):
            raise UsageError(f"the region {region} is not inside the {self.image} capture")
        return inscribed(region.size, self.model)
