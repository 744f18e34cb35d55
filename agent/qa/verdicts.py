"""Verdicts on a screen, and those of an earlier run that still hold.

    recordings/<test>/check-<nn>-<claim>/verdict.json and images/

A verdict is recalled if the same model has judged the same claim on the same screen: it would be
paid for again, and might come out otherwise for no reason of the program's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trueclick.capture import Screenshot, encode, read_image
from trueclick.capture.compare import Tolerance, compared
from trueclick.geometry import Box, Image, Model, Picture, Screen, Size, UsageError, View

from ..escape import printable
from ..trace import TraceError
from ..trace.images import ImageFolder
from ..usage import Usage
from .kept import Kept, RecordingError

MAIN = "verdict.json"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that shows whether a claim holds.

    Attributes:
        box: in pixels of the display's capture.
        screen: the same place in pointer coordinates, rounded outward.
        what: what is there, in the model's words.
    """

    box: Box[Image]
    screen: Box[Screen]
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim about the screen holds. The words are the model's: data, for people to read.

    Attributes:
        holds: whether all of it does.
        reason: why, in a sentence or two.
        evidence: where that is seen, each place wholly on the screen.
        usage: what the question used; nothing if it was recalled.
        usd: what it cost at list price, or `None` if that is unknown.
        unplaced: evidence that lies nowhere on the screen, a sentence each.
        recalled: whether no model was asked: it had said so of the same screen in an earlier run.
    """

    holds: bool
    reason: str
    evidence: tuple[Evidence, ...] = ()
    usage: Usage = field(default_factory=Usage)
    usd: Decimal | None = Decimal(0)
    unplaced: tuple[str, ...] = ()
    recalled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked.

    Attributes:
        claim: the claim, without secrets.
        model: who judges.
        region: the part of the capture that is judged; the whole by default.
        shown: that part.
        view: the display's.
    """

    claim: str
    model: str
    region: Box[Image] | None
    shown: Screenshot
    view: View

    def evidence(self, box: Box[Image], what: str) -> Evidence | None:
        """A place of the part that is judged on the screen; `None` if it does not lie in it.

        Args:
            box: in pixels of `shown`.
            what: what is there.
        """
        if not self.shown.size.box.contains(box):
            return None
        x, y = (0, 0) if self.region is None else (self.region.x0, self.region.y0)
        whole = Box[Image](box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)
        image = self.view.image
        unscaled = Picture[Image].of(image.box, Size[Model](image.width, image.height))
        on_screen = self.view.showing(unscaled).to_screen(
            Box[Model](whole.x0, whole.y0, whole.x1, whole.y1)
        )
        return Evidence(whole, on_screen, what)

    def box_in(self, evidence: Evidence) -> Box[Image]:
        """The place in pixels of `shown`."""
        x, y = (0, 0) if self.region is None else (self.region.x0, self.region.y0)
        box = evidence.box
        return Box[Image](box.x0 - x, box.y0 - y, box.x1 - x, box.y1 - y)


class VerdictPlace:
    """Where the verdict on one claim belongs.

    Args:
        around: the test's folder.
        number: which claim of the test it is, counted from 1.
        slug: the claim in a folder's name.

    Attributes:
        folder: where.
    """

    def __init__(self, around: Path, number: int, slug: str) -> None:
        self._prefix = f"check-{number:02}-"
        self.folder = around / f"{self._prefix}{slug}"
        self._kept = Kept(self.folder, MAIN)

    def recalled(self, question: Question, tolerance: Tolerance, into: Path) -> Verdict | None:
        """The verdict on the same question about the same screen, if there is one.

        Args:
            question: what is asked.
            tolerance: what is no difference between two screens.
            into: an empty folder, for a copy.

        Raises:
            RecordingError: if what was kept cannot be read.
        """
        if not self._kept.copied(into):
            return None
        try:
            stored = _Stored.model_validate(json.loads((into / MAIN).read_bytes()))
            if stored.question != _fields(question):
                return None
            picture = read_image(ImageFolder(into).load(stored.screen))
            if picture.size != question.shown.size:
                return None
            if not compared(picture, question.shown, tolerance=tolerance).same:
                return None
            places = [(Box[Image](*each.box), each.what) for each in stored.evidence]
        except (ValueError, RecursionError, UsageError, TraceError, ValidationError) as error:
            raise self._damaged() from error
        evidence = [question.evidence(box, what) for box, what in places]
        if None in evidence:
            raise self._damaged()
        return Verdict(
            holds=stored.holds,
            reason=stored.reason,
            evidence=tuple(each for each in evidence if each is not None),
            unplaced=tuple(stored.unplaced),
            recalled=True,
        )

    def require_room(self) -> None:
        """Make sure that a verdict can be kept.

        Raises:
            UsageError: if the folder cannot be written.
            RecordingError: if a link leads elsewhere.
        """
        self._kept.require_room()

    def keep(self, question: Question, verdict: Verdict) -> None:
        """Keep a verdict, in place of the one that was kept here.

        Raises:
            RecordingError: if it cannot be written; what was there is as it was.
        """
        picture = encode(question.shown).data
        name = f"{hashlib.sha256(picture).hexdigest()}.png"  # as `ImageFolder` names it
        stored = {
            "question": _fields(question),
            "screen": name,
            "holds": verdict.holds,
            "reason": verdict.reason,
            "evidence": [
                {"box": _numbers(question.box_in(each)), "what": each.what}
                for each in verdict.evidence
            ],
            "unplaced": list(verdict.unplaced),
        }
        text = json.dumps(stored, indent=2)
        self._kept.keep(f"{text}\n".encode("ascii"), {name: picture})
        for other in self._kept.others(self._prefix):
            other.remove()

    def _damaged(self) -> RecordingError:
        return RecordingError(
            f"the verdict in {self.folder} is damaged: delete it, or ask anew with update=True"
        )


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _StoredEvidence(_Record):
    box: Annotated[list[int], Field(min_length=4, max_length=4)]
    what: str


class _Stored(_Record):
    question: dict[str, Any]
    screen: str
    holds: bool
    reason: str
    evidence: list[_StoredEvidence]
    unplaced: list[str]


def _fields(question: Question) -> dict[str, Any]:
    return {
        "claim": question.claim,
        "model": question.model,
        "region": None if question.region is None else _numbers(question.region),
    }


def _numbers(box: Box[Image]) -> Sequence[int]:
    return [box.x0, box.y0, box.x1, box.y1]


def listed(evidence: Iterable[Evidence]) -> str:
    """The places in words, a line each, which steers no terminal."""
    return "\n".join(f"  at {each.box}: {printable(each.what)}" for each in evidence)
