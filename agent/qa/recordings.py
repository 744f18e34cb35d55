"""The recordings of one test: for each task that it gives a model, the run that did it.

    recordings/<test>/<nn>-<task>/trace.jsonl and images/

`nn` counts the tasks of the test, so that one that is given twice has two recordings. A recording
is found by its number and the words of its task; one of another task at that place is replaced.
Names consist of letters, digits, dots, dashes and underscores, and are the same everywhere.

A recording may come from anybody who can change the repository, as the test itself does: it is read
as any trace is, and nothing in it is started, followed or shown unescaped.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trueclick.geometry import Box, Model, Size, UsageError

from ..trace import Story, Trace, TraceError, read_trace, story_of
from ..trace.layout import IMAGES, LINES
from .distilling import distilled
from .kept import Kept, RecordingError, named

_LONGEST = 40
"""Characters of a task in a folder's name."""

_LONGEST_TEST = 80


@dataclass(frozen=True)
class Recording:
    """A run that was kept, as it was read.

    Attributes:
        story: what it tells.
        task: what the model was told to do.
        text: the model's last words.
    """

    story: Story
    task: str
    text: str

    @property
    def screenshot(self) -> Size[Model]:
        """The size at which the model saw the screen."""
        return self.story.parts[0].view.model

    @property
    def steps(self) -> int:
        """How many steps were carried out."""
        return sum(step.performed for step in self.story.steps)


class Place:
    """Where the recording of one task belongs.

    Args:
        around: the test's folder.
        number: which task of the test it is, counted from 1.
        task: its words, without secrets.

    Attributes:
        folder: where.
    """

    def __init__(self, around: Path, number: int, task: str) -> None:
        self._prefix = f"{number:02}-"
        self.folder = around / f"{self._prefix}{slug(task)}"
        self._kept = Kept(self.folder, LINES)

    @property
    def others(self) -> tuple[Path, ...]:
        """Recordings of other tasks at this place."""
        return tuple(other.folder for other in self._kept.others(self._prefix))

    def read(self, into: Path) -> Recording | None:
        """The recording, copied into an empty folder: what others write meanwhile changes nothing.

        Raises:
            RecordingError: if it cannot be read, is damaged, or is none that a test keeps.
        """
        if not self._kept.copied(into):
            return None
        try:
            trace = read_trace(into)
            story = story_of(trace)
        except (TraceError, UsageError) as error:
            raise self._unusable(str(error)) from error
        if trace.cut or trace.result is None or trace.result.status != "done":
            raise self._unusable("it is cut off")
        sizes = {part.view.model for part in story.parts}
        if len(sizes) > 1 or not all(part.started.same_screen for part in story.parts[1:]):
            raise self._unusable("it is of several screens")
        if not all(size.box.contains(box) for size in sizes for box in trace.hidden):
            raise self._unusable("it hides what is not on its screen")
        return Recording(story, story.parts[0].started.task, trace.result.text)

    def require_room(self) -> None:
        """Make sure that a recording can be kept.

        Raises:
            UsageError: if the folder cannot be written.
            RecordingError: if a link leads elsewhere.
        """
        self._kept.require_room()

    def keep(self, trace: Trace, hidden: Iterable[Box[Model]] = ()) -> Path:
        """Keep a run in place of what was kept here, all of it or nothing; the folder.

        Args:
            trace: of the run, which was done.
            hidden: what is painted over in all its pictures, if the trace itself does not tell.

        Raises:
            RecordingError: if it cannot be written; what was there is as it was.
            TraceError: if a picture of the trace has been damaged.
        """
        content = distilled(trace, hidden)
        names = [name for name in sorted(named(content)) if (trace.folder / IMAGES / name).exists()]
        self._kept.keep(content, {name: trace.image(name) for name in names})
        for other in self._kept.others(self._prefix):
            other.remove()
        return self.folder

    def _unusable(self, why: str) -> RecordingError:
        return RecordingError(
            f"the recording in {self.folder} cannot be replayed: {why}; delete it, or record it "
            "anew with update=True"
        )


class Recordings:
    """The recordings of a test.

    Args:
        root: the folder of all tests' recordings.
        name: the test's, such as the one that pytest gives it.

    Attributes:
        folder: the test's.

    Raises:
        UsageError: if the name is empty.
    """

    def __init__(self, root: Path, name: str) -> None:
        if not name.strip():
            raise UsageError("the name of a test is empty: its recordings need one")
        self.folder = root / folder_name(name)

    def place(self, number: int, task: str) -> Place:
        """Where the recording of a task belongs.

        Args:
            number: which task of the test it is, counted from 1.
            task: its words, without secrets.
        """
        return Place(self.folder, number, task)


def slug(text: str) -> str:
    """Words as a part of a file's name: its letters and digits, in lower case, not too many."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")
    return (
        words[:_LONGEST].rstrip("-")
        or hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    )


def folder_name(name: str) -> str:
    """A test's name as that of one folder. Names that differ have folders that do.

    A name that has to be changed for that gets a few digits of its hash.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:_LONGEST_TEST]
    if plain == name:
        return plain
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{plain}-{digest}" if plain else digest
