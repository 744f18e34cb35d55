"""Claims and targets that consist of quoted texts, answered by reading the pictures.

    "Saved" is shown, no "Error"
    "Total: 42 EUR" in image 2

A claim is a list of such parts; each has one quoted text and a few plain words. A text is shown if
it stands in one of the images, and is not if it stands in none, unless the part names an image. It
must be there letter for letter, but for case, spaces and letters that look alike. Whatever else a
claim says is not understood, and refused; likewise a text of which only its neighbour may say
whether it is shown, or where: `"A" and "B" are not shown`, `no "A" and "B"`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ..testing.content import Json, blocks, part
from ..vision.forms import CLAIM, PLACES, TARGET, VERDICT, VERDICT_WITH_EVIDENCE
from ..vision.quoting import quoted, split_quotes
from .pixels import Pixels, decode
from .planner import Turn
from .words import Line, find, nearest, unread

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMS = '"Saved" is shown, no "Error", or "Total" in image 2'
"""What it understands, for people."""

_NOT = frozenset({"no", "not", "isn't", "aren't", "doesn't", "without", "never", "missing"})
_VERBS = frozenset(
    {
        *("is", "are", "be", "shown", "shows", "show", "visible", "seen", "displayed", "displays"),
        *("present", "appears", "appear", "does", "says", "reads", "read", "can"),
    }
)
_PLAIN = _VERBS | {
    *("a", "an", "the", "there", "it", "text", "texts", "word", "words", "on", "in", "at", "and"),
    *("screen", "picture", "page", "window", "image", "images", "any", "anywhere", "with"),
}
_OF_SEVERAL = frozenset({"are", "aren't", "appear"})
_IMAGE = re.compile(r"\bimage\s+([0-9]{1,3})\b", re.IGNORECASE)
_BREAK = re.compile(r"[,;.]\s|[,;.]\s*$|\band\b|\bbut\b")


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a claim.

    Attributes:
        text: what it is about.
        shown: whether it is said to be shown.
        image: in which image, counted from 0; `None` in any.
    """

    text: str
    shown: bool
    image: int | None


