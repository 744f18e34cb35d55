"""From the screen's pixels to the screenshot's, exactly: where a landing pixel is drawn.

A mark is no pixel: it may lie between two. So nothing is rounded here but what a float cannot hold.
"""

from __future__ import annotations

from trueclick.geometry import Image, Model, Screen, View
from trueclick.geometry.transform import Transform


def screen_to_screenshot(view: View) -> Transform[Screen, Model]:
    """The map from positions on the screen to positions in the picture that a model was shown."""
    to_image = Transform[Screen, Image].between(view.display, view.image.box)
    return to_image.then(view.picture.transform.inverse())


def as_numbers(transform: Transform[Screen, Model]) -> tuple[float, float, float, float]:
    """Scale and offset across, then down: pixel `x` is from `x * scale + offset` on, `scale` wide.

    The nearest floats: a 4K screen's pixels are less than a millionth of a pixel off.
    """
    x, y = transform.x, transform.y
    return float(x.scale), float(x.offset), float(y.scale), float(y.offset)
