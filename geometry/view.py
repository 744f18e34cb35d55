"""One display as one model sees it: every mapping from model to screen happens here.

    Screen  --capture-->  Image  --scaling-->  Model

A `View` is built once a session from the three sizes and passed around; nothing remembers "the
last screenshot". It refuses every point outside the picture that the model was shown: a clamped
click would hit something nobody aimed at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from .errors import Refusal, UsageError
from .fit import ResolutionLimits, fit
from .shapes import Box, Image, Model, Point, Screen, Size
from .transform import Transform

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class View:
    """A display, the size of its captures and the size of the images a model is shown of it.

    Attributes:
        display: where the display lies in pointer coordinates; its origin may be negative.
        image: the size of a capture in device pixels, any multiple of the display's.
        model: the size of the image that is sent.
    """

    display: Box[Screen]
    image: Size[Image]
    model: Size[Model]
    _to_screen: Transform[Model, Screen] = field(init=False, repr=False, compare=False)
    _to_model: Transform[Screen, Model] = field(init=False, repr=False, compare=False)
    _to_image: Transform[Model, Image] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        model = Box[Model].from_xywh(0, 0, self.model.width, self.model.height)
        image = Box[Image].from_xywh(0, 0, self.image.width, self.image.height)
        to_image = Transform[Model, Image].between(model, image)
        to_screen = to_image.then(Transform[Image, Screen].between(image, self.display))
        object.__setattr__(self, "_to_image", to_image)
        object.__setattr__(self, "_to_screen", to_screen)
        object.__setattr__(self, "_to_model", to_screen.inverse())

    @classmethod
    def fitted(cls, display: Box[Screen], image: Size[Image], limits: ResolutionLimits) -> View:
        """The view of a display at the largest size that a model with `limits` sees unscaled."""
        return cls(display, image, fit(image, limits))

    def to_screen(self, point: Point[Model]) -> Point[Screen]:
        """The pointer position under the centre of a pixel of the screenshot.

        Raises:
            Refusal: if the point is outside the screenshot; `(width, 0)` already is.
        """
        if not (0 <= point.x < self.model.width and 0 <= point.y < self.model.height):
            raise Refusal(f"{point} is outside the {self.model} screenshot")
        return self._to_screen.point(point)

    def to_model(self, point: Point[Screen]) -> Point[Model]:
        """The pixel of the screenshot that shows a pointer position.

        Raises:
            Refusal: if the position is not on this display.
        """
        if not self.display.contains(point):
            raise Refusal(f"the pointer at {point} is outside the display {self.display}")
        return self._to_model.point(point)

    def to_image(self, region: Box[Model]) -> Box[Image]:
        """The pixels of a capture that a region of the screenshot shows, rounded outward.

        Raises:
            Refusal: if the region is not inside the screenshot.
        """
        if not _inside(region, self.model):
            raise Refusal(f"the region {region} is not inside the {self.model} screenshot")
        return self._to_image.box(region)

    def zoomed(self, region: Box[Image]) -> Size[Model]:
        """The size at which a zoomed region is shown: aspect kept, within the screenshot's.

        Raises:
            UsageError: if the region is not inside the capture.
        """
        if not _inside(region, self.image):
            raise UsageError(f"the region {region} is not inside the {self.image} capture")
        width, height = self.model.width, self.model.height
        if width * region.height <= height * region.width:
            return Size(width, max(1, width * region.height // region.width))
        return Size(max(1, height * region.width // region.height), height)


def _inside(region: Box[S], size: Size[S]) -> bool:
    """Whether all of a region is in a picture of this size."""
    return min(region.x0, region.y0) >= 0 and region.x1 <= size.width and region.y1 <= size.height
