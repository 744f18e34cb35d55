"""Exact maps between a screen and what a vision model sees of it. Pure: no I/O, no dependencies."""

if __name__ != "trueclick.geometry":
    raise ImportError(f"import trueclick.geometry, not {__name__}")

from typing import TYPE_CHECKING

from .errors import Refusal, TrueclickError, UnknownModelError, UsageError
from .fit import binding_limits, fit
from .limits import (
    HIGH_RESOLUTION,
    STANDARD,
    ResolutionLimits,
    legacy_token_estimate,
    padded,
    visual_tokens,
)
from .picture import Picture
from .shapes import Box, Image, Model, Point, Screen, Size
from .transform import Axis, Transform
from .view import View

if TYPE_CHECKING:
    from .catalogue import MODELS, ModelSpec, Source, find_model
    from .conventions import Convention
    from .prices import Price
    from .requests import Finding, RequestCheck, RequestImage, check_request
    from .tiling import Merged, merge_boxes, merge_points, tiles

__all__ = [
    "HIGH_RESOLUTION",
    "MODELS",
    "STANDARD",
    "Axis",
    "Box",
    "Convention",
    "Finding",
    "Image",
    "Merged",
    "Model",
    "ModelSpec",
    "Picture",
    "Point",
    "Price",
    "Refusal",
    "RequestCheck",
    "RequestImage",
    "ResolutionLimits",
    "Screen",
    "Size",
    "Source",
    "Transform",
    "TrueclickError",
    "UnknownModelError",
    "UsageError",
    "View",
    "binding_limits",
    "check_request",
    "find_model",
    "fit",
    "legacy_token_estimate",
    "merge_boxes",
    "merge_points",
    "padded",
    "tiles",
    "visual_tokens",
]


def __getattr__(name: str) -> object:
    """Import what not every program needs when it is asked for: it doubles the time."""
    from importlib import import_module  # noqa: PLC0415

    homes = {
        "catalogue": ("MODELS", "ModelSpec", "Source", "find_model"),
        "conventions": ("Convention",),
        "prices": ("Price",),
        "requests": ("Finding", "RequestCheck", "RequestImage", "check_request"),
        "tiling": ("Merged", "merge_boxes", "merge_points", "tiles"),
    }
    for module, names in homes.items():
        if name in names:
            found = getattr(import_module(f".{module}", __name__), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
