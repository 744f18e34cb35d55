"""What every attempt imports, imported once: four seconds of a processor's time.

None of it may start a thread: attempts are forked off. An OCR engine of one thread starts none.
"""

from __future__ import annotations

import contextlib
from importlib import import_module

from trueclick.geometry import TrueclickError

from ..local.reader import load_engine

_OURS = (
    *("trueclick.agent.approval", "trueclick.agent.desktop", "trueclick.agent.launch"),
    *("trueclick.agent.local", "trueclick.agent.local.reader", "trueclick.agent.loop"),
    *("trueclick.agent.qa.screen", "trueclick.agent.replay.player", "trueclick.agent.report"),
    *("trueclick.agent.suite.attempt", "trueclick.agent.trace"),
)
_EXTRAS = ("cv2", "onnxruntime", "rapidocr")
"""Of the extra `local`, which need not be installed."""


def preload() -> None:
    """Import it all."""
    for name in _OURS:
        import_module(name)
    with contextlib.suppress(ImportError, TrueclickError):
        for name in _EXTRAS:
            import_module(name)
        load_engine(1)  # for what it imports alone: an engine is each attempt's own
