"""A run as a film: an animated GIF, or an MP4 where there is ffmpeg."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias, cast

from PIL import Image as Pillow

from trueclick.geometry import UsageError

from ..trace.story import Story
from ..whole_file import users_file
from .canvas import Canvas
from .gif import write_gif
from .mp4 import require_ffmpeg, write_mp4
from .scenes import Scene, scenes

FilmKind: TypeAlias = Literal["gif", "mp4"]

WIDTHS = range(160, 3841)


def film(
    story: Story,
    path: Path,
    *,
    kind: FilmKind | None = None,
    width: int = 960,
    speed: float = 1.0,
) -> None:
    """Write a film of a run: each step with what was done, and the model's words below.

    A GIF runs for ever, a last picture is held for some seconds. Texts of the trace are drawn, and
    mean nothing to anybody but a reader.

    Args:
        story: the run's.
        path: where to; what is there is replaced if it is a plain file, once the film is whole.
        kind: by default as `path` ends.
        width: in pixels; never wider than the screenshots.
        speed: 2 is twice as fast. At 1 a step takes about a second, and longer with much to read.

    Raises:
        UsageError: if the run has no step, a number makes no sense, the file cannot be written, or
            there is no ffmpeg for an MP4.
        TraceError: if a picture has been damaged since the trace was read.
    """
    kind = kind or cast("FilmKind", path.suffix.lower().removeprefix("."))
    if kind not in ("gif", "mp4"):
        raise UsageError(f"a film ends in .gif or .mp4, got {str(path)!r}")
    if width not in WIDTHS:
        raise UsageError(f"the width is from {WIDTHS[0]} to {WIDTHS[-1]} pixels, got {width}")
    shots = list(scenes(story, speed))
    ffmpeg = require_ffmpeg() if kind == "mp4" else ""
    canvas = Canvas(story.trace, story.parts[0].started.screenshot, width)
    with users_file(path) as file:
        if ffmpeg:
            write_mp4(Path(file.name), canvas.size, _drawn(canvas, shots), ffmpeg)
        else:
            samples = (canvas.draw(shot) for shot in _some(shots))  # each is let go of at once
            write_gif(file, canvas.size, samples, _drawn(canvas, shots))


def _drawn(canvas: Canvas, shots: Iterable[Scene]) -> Iterator[tuple[Pillow.Image, float]]:
    """Each picture, with the seconds for which it is shown."""
    for shot in shots:
        yield canvas.draw(shot), shot.seconds


_SAMPLES = 16


def _some(shots: list[Scene]) -> list[Scene]:
    """A few scenes from all over the film, those with marks and faults among them."""
    marked = [shot for shot in shots if shot.action is not None or shot.tone != "plain"] or shots
    step = max(1, len(marked) // _SAMPLES)
    bad = [shot for shot in marked if shot.tone == "bad"]
    return [*marked[::step], *bad[:1], shots[0], shots[-1]]
