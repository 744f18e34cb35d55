"""An MP4 by ffmpeg: pictures go in by its standard input, as many as there are moments."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from fractions import Fraction
from pathlib import Path

from PIL import Image as Pillow

from trueclick.geometry import Model, Size, TrueclickError, UsageError

from .scenes import TICK_S

_RATE = 1 / Fraction(TICK_S).limit_denominator(1000)

_ENCODERS = (
    ("libx264", ("-preset", "veryfast", "-crf", "20", "-tune", "animation")),
    ("libopenh264", ("-b:v", "2M")),
    ("mpeg4", ("-q:v", "3")),
)
"""What makes H.264, the best first; an ffmpeg without any has MPEG-4's older part 2."""

_ENDS_S = 60
"""For how long ffmpeg may go on when it has all pictures."""


def require_ffmpeg() -> str:
    """The path of ffmpeg.

    Raises:
        UsageError: if there is none.
    """
    found = shutil.which("ffmpeg")
    if found is None:
        raise UsageError(
            "an MP4 needs ffmpeg, and there is none on the path: install it "
            "(apt-get install ffmpeg), or export a .gif"
        )
    return found


def write_mp4(
    path: Path, size: Size[Model], pictures: Iterable[tuple[Pillow.Image, float]], ffmpeg: str
) -> None:
    """Write a video that any player can show from its beginning.

    Args:
        path: where to.
        size: of each picture, even in both directions.
        pictures: in RGB, with the seconds for which each is shown, whole numbers of `TICK_S`.
        ffmpeg: the program.

    Raises:
        TrueclickError: if ffmpeg fails.
    """
    encoder, quality = _encoder(ffmpeg)
    command = [
        *(ffmpeg, "-hide_banner", "-loglevel", "error", "-nostats", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", str(size)),
        *("-framerate", f"{_RATE.numerator}/{_RATE.denominator}", "-i", "pipe:0"),
        *("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        *("-c:v", encoder, *quality, "-movflags", "+faststart", "-an"),
        *("-f", "mp4", f"file:{path.resolve()}"),
    ]
    with tempfile.TemporaryFile() as words:
        with _running(command, words.fileno()) as program:
            _feed(program, pictures)
            status = program.wait(_ENDS_S)
        if status != 0:
            words.seek(0)
            told = words.read(2000).decode(errors="replace").strip().splitlines()
            why = told[-1] if told else f"it ended with status {status}"
            raise TrueclickError(f"ffmpeg cannot write {path.suffix[1:]}: {why}")


@contextlib.contextmanager
def _running(command: list[str], errors: int) -> Generator[subprocess.Popen[bytes]]:
    """Inside of the block a program runs; at its end it does not, whatever has happened."""
    program = subprocess.Popen(
        command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
    )
    try:
        yield program
    finally:
        if program.poll() is None:
            program.kill()
        program.wait()


def _feed(program: subprocess.Popen[bytes], pictures: Iterable[tuple[Pillow.Image, float]]) -> None:
    pipe = program.stdin
    if pipe is None:
        raise UsageError("the program was started without a standard input")
    with contextlib.suppress(BrokenPipeError), pipe:  # it says itself why it reads no more
        for picture, seconds in pictures:
            data = memoryview(picture.tobytes())
            for _ in range(round(seconds / TICK_S)):
                written = 0
                while written < len(data):
                    written += pipe.write(data[written:])


def _encoder(ffmpeg: str) -> tuple[str, tuple[str, ...]]:
    done = subprocess.run(
        [ffmpeg, "-hide_banner", "-encoders"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=_ENDS_S,
    )
    known = {words[1] for words in map(str.split, done.stdout.splitlines()) if len(words) > 1}
    for name, quality in _ENCODERS:
        if name in known:
            return name, quality
    raise TrueclickError("this ffmpeg makes no video that an MP4 can hold: export a .gif")
