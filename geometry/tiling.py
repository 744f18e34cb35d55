"""Images too large for one view: covered with tiles at native resolution, findings joined again.

For walls of 8K displays and captures of long pages: scaled into one view their text is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Generic, TypeVar

from .errors import UsageError
from .fit import limits_of
from .limits import PATCH, ResolutionLimits, visual_tokens
from .picture import Picture
from .shapes import Box, Model, Point, Size, require_integers

S = TypeVar("S")
W = TypeVar("W")

OVERLAP = 100
"""Pixels that neighbours share unless told otherwise: more than a line of text or a button is
high, and than most are wide."""


def tiles(
    size: Size[S], limits: ResolutionLimits | str, overlap: int = OVERLAP
) -> tuple[Picture[S], ...]:
    """As few pictures as cover an image at native resolution, row by row.

    They form a grid, each within `limits`, all of one size; of the grids with the fewest tiles
    it is the one with the fewest visual tokens. What is at most `overlap + 1` pixels wide and
    high is whole in one of them.

    Args:
        size: the image's.
        limits: the model's, or its id.
        overlap: the least that neighbours share, in pixels.

    Raises:
        UnknownModelError: if the id is unknown.
        UsageError: if the overlap is negative, or as large as a tile.
    """
    require_integers("tiles", overlap=overlap)
    if overlap < 0:
        raise UsageError(f"tiles need overlap >= 0, got {overlap}")
    columns, rows = _grid(size, limits_of(limits), overlap)
    return tuple(
        Picture[S].of(Box(x0, y0, x1, y1))
        for y0, y1 in _cut(size.height, rows, overlap)
        for x0, x1 in _cut(size.width, columns, overlap)
    )


@dataclass(frozen=True)
class Merged(Generic[W]):
    """One thing in an image, from all the tiles that show it.

    Attributes:
        where: its box or point in pixels of the image.
        members: what it was merged from: indexes into what was found.
    """

    where: W
    members: tuple[int, ...]


def merge_boxes(
    found: Sequence[tuple[Picture[S], Box[Model]]], *, min_iou: float = 0.5
) -> tuple[Merged[Box[S]], ...]:
    """Boxes found in tiles, in pixels of the image, and each thing once.

    Two boxes of different tiles are one thing if they agree where both tiles look: cut to the
    pixels that the tiles share, their intersection over union is at least `min_iou`. So what a
    tile's edge cuts in two is made whole. Boxes of one tile are never merged. Where things carry
    labels, merge those of one label at a time.

    Args:
        found: the tiles and the boxes in their pixels.
        min_iou: above 0 and at most 1.

    Raises:
        Refusal: if a box is not inside of its tile.
        UsageError: if `min_iou` makes no sense.
    """
    if isinstance(min_iou, bool) or not 0 < min_iou <= 1:
        raise UsageError(f"min_iou must be above 0 and at most 1, got {min_iou!r}")
    found = tuple(found)
    boxes = [tile.to_source(box) for tile, box in found]

    def likeness(i: int, j: int, shared: Box[S]) -> float:
        a, b = boxes[i].intersection(shared), boxes[j].intersection(shared)
        iou = a.iou(b) if a and b else 0.0
        return iou if iou >= min_iou else 0.0

    def is_near(index: int, shared: Box[S]) -> bool:
        return boxes[index].intersection(shared) is not None

    merged: list[Merged[Box[S]]] = []
    for members in _groups([tile for tile, _ in found], is_near, likeness):
        where = boxes[members[0]]
        for index in members[1:]:
            where = where.union(boxes[index])
        merged.append(Merged(where, members))
    return tuple(merged)


def merge_points(
    found: Sequence[tuple[Picture[S], Point[Model]]], *, within: int = 10
) -> tuple[Merged[Point[S]], ...]:
    """Points found in tiles, in pixels of the image, and each thing once.

    Two points of different tiles are one thing if both tiles show one of them and they are at
    most `within` pixels apart in each direction. Of several, the one that lies deepest inside of
    its tile is kept.

    Args:
        found: the tiles and the points in their pixels.
        within: at least 0.

    Raises:
        Refusal: if a point is outside of its tile.
        UsageError: if `within` makes no sense.
    """
    require_integers("merge_points", within=within)
    if within < 0:
        raise UsageError(f"merge_points needs within >= 0, got {within}")
    found = tuple(found)
    points = [tile.to_source(point) for tile, point in found]

    def likeness(i: int, j: int, shared: Box[S]) -> float:
        a, b = points[i], points[j]
        apart = _apart(a, b)
        near = apart <= within and (shared.contains(a) or shared.contains(b))
        return 1 / (1 + apart) if near else 0.0

    def is_near(index: int, shared: Box[S]) -> bool:
        nearest = shared.clamp(points[index])
        return _apart(points[index], nearest) <= within

    def depth(index: int) -> int:
        tile, point = found[index]
        right, below = tile.size.width - 1 - point.x, tile.size.height - 1 - point.y
        return min(point.x, point.y, right, below)

    return tuple(
        Merged(points[max(members, key=depth)], members)
        for members in _groups([tile for tile, _ in found], is_near, likeness)
    )


def _groups(
    shown_in: Sequence[Picture[S]],
    is_near: Callable[[int, Box[S]], bool],
    likeness: Callable[[int, int, Box[S]], float],
) -> list[tuple[int, ...]]:
    """Indexes of what is one thing, the likest joined first; never two of one tile.

    Args:
        shown_in: the tile of each thing; tiles of one region are one.
        is_near: whether a thing may be like one of another tile, given what the tiles share.
        likeness: of two things that may; 0 if they are not alike.
    """
    regions = [tile.region for tile in shown_in]
    of: dict[Box[S], list[int]] = {}
    for index, region in enumerate(regions):
        of.setdefault(region, []).append(index)
    alike: list[tuple[float, int, int]] = []
    for one, two in combinations(of, 2):
        shared = one.intersection(two)
        if shared is None:
            continue
        near_one = [i for i in of[one] if is_near(i, shared)]
        near_two = [j for j in of[two] if is_near(j, shared)]
        for i, j in product(near_one, near_two):
            if (grade := likeness(i, j, shared)) > 0:
                alike.append((-grade, min(i, j), max(i, j)))
    group = {index: [index] for index in range(len(regions))}
    for _, i, j in sorted(alike):
        mine, other = group[i], group[j]
        if mine is other or {regions[k] for k in mine} & {regions[k] for k in other}:
            continue
        mine += other
        for index in other:
            group[index] = mine
    whole = {id(members): tuple(sorted(members)) for members in group.values()}
    return sorted(whole.values())


def _apart(a: Point[S], b: Point[S]) -> int:
    return max(abs(a.x - b.x), abs(a.y - b.y))


def _grid(size: Size[S], limits: ResolutionLimits, overlap: int) -> tuple[int, int]:
    """How many columns and rows of tiles cover an image."""
    refusal = f"no tiles of {size} within {limits} can share overlap={overlap} pixels"
    fewest = _rows(size.width, _highest(1, limits), overlap)  # columns are cut as rows are
    if fewest is None:
        raise UsageError(refusal)
    best: tuple[int, int, int, int] | None = None
    # Each tile goes on by one pixel at least.
    for columns in range(fewest, max(size.width - overlap, 1) + 1):
        if best is not None and columns > best[0]:
            break
        width = _edge(size.width, columns, overlap)
        rows = _rows(size.height, _highest(width, limits), overlap)
        if rows is None:
            continue
        tile = Size[S](width, _edge(size.height, rows, overlap))
        grid = (columns * rows, columns * rows * visual_tokens(tile), columns, rows)
        best = grid if best is None else min(best, grid)
        if rows == 1:
            break  # further columns only add tiles
    if best is None:
        raise UsageError(refusal)
    return best[2], best[3]


def _edge(length: int, count: int, overlap: int) -> int:
    """The edge of each of `count` tiles that cover a length."""
    return -(-(length + (count - 1) * overlap) // count)


def _highest(width: int, limits: ResolutionLimits) -> int:
    """The height that a tile may have whose width is within the limits."""
    patches = min(limits.max_edge // PATCH, limits.max_tokens // -(-width // PATCH))
    return min(patches * PATCH, limits.ceiling or limits.max_edge)


def _rows(height: int, highest: int, overlap: int) -> int | None:
    """How many tiles of at most `highest` cover a height, or `None` if none do."""
    if height <= highest:
        return 1
    if highest <= overlap:
        return None
    return -(-(height - overlap) // (highest - overlap))


def _cut(length: int, count: int, overlap: int) -> list[tuple[int, int]]:
    """Where the tiles of one dimension start and end: evenly, from edge to edge."""
    edge = _edge(length, count, overlap)
    starts = [(length - edge) * index // max(count - 1, 1) for index in range(count)]
    return [(start, start + edge) for start in starts]
