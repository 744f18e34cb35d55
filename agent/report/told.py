"""What happened in a turn besides its calls, in words."""

from __future__ import annotations

from typing import Literal

from .. import wording
from ..events import Faulted, Instructed, Retried, Shortened

Kind = Literal["fault", "retry", "short", "said"]

_LEFT_OUT = {
    "pruned": "left out of the conversation",
    "cleared": "cleared by the API",
    "compacted": "replaced by a summary, with all that came before",
}

_WITHOUT_PICTURES = {
    "pruned": "earlier thinking was left out of the conversation: this model cannot read it",
    "cleared": "old results were cleared by the API",
    "compacted": "all that came before was replaced by a summary",
}


def told_of(event: Retried | Shortened | Instructed | Faulted) -> tuple[Kind, str]:
    """Its kind, and what it says, as it was told."""
    match event:
        case Faulted(source, text):
            return "fault", f"{source}: {text}"
        case Retried(reason, attempt, wait_s):
            wait = wording.duration(wait_s)
            return "retry", f"attempt {attempt} failed: {reason}; asked again after {wait}"
        case Shortened(how, images):
            if not images:
                return "short", _WITHOUT_PICTURES[how]
            return "short", f"{wording.counted(images, 'screenshot')} {_LEFT_OUT[how]}"
        case Instructed(text, question):
            return "said", text if question is None else f"{question}\n→ {text}"
