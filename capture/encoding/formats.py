"""In which format a screenshot is sent: what each takes, and how many words it leaves legible.

Medians of a desktop of 1920x1080 (a page in Chromium, a table, a terminal) at 1456x819, packing
alone; and the share of all words that OCR still finds in text of 8 and of 6 px, on a quarter of
such a picture. Scaled by Pillow and not packed at all it leaves 0.998 and 0.756. `make bench`
measures anew.

    format          kilobytes    ms    at 8 px    at 6 px
    png                   877     5      0.998      0.755
    palette               203    14      0.998      0.761
    webp, lossless        638    33      0.998      0.755
    webp at 90            295    49      0.998      0.763
    jpeg at 90            474     8      0.998      0.775
    jpeg at 75            312     7      0.998      0.730
    jpeg at 50            222     7      0.983      0.616

Differences of up to two in a hundred are OCR's own. So a palette PNG costs no words and is the
smallest of all; lossy WebP is slower and larger, and JPEG larger and, below 90, less legible.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from trueclick.geometry import UsageError

Format: TypeAlias = Literal["png", "palette", "webp", "jpeg"]
MediaType: TypeAlias = Literal["image/png", "image/webp", "image/jpeg"]

MEDIA_TYPES: MappingProxyType[Format, MediaType] = MappingProxyType(
    {"png": "image/png", "palette": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}
)

LARGEST_EDGES: MappingProxyType[Format, int] = MappingProxyType(
    {"png": 2**31 - 1, "palette": 2**31 - 1, "webp": 16383, "jpeg": 65500}
)
"""The longest side, in pixels, that each format can hold; of JPEG, that libjpeg writes."""

FAST_LINK_MBIT_S = 100.0
"""From here on PNG is sent in any case: what another format would save is less than a tenth of a
second a step (at 1456x819 on 100 Mbit/s: 63 ms), and PNG keeps every colour."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What it takes to send a screenshot.

    Attributes:
        pack_ms: to pack it, after scaling.
        kilobytes: of the file, before base64.
    """

    pack_ms: float
    kilobytes: float

    def send_ms(self, link_mbit_s: float) -> float:
        """From the scaled picture to the last byte sent, in base64."""
        return self.pack_ms + self.kilobytes * 4 / 3 * 8 / link_mbit_s


MEASURED: MappingProxyType[Format, Cost] = MappingProxyType(
    {
        "png": Cost(5, 877),
        "palette": Cost(14, 203),
        "webp": Cost(33, 638),
        "jpeg": Cost(8, 474),
    }
)
"""The table above, without the words: WebP without loss, JPEG at 90."""


def format_for(link_mbit_s: float, *, exact: bool = False) -> Format:
    """The format in which a screenshot arrives first over a link.

    PNG from 100 Mbit/s on; below, the one of PNG, palette PNG and lossless WebP that takes least to
    pack and to send. JPEG and lossy WebP are never chosen: a palette PNG is smaller than either at
    a quality that leaves as many words legible.

    Args:
        link_mbit_s: what the link to the model carries upwards.
        exact: whether every colour must arrive as it is, which rules out the palette.

    Raises:
        UsageError: if the link's speed is not more than 0.
    """
    if not link_mbit_s > 0:
        raise UsageError(f"format_for needs link_mbit_s > 0, got {link_mbit_s}")
    if link_mbit_s >= FAST_LINK_MBIT_S:
        return "png"
    candidates: tuple[Format, ...] = ("png", "webp") if exact else ("png", "palette", "webp")
    return min(candidates, key=lambda name: MEASURED[name].send_ms(link_mbit_s))
