"""Looks at a display as often as it can and writes down when it changed: the truth to compare with.

    python dense_watcher.py DISPLAY [x0,y0,x1,y1 ...]

The boxes are places that change by themselves and are painted over. Each line on stdin is answered
by one line of JSON: the changes since the line before, `[[after, by, checksum, box], ...]`. Each
became visible between the times `after` and `by` (`time.monotonic()`); the checksum is that of the
new picture, and the box holds all that changed. It shares no code with what it judges.
"""

import json
import select
import sys
import time
import zlib
from collections.abc import Iterable

import mss
import numpy as np
from numpy.typing import NDArray

PERIOD_S = 0.004


def masked(pixels: NDArray[np.uint8], boxes: Iterable[tuple[int, ...]]) -> NDArray[np.uint32]:
    """A picture's colours, one number a pixel, without what changes by itself."""
    words = pixels.view(np.uint32)[..., 0] & np.uint32(0xFFFFFF)
    for x0, y0, x1, y1 in boxes:
        words[y0:y1, x0:x1] = 0
    return words


def checksum(words: NDArray[np.uint32]) -> int:
    """A number that tells pictures apart."""
    return zlib.crc32(words.data)


def extent(changed: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The smallest box around what changed."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def main() -> None:
    boxes = [tuple(map(int, each.split(","))) for each in sys.argv[2:]]
    with mss.MSS(display=sys.argv[1]) as opened:

        def look() -> NDArray[np.uint32]:
            shot = opened.grab(opened.monitors[1])
            pixels = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
            return masked(pixels, boxes)

        changes: list[tuple[float, float, int, tuple[int, int, int, int]]] = []
        looked_at, seen = time.monotonic(), look()
        while True:
            if select.select([sys.stdin], [], [], PERIOD_S)[0]:
                if not sys.stdin.readline():
                    return
                print(json.dumps(changes), flush=True)
                changes = []
            now, newer = time.monotonic(), look()
            if not np.array_equal(newer, seen):
                by = time.monotonic()
                changes.append((looked_at, by, checksum(newer), extent(newer != seen)))
                seen = newer
            looked_at = now


if __name__ == "__main__":
    main()
