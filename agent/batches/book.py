"""The journal and what it comes to, kept in step."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from .journal import Journal
from .state import FORMAT, State


class Book:
    """What is known, and the one way to add to it.

    Args:
        journal: open.

    Attributes:
        state: what is known.

    Raises:
        BatchError: if the journal cannot be read or written.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.state = State.of(journal.records())
        if self.state.run is None:
            self.write({"kind": "begun", "format": FORMAT, "run": secrets.token_hex(4)})

    def write(self, *records: Mapping[str, Any], safe: bool = True) -> None:
        """Write down what has happened, or is about to.

        Args:
            *records: lines of the journal.
            safe: whether they are on the disk when this returns.

        Raises:
            BatchError: if they cannot be written.
        """
        self._journal.add(*records, safe=safe)
        for record in records:
            self.state.take(dict(record))