def asks_for_json(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for an answer of a form."""
    return part(body, "output_config").get("format") is not None


def judged(body: Mapping[str, Any], read: Callable[[Pixels], Sequence[Line]]) -> Turn:
    """The answer to a request that asks for a verdict or for places.

    Args:
        body: the request, checked.
        read: gives the lines of text on a picture.
    """
    schema = part(part(body, "output_config"), "format").get("schema")
    words = _last_text(body)
    sources = list(_sources(body))
    if any(source["type"] != "base64" for source in sources):
        return _refusal("I see no images by URL or file id: name a file.")
    if schema == PLACES and words.startswith(TARGET):
        target = quoted(words.removeprefix(TARGET))
        if target is None:
            return _refusal('I find texts in quotes alone, such as "Save".')
        return _answer({"found": _places(target, read(_pixels(sources[0])))})
    if schema in (VERDICT, VERDICT_WITH_EVIDENCE) and words.startswith(CLAIM):
        parts = read_claim(words.removeprefix(CLAIM))
        if parts is None:
            return _refusal(f"I judge by reading texts in quotes and understand no more: {FORMS}.")
        script = next(filter(None, (unread(said.text) for said in parts)), None)
        if script is not None:
            return _refusal(f"I read no {script} letters.")
        wrong = [said.image for said in parts if said.image is not None]
        if any(not 0 <= image < len(sources) for image in wrong):
            return _refusal(f"The claim names an image that is not among the {len(sources)}.")
        verdict = _verdict(parts, [read(_pixels(source)) for source in sources])
        if schema == VERDICT:
            del verdict["evidence"]
        return _answer(verdict)
    return _refusal("I answer checks and locates alone: this asks for something else.")


def read_claim(claim: str) -> tuple[Said, ...] | None:
    """The parts of a claim, or `None` if there is anything in it that is not understood."""
    bare, texts = split_quotes(claim)
    if not all(texts):
        return None
    parts: list[_Part] = []
    for piece in _BREAK.split(bare):
        count = piece.count('"')
        if count == 0 and not piece.strip():
            continue
        if count != 1:
            return None
        named = _IMAGE.search(piece)
        before, after = (_words(side) for side in _IMAGE.sub(" ", piece).split('"'))
        words = [*before, *after]
        if not _PLAIN.union(_NOT).issuperset(words):
            return None
        negations = sum(word in _NOT for word in words)
        if negations > 1:
            return None
        image = int(named[1]) - 1 if named else None
        parts.append(
            _Part(
                Said(texts[len(parts)], negations == 0, image),
                says_nothing=_VERBS.isdisjoint(words) and not negations,
                of_several=not _OF_SEVERAL.isdisjoint(after),
                denies_after=not _NOT.isdisjoint(after),
            )
        )
    if _leans(parts) or _leans_back(parts):
        return None
    return tuple(each.said for each in parts) or None


@dataclass(frozen=True, slots=True)
class _Part:
    said: Said
    says_nothing: bool
    """Not even whether the text is shown: that is understood, or said of several at once."""
    of_several: bool
    denies_after: bool


def _leans(parts: Sequence[_Part]) -> bool:
    """Whether what a later part says may be meant of an earlier text as well."""
    later: _Part | None = None
    for each in reversed(parts):
        if each.says_nothing and later is not None:
            elsewhere = later.said.image is not None and each.said.image is None
            if later.denies_after or elsewhere:
                return True
        if not each.says_nothing or each.said.image is not None:
            later = each
    return False


def _leans_back(parts: Sequence[_Part]) -> bool:
    """Whether what an earlier part says may be meant of a later text as well."""
    earlier: _Part | None = None
    for each in parts:
        if earlier is not None and (each.says_nothing or each.of_several) and each.said.shown:
            placed = each.said.image is not None and earlier.said.image is not None
            elsewhere = earlier.said.image is not None and each.said.image is None
            if (not earlier.said.shown and not placed) or (elsewhere and each.says_nothing):
                return True
        if not each.says_nothing or each.said.image is not None:
            earlier = each
    return False


def _words(text: str) -> list[str]:
    return text.casefold().replace("’", "'").split()


def _verdict(parts: Sequence[Said], pages: Sequence[Sequence[Line]]) -> Json:
    reasons: list[str] = []
    evidence: list[Json] = []
    holds = True
    for said in parts:
        at = range(len(pages)) if said.image is None else [said.image]
        found = [
            (i, place)
            for i in at
            for place in find(said.text, pages[i], loose=False, doubtful=not said.shown)
        ]
        where = "" if said.image is None else f" in image {said.image + 1}"
        reasons.append(f'"{said.text}" is {"" if found else "not "}shown{where}')
        if not found and said.shown:
            lines = [line for i in at for line in pages[i]]
            close = ", ".join(f'"{text}"' for text in nearest(said.text, lines))
            reasons[-1] += f" (nearest: {close})" if close else ""
        holds = holds and bool(found) == said.shown
        evidence += [
            {"image": i + 1, "box": _numbers(place), "what": place.text} for i, place in found
        ]
    return {"reason": f"{'; '.join(reasons)}.", "holds": holds, "evidence": evidence}


def _places(text: str, lines: Sequence[Line]) -> list[Json]:
    return [{"box": _numbers(place), "label": place.text} for place in find(text, lines)]


def _numbers(line: Line) -> list[int]:
    return [line.box.x0, line.box.y0, line.box.x1, line.box.y1]


def _last_text(body: Mapping[str, Any]) -> str:
    texts = [block for block in blocks(body["messages"][-1]) if block["type"] == "text"]
    return str(texts[-1]["text"]) if texts else ""


def _sources(body: Mapping[str, Any]) -> Iterator[Json]:
    for message in cast("list[Json]", body["messages"]):
        for block in blocks(message):
            if block["type"] == "image":
                yield block["source"]


def _pixels(source: Json) -> Pixels:
    return decode(base64.b64decode(source["data"]))


def _answer(value: Json) -> Turn:
    return Turn(json.dumps(value, ensure_ascii=False))


def _refusal(text: str) -> Turn:
    return Turn(text, stop="refusal")
