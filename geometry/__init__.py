"""Exact maps between a screen and what a vision model sees of it. Pure: no I/O, no dependencies."""

if __name__ != "trueclick.geometry":
    raise ImportError(f"import trueclick.geometry, not {__name__}")

from .catalogue import MODELS, ModelSpec, find_model
from .errors import Refusal, TrueclickError, UnknownModelError, UsageError
from .fit import HIGH_RESOLUTION, STANDARD, ResolutionLimits, fit, padded, visual_tokens
from .shapes import Box, Image, Model, Point, Screen, Size
from .transform import Axis, Transform
from .view import View

__all__ = [
    "HIGH_RESOLUTION",
    "MODELS",
    "STANDARD",
    "Axis",
    "Box",
    "Image",
    "Model",
    "ModelSpec",
    "Point",
    "Refusal",
    "ResolutionLimits",
    "Screen",
    "Size",
    "Transform",
    "TrueclickError",
    "UnknownModelError",
    "UsageError",
    "View",
    "find_model",
    "fit",
    "padded",
    "visual_tokens",
]
