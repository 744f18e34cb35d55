"""What the lines of a journal come to: what was sent, judged, has failed, or is in doubt.

A batch begins as an *intent*, on the disk before it is sent. It is then `sent` (it has an id),
`unsent` (it was never created, or is given up), or neither: nobody lived to write down which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast

from trueclick.geometry import Size

from ..usage import Usage
from .errors import BatchError
from .journal import Record, texts

Sizes: TypeAlias = tuple[tuple[Size[Any], Size[Any]] | None, ...]
"""Of each picture of a request, in its order: its own size and the one at which it was sent."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest batch of the workspace at some moment.

    Attributes:
        id: of the batch.
        created_at: as the API tells it, by its own clock.
    """

    id: str
    created_at: str


@dataclass(slots=True)
class Sending:
    """A batch that was sent, or was about to be.

    Attributes:
        tag: in the ids of its requests.
        keys: of its requests.
        sizes: of the pictures of each.
        newest: the batch that was the newest before it was sent, or `None` if there was none.
        base_url: where it was sent.
        account: tells the key with which it was sent from others, where there was one.
        id: given by the API, if that was written down.
        at: when it was created, by the API's clock.
        not_ours: batches that were looked at and are somebody else's.
        over: whether nothing more is to be expected of it.
    """

    tag: str
    keys: tuple[str, ...]
    sizes: Mapping[str, Sizes] = field(repr=False)
    newest: Newest | None
    base_url: str
    account: str | None = None
    id: str | None = None
    at: str | None = None
    not_ours: set[str] = field(default_factory=set[str])
    over: bool = False


@dataclass(slots=True)
class Upload:
    """A picture that was uploaded, or was about to be.

    Attributes:
        name: of the file.
        id: given by the API, if that was written down.
    """

    name: str
    id: str | None = None


@dataclass(slots=True)
class State:
    """All that is known.

    Attributes:
        run: tells this folder from others.
        sendings: every batch, by its tag, the oldest first.
        verdicts: what was said of each, by its key, as it was written down.
        failures: what failed and was not judged since, by its key.
        lost: what each answer used that held no verdict, by key.
        uploads: by the digest of the picture.
        asked: what tells the questions that were asked from others.
    """

    run: str | None = None
    sendings: dict[str, Sending] = field(default_factory=dict[str, Sending])
    verdicts: dict[str, Record] = field(default_factory=dict[str, Record])
    failures: dict[str, Record] = field(default_factory=dict[str, Record])
    lost: dict[str, list[Usage]] = field(default_factory=dict[str, list[Usage]])
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])
    asked: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, records: Iterable[Record]) -> State:
        """What lines come to.

        Raises:
            BatchError: if one of them makes no sense.
        """
        state = cls()
        for number, record in enumerate(records, 1):
            try:
                state.take(record)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise BatchError(f"line {number} of the state makes no sense") from error
        return state

    def take(self, record: Record) -> None:
        """Take a line into account.

        Raises:
            KeyError: if a field is missing; likewise `TypeError`, `ValueError` if it makes none.
        """
        match record["kind"]:
            case "begun":
                self._begun(record)
            case "asked":
                self.asked.update(texts([record["question"]]))
            case "sending":
                self._sending(record)
            case "sent":
                sending = self.sendings[record["tag"]]
                sending.id, sending.at = texts([record["id"], record["at"]])
            case "not ours":
                self.sendings[record["tag"]].not_ours.add(record["id"])
            case "unsent" | "over":
                self.sendings[record["tag"]].over = True
            case "verdict" | "failure":
                self._result(record)
            case "uploading" | "uploaded" | "gone":
                self._upload(record)
            case _:
                pass  # of a later version, which may add to what this one knows

    def knows(self, key: str) -> bool:
        """Whether it was written down what became of a request since it was sent last."""
        return key in self.verdicts or key in self.failures

    @property
    def on_their_way(self) -> list[Sending]:
        """Batches of which results are to be expected, or which are in doubt."""
        return [sending for sending in self.sendings.values() if not sending.over]

    @property
    def ids(self) -> set[str]:
        """Batches that are known to be ours."""
        return {sending.id for sending in self.sendings.values() if sending.id is not None}

    def _begun(self, record: Record) -> None:
        if record["format"] != FORMAT:
            raise BatchError(
                "the state was written by another version of trueclick (format "
                f"{record['format']}, this one knows {FORMAT})"
            )
        self.run = texts([record["run"]])[0]

    def _result(self, record: Record) -> None:
        key = record["key"]
        if key in self.verdicts:
            return  # it came to us twice
        if record["kind"] == "verdict":
            self.verdicts[key] = record
            self.failures.pop(key, None)
        else:
            self.failures[key] = record
            self.lost.setdefault(key, []).append(Usage(*map(int, record["usage"])))

    def _upload(self, record: Record) -> None:
        digest = record["digest"]
        match record["kind"]:
            case "uploading":
                self.uploads[digest] = Upload(*texts([record["name"]]))
            case "uploaded":
                self.uploads[digest].id = texts([record["id"]])[0]
            case _:
                self.uploads.pop(digest, None)

    def _sending(self, record: Record) -> None:
        tag, base_url = texts([record["tag"], record["base_url"]])
        requests = cast("list[list[Any]]", record["requests"])
        beside = _sizes(record["beside"])
        newest = record["newest"]
        self.sendings[tag] = Sending(
            tag=tag,
            keys=texts([request[0] for request in requests]),
            sizes={request[0]: (*beside, *_sizes(request[1:])) for request in requests},
            newest=None if newest is None else _newest(*texts(newest)),
            base_url=base_url,
            account=record.get("account"),
        )
        for key in self.sendings[tag].keys:
            self.failures.pop(key, None)


FORMAT: Literal[1] = 1
"""Of the lines."""


def _newest(batch_id: str, created_at: str) -> Newest:
    if datetime.fromisoformat(created_at).utcoffset() is None:
        raise ValueError("a time of no zone")
    return Newest(batch_id, created_at)


def _sizes(listed: Iterable[list[int] | None]) -> Sizes:
    return tuple(
        None
        if numbers is None
        else (Size[Any](numbers[0], numbers[1]), Size[Any](numbers[2], numbers[3]))
        for numbers in listed
    )
