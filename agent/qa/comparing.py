"""Two pictures from files, or two folders of them, compared: what differs, where and how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trueclick.capture import BoxMark, Comparison, Screenshot, difference, draw
from trueclick.capture.folder import pictures_among
from trueclick.geometry import UsageError

from .masks import Masking
from .showing import side_by_side, with_detail
from .structure import similarity


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two pictures, compared.

    Attributes:
        first: as it should be.
        second: as it is.
        comparison: of the two; `None` if they are of different sizes, which is a difference.
        similarity: of their structure, masked parts left out; `None` likewise.
    """

    first: Screenshot
    second: Screenshot
    comparison: Comparison | None
    similarity: float | None

    @classmethod
    def of(cls, first: Screenshot, second: Screenshot, masking: Masking) -> Pair:
        """The comparison of two pictures."""
        if first.size != second.size:
            return cls(first, second, None, None)
        comparison = masking.compared(first, second)
        if not comparison.pixels and not comparison.ignored:
            return cls(first, second, comparison, 1.0)
        masked = masking.masked(first, second)
        return cls(first, second, comparison, similarity(first, masked))

    @property
    def same(self) -> bool:
        """Whether they are the same within the tolerance."""
        return self.comparison is not None and self.comparison.same

    @property
    def share(self) -> float:
        """How much of the picture differs, from 0 to 1; all of it if the sizes do."""
        found = self.comparison
        return 1.0 if found is None else found.pixels / self.first.size.box.area

    def difference(self, masking: Masking) -> Screenshot:
        """A picture of what differs, of the first one's size; of two sizes, both."""
        if self.comparison is None:
            return self.side_by_side(masking)
        shown = difference(self.first, self.second, self.comparison)
        hidden = masking.hidden(self.first, self.second)
        return draw(shown, (BoxMark(box, label="masked", color="#7f7f7f") for box in hidden))

    def side_by_side(self, masking: Masking) -> Screenshot:
        """Before, after and, of one size, the difference, beside each other."""
        both = [("before", self.first), ("after", self.second)]
        if self.comparison is None:
            return side_by_side(both)
        three = [*both, ("difference", self.difference(masking))]
        return with_detail(three, self.comparison.boxes)


@dataclass(frozen=True, slots=True)
class Names:
    """What two folders hold.

    Attributes:
        both: the names of pictures that are in both.
        first_alone: of those that are in the first one alone.
        second_alone: of those that are in the second one alone.
    """

    both: tuple[str, ...]
    first_alone: tuple[str, ...]
    second_alone: tuple[str, ...]

    @classmethod
    def of(cls, first: Path, second: Path) -> Names:
        """The names in two folders and the folders in them, in alphabetical order.

        Raises:
            UsageError: if a folder cannot be read, or neither holds a picture.
        """
        ours, theirs = set(_pictures(first)), set(_pictures(second))
        if not ours | theirs:
            raise UsageError(f"neither {str(first)!r} nor {str(second)!r} holds a picture")
        groups = (ours & theirs, ours - theirs, theirs - ours)
        return cls(*(tuple(sorted(group)) for group in groups))


def _pictures(folder: Path) -> Iterator[str]:
    """The names of the pictures in a folder and below, links to folders not followed."""
    try:
        for path in pictures_among(folder.rglob("*")):
            yield str(PurePosixPath(*path.relative_to(folder).parts))
    except OSError as error:
        raise UsageError(f"{str(folder)!r} cannot be read: {error.strerror or error}") from error
