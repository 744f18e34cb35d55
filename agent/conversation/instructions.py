"""What the user says while a run goes on."""

from __future__ import annotations

import queue


class Instructions:
    """Words of the user's for the model, read with the next request. Any thread may add some."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()

    def add(self, text: str) -> None:
        """Say something; an empty text says nothing."""
        if text.strip():
            self._waiting.put(text)

    def taken(self) -> list[str]:
        """All that was said since this was last asked, oldest first."""
        texts: list[str] = []
        while True:
            try:
                texts.append(self._waiting.get_nowait())
            except queue.Empty:
                return texts
