"""The words that OCR finds on a picture."""

from __future__ import annotations

import os
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from rapidocr import RapidOCR

from .realistic import words


def words_read(picture: bytes | Image.Image) -> list[str]:
    """The words that OCR finds on a picture, or on one in a file."""
    opened = Image.open(BytesIO(picture)) if isinstance(picture, bytes) else picture
    found = _engine()(np.ascontiguousarray(np.asarray(opened.convert("RGB"))[..., ::-1]))
    return [word for line in found.txts or () for word in words(line)]


@cache
def _engine() -> Any:
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.max_side_len": 4000,
            # By default a small picture is enlarged before it is searched.
            "Det.limit_type": "max",
            "Det.limit_side_len": 4000,
            "EngineConfig.onnxruntime.intra_op_num_threads": min(os.cpu_count() or 1, 4),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
