"""What every attempt imports, imported once: three seconds of a processor's time."""

from __future__ import annotations

import contextlib
from importlib import import_module

_OURS = (
    *("trueclick.agent.approval", "trueclick.agent.desktop", "trueclick.agent.launch"),
    *("trueclick.agent.local", "trueclick.agent.local.reader", "trueclick.agent.loop"),
    *("trueclick.agent.qa.screen", "trueclick.agent.replay.player", "trueclick.agent.report"),
    *("trueclick.agent.suite.attempt", "trueclick.agent.trace"),
)
_EXTRAS = ("cv2", "onnxruntime", "rapidocr")
"""Of the extra `local`, which need not be installed. None of them starts a thread on import."""


def preload() -> None:
    """Import it all."""
    for name in _OURS:
        import_module(name)
    for name in _EXTRAS:
        with contextlib.suppress(ImportError):
            import_module(name)
