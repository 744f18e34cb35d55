"""Claims about the screen: judged by a model, or recalled, and shown where they do not hold."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trueclick.capture import BoxMark, Screenshot, draw, encode
from trueclick.capture.compare import Tolerance
from trueclick.geometry import Box, Image, UsageError
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from ..desktop import Desktop
from ..escape import printable
from ..whole_file import whole_file
from .asking import lines_of, quoted
from .errors import ExpectationError
from .recordings import slug
from .verdicts import Question, Verdict, VerdictPlace, listed

if TYPE_CHECKING:
    from anthropic import Anthropic


class Claims:
    """The claims of one test.

    Args:
        folder: of the test's recordings.
        model: who judges.
        platform: where it is called.
        effort: how much it thinks.
        recall: whether a verdict of an earlier run counts.
        tolerance: what is no difference between two screens.
        asked: gives the client, given why; raises what says that no model may be asked.
        redacted: gives a text without secrets.
    """

    def __init__(
        self,
        folder: Path,
        *,
        model: str,
        platform: PlatformName,
        effort: Effort | None,
        recall: bool,
        tolerance: Tolerance,
        asked: Callable[[str], Anthropic],
        redacted: Callable[[str], str],
    ) -> None:
        self._folder = folder
        self._model = model
        self._platform: PlatformName = platform
        self._effort: Effort | None = effort
        self._recall = recall
        self._tolerance = tolerance
        self._asked = asked
        self._redacted = redacted
        self._number = 0

    def checked(
        self,
        claim: str,
        shown: Screenshot,
        desktop: Desktop,
        region: Box[Image] | None,
        *,
        keep: bool,
    ) -> Verdict:
        """The verdict on a claim.

        Args:
            claim: what should hold.
            shown: the display.
            desktop: where it is.
            region: the part that is judged.
            keep: whether a verdict counts that says that it does not hold: it is kept, and recalled
                the next time. Else the model is asked again.

        Raises:
            UsageError: if the region is not in the picture.
            the errors of `Agent.check`.
        """
        self._number += 1
        told = self._redacted("\n".join(lines_of(claim)))
        question = Question(told, self._model, region, _part(shown, region), desktop.view)
        place = VerdictPlace(self._folder, self._number, slug(told))
        if self._recall:
            with tempfile.TemporaryDirectory(prefix="trueclick-") as copy:
                known = place.recalled(question, self._tolerance, Path(copy, "verdict"))
            if known is not None and (known.holds or keep):
                return known
        client = self._asked(f"{quoted(told)} needs a model: there is no verdict on this screen")
        place.require_room()
        verdict = self._judged(question, client)
        if verdict.holds or keep:
            place.keep(question, verdict)
        return verdict

    def failure(
        self,
        claim: str,
        shown: Screenshot,
        verdict: Verdict,
        region: Box[Image] | None,
        artifacts: Path,
    ) -> ExpectationError:
        """The error that says that a claim does not hold, with a picture that shows why."""
        words = printable("; ".join(lines_of(claim)))
        lines = [
            f"it does not hold that “{words}”: {printable(verdict.reason)}",
            *filter(None, [listed(verdict.evidence)]),
            *(f"  {printable(text)}" for text in verdict.unplaced),
        ]
        marks = [BoxMark(each.box, label=each.what) for each in verdict.evidence]
        around = [] if region is None else [BoxMark(region, label="")]
        path = artifacts / f"check-{self._number:02}-{slug(self._redacted(claim))}.png"
        pictures: list[Path] = []
        with contextlib.suppress(OSError):  # the claim does not hold all the same
            artifacts.mkdir(mode=0o700, parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(encode(draw(shown, [*around, *marks])).data)
            pictures.append(path)
            lines.append(f"where that is seen: {path}")
        return ExpectationError(self._redacted("\n".join(lines)), pictures)

    def _judged(self, question: Question, client: Anthropic) -> Verdict:
        """What a model says."""
        from ..vision.checking import check  # noqa: PLC0415 - asks with the SDK

        found = check(
            question.claim,
            [question.shown],
            client=client,
            model=self._model,
            platform=self._platform,
            effort=self._effort,
        )
        told = self._redacted
        placed = [(each, question.evidence(each.box, told(each.what))) for each in found.evidence]
        outside = tuple(
            f"{each.box} is not on the screen ({told(each.what)})"
            for each, evidence in placed
            if evidence is None
        )
        return Verdict(
            holds=found.holds,
            reason=told(found.reason),
            evidence=tuple(evidence for _, evidence in placed if evidence is not None),
            usage=found.usage,
            usd=found.usd,
            unplaced=(*map(told, found.unplaced), *outside),
        )


def _part(shown: Screenshot, region: Box[Image] | None) -> Screenshot:
    """A part of a picture, with pixels of its own.

    Raises:
        UsageError: if it is not wholly in the picture.
    """
    if region is None:
        return shown
    if not shown.size.box.contains(region):
        raise UsageError(f"the region {region} is not inside of the {shown.size} capture")
    cut = shown.pixels[region.y0 : region.y1, region.x0 : region.x1]
    return Screenshot(np.ascontiguousarray(cut))
