"""The Files API: what was uploaded once may be shown in many requests by its id.

Held to the documentation ("Files API", and `anthropic` 2.11.0 for the form of what travels, both
read on 2026-11-22): a file has at most 500 MB, its name is the last part of the path that was
sent, it may be given an end of between an hour and ninety days, and a list is paged by a cursor or
asks for at most 100 ids. What was uploaded is never given back: nobody can download it.

The SDK has these calls without a beta header as well as with one, so none is asked for here; a
request for a message that shows a file needs one (`trueclick.agent.testing.rules.images`).

Not modelled: the 500 GB of an organization, and what may stand in a file's name. An id that was
never given out here is taken for a file of before, of unknown size; that of a file which is gone
is refused with a 404, in requests for messages too, where the documentation does not say how.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from trueclick.capture import Clock

from .content import Json
from .moments import Calendar
from .pixels import FileId, Measured, measured
from .problem import Problem

MOST_BYTES = 500_000_000
"""Of a file."""

LIFETIMES_S = (3600, 7_776_000)
"""The shortest and the longest life that a file may be given."""

MOST_IDS = 100
"""That a list may ask for."""

PAGE, LARGEST_PAGE = 20, 1000
"""Files in a page of a list, if nothing is said, and at most."""

NUMBER = re.compile(r"[0-9]{1,9}")
"""A number in an address or a form. Python reads none of thousands of digits."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file.

    Attributes:
        id: given out by the API.
        name: of the file, without folders.
        mime_type: as it was declared, or else by its content.
        bytes: how many it has.
        created: when, in seconds of the clock.
        expires: when it is gone, if ever.
        measured: the image that it holds, or `None`.
    """

    id: str
    name: str
    mime_type: str
    bytes: int
    created: float
    expires: float | None
    measured: Measured | None


class Files:
    """All of a workspace.

    Args:
        clock: by which they expire.

    Attributes:
        uploads: how many files were ever taken.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calendar = Calendar(clock)
        self._stored: dict[str, StoredFile] = {}
        self._gone: set[str] = set()
        self.uploads = 0

    @property
    def stored(self) -> tuple[StoredFile, ...]:
        """Those that are there, the newest first."""
        now = self._clock.now()
        for file in list(self._stored.values()):
            if file.expires is not None and file.expires <= now:
                self.vanish(file.id)
        return tuple(reversed(self._stored.values()))

    def vanish(self, file_id: str) -> None:
        """Let a file be gone, as if somebody else had deleted it."""
        if self._stored.pop(file_id, None) is not None:
            self._gone.add(file_id)

    def upload(
        self, name: str, mime_type: str | None, data: bytes, lifetime_s: int | None
    ) -> Json | Problem:
        """Keep a file.

        Args:
            name: as it was sent, maybe a path.
            mime_type: as it was declared.
            data: its content.
            lifetime_s: after how many seconds it is to be gone.
        """
        if len(data) > MOST_BYTES:
            return Problem("Request exceeds the maximum size", 413, "request_too_large")
        if not data:
            return Problem("file: File is empty")
        least, most = LIFETIMES_S
        if lifetime_s is not None and not least <= lifetime_s <= most:
            return Problem(f"expires_in_seconds: Input should be between {least} and {most}")
        now = self._clock.now()
        seen = measured(data)
        kind = mime_type or (seen.media_type if seen else "application/octet-stream")
        file = StoredFile(
            id=f"file_{uuid.uuid4().hex[:24]}",
            name=name.replace("\\", "/").rpartition("/")[2] or "unnamed",
            mime_type=kind,
            bytes=len(data),
            created=now,
            expires=None if lifetime_s is None else now + lifetime_s,
            measured=seen,
        )
        self._stored[file.id] = file
        self.uploads += 1
        return self._told(file)

    def about(self, file_id: str) -> Json | Problem:
        """What is known of a file."""
        file = self._found(file_id)
        return file if isinstance(file, Problem) else self._told(file)

    def delete(self, file_id: str) -> Json | Problem:
        """Let go of a file."""
        file = self._found(file_id)
        if isinstance(file, Problem):
            return file
        self.vanish(file_id)
        return {"id": file_id, "type": "file_deleted"}

    def list(self, query: Mapping[str, list[str]]) -> Json | Problem:
        """A page of the files, the newest first.

        Args:
            query: of the address: `ids[]`, or else `limit` and `page`.
        """
        ids = [*query.get("ids[]", []), *query.get("ids", [])]
        if ids:
            if len(set(ids)) > MOST_IDS:
                return Problem(f"ids: at most {MOST_IDS} ids are permitted")
            if "page" in query or "limit" in query:
                return Problem("ids: cannot be combined with `page` or `limit`")
            found = [self._told(file) for file in self.stored if file.id in ids]
            return {"data": found, "next_page": None}
        limit, page = query.get("limit", [str(PAGE)])[0], query.get("page", ["page_0"])[0]
        if not NUMBER.fullmatch(limit) or not 1 <= int(limit) <= LARGEST_PAGE:
            return Problem(f"limit: Input should be between 1 and {LARGEST_PAGE}")
        start = page.removeprefix("page_")
        if not NUMBER.fullmatch(start):
            return Problem("page: not a cursor")
        first, after = int(start), int(start) + int(limit)
        stored = self.stored
        return {
            "data": [self._told(file) for file in stored[first:after]],
            "next_page": f"page_{after}" if after < len(stored) else None,
        }

    def shown(self, file_id: str) -> FileId | Problem:
        """What stands for a file in a request that shows it."""
        given = FileId(file_id)
        given.digest, given.measured = file_id, None
        if file_id in self._stored or file_id in self._gone:
            file = self._found(file_id)
            if isinstance(file, Problem):
                return file
            if file.measured is None:
                return Problem(f"file {file_id}: Could not process image")
            given.measured = file.measured
        return given

    def _found(self, file_id: str) -> StoredFile | Problem:
        for file in self.stored:
            if file.id == file_id:
                return file
        gone = file_id in self._gone
        return Problem(f"File not found: {file_id}", 404, "not_found_error", excused=gone)

    def _told(self, file: StoredFile) -> Json:
        return {
            "id": file.id,
            "type": "file",
            "filename": file.name,
            "mime_type": file.mime_type,
            "size_bytes": file.bytes,
            "created_at": self._calendar.text(file.created),
            "expires_at": self._calendar.text(file.expires),
            "downloadable": False,
        }
