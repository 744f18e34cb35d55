"""In which format a screenshot is sent: what each costs in bytes, time and words.

PLACEHOLDER
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from trueclick.geometry import UsageError

Format: TypeAlias = Literal["png", "palette", "webp", "jpeg"]

MEDIA_TYPES: MappingProxyType[Format, str] = MappingProxyType(
    {"png": "image/png", "palette": "image/png", "webp": "image/webp", "jpeg": "image/jpeg"}
)

LARGEST_EDGES: MappingProxyType[Format, int] = MappingProxyType(
    {"png": 2**31 - 1, "palette": 2**31 - 1, "webp": 16383, "jpeg": 65500}
)
"""The longest side, in pixels, that each format can hold; of JPEG, that libjpeg writes."""

FAST_LINK_MBIT_S = 100.0
"""From here on PNG is sent in any case: what another format would save is less than a tenth of a
second a step, and PNG is exact."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What it takes to send a screenshot.

    Attributes:
        encode_ms: for packing, after scaling.
        kilobytes: of the file, before base64.
    """

    encode_ms: float
    kilobytes: float

    def send_ms(self, link_mbit_s: float) -> float:
        """From the scaled picture to the last byte sent, in base64."""
        return self.encode_ms + self.kilobytes * 4 / 3 * 8 / link_mbit_s


MEASURED: MappingProxyType[Format, Cost] = MappingProxyType(
    {
        "png": Cost(4.5, 877),
        "palette": Cost(14, 203),
        "webp": Cost(39, 680),
        "jpeg": Cost(9, 474),
    }
)
"""Medians at 1456x819, as in the table above; WebP is the lossless one."""


def format_for(link_mbit_s: float, *, exact: bool = False) -> Format:
    """The format in which a screenshot arrives first over a link.

    PNG from 100 Mbit/s on; below, the one of PNG, palette PNG and lossless WebP that takes least to
    encode and to send. JPEG and lossy WebP are never chosen: a palette PNG is smaller than either
    at a quality that leaves as many words legible.

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
