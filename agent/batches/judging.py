"""Many pictures, each judged once: what is missing is sent, what was sent is waited for.

It may end at any point, by a signal, a fault or a power cut: the same call goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from trueclick.geometry import ModelSpec, UsageError, find_model

from .. import wording
from .book import Book
from .calling import Calls
from .collecting import collect, lost
from .errors import BatchError, UnsureError
from .estimate import estimated
from .events import Event, Looked, Noted, Packed, Polled, Watcher
from .journal import Journal
from .limits import Split
from .packing import Body, ahead, new_body, sizes_of
from .pictures import Known, Unreadable, known, named, prepared
from .question import Question, new_tag
from .report import Report, report_of
from .state import Sending
from .submitting import settle, submit
from .uploads import by_file, delete_all

if TYPE_CHECKING:
    import anthropic

    from ..vision.images import Prepared
    from ..vision.sources import Source

_FIRST_POLL_S = 1.0
_MOST_IN_VAIN = 8
"""How often in a row pictures are sent and no batch is created, before we give up."""


def _ignore(_: Event) -> None: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How it is done.

    Attributes:
        max_usd: what all of it may cost by our estimate, with what was paid before.
        retry: whether what failed before is sent again. An error was not paid, and even one of
            which the API says that the request is at fault may pass: an empty account is one.
        resend: whether batches of which nobody can tell whether they were created, and those that
            are not there any more, are given up and sent again; the user has looked.
        cancel: whether to cancel what goes on, and to send nothing.
        keep_files: whether uploaded pictures are left there.
        split: how large a batch is.
        poll_s: the longest time between two questions whether a batch is over.
        doubt_s: how long the API is given to create a batch of which no answer came.
    """

    max_usd: Decimal | None = None
    retry: bool = False
    resend: bool = False
    cancel: bool = False
    keep_files: bool = False
    split: Split = field(default_factory=Split)
    poll_s: float = 60.0
    doubt_s: float = 60.0


def judge_many(
    question: Question,
    sources: Sequence[Source | Path | str],
    *,
    client: anthropic.Anthropic,
    folder: Path,
    settings: Settings | None = None,
    watch: Watcher = _ignore,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Report:
    """Judge pictures through the Message Batches API; return when all results are there.

    Args:
        question: what is asked of each.
        sources: the pictures.
        client: the SDK's.
        folder: where it is written down what was sent and judged. The same folder, with the same
            or further pictures, goes on from there: a picture that was judged is not sent again.
        settings: how it is done.
        watch: told what happens.
        sleep: waits.
        now: the time, in seconds.

    Raises:
        UsageError: if the model is unknown, does not take what is asked for, or the estimate is
            over `max_usd`; nothing was sent then.
        BatchError: if it cannot go on. Nothing is lost.
        UnsureError: if a batch may have been created, and it cannot be found out.
    """
    pictures = [named(source) for source in sources]
    with Journal(folder) as journal:
        book = Book(journal)
        calls = Calls(client, watch, sleep)
        work = _Work(question, pictures, book, calls, settings or Settings(), watch, now, folder)
        return work.done()


class _Work:
    """One call of `judge_many`."""

    def __init__(
        self,
        question: Question,
        sources: Sequence[Source],
        book: Book,
        calls: Calls,
        settings: Settings,
        watch: Watcher,
        now: Callable[[], float],
        folder: Path,
    ) -> None:
        self._question = question
        self._spec: ModelSpec = find_model(question.model)
        self._book = book
        self._calls = calls
        self._settings = settings
        self._watch = watch
        self._now = now
        self._folder = folder
        self._names: list[tuple[Known | Unreadable, str | None]] = []
        self._pictures: dict[str, Known] = {}
        self._unread: dict[str, str] = {}
        for _, found in ahead(known, sources):
            key = question.key(found.digest) if isinstance(found, Known) else None
            self._names.append((found, key))
            if isinstance(found, Known) and key is not None:
                self._pictures.setdefault(key, found)
        self._again: set[str] = set()
        if settings.retry:
            self._again = {key for key in self._pictures if key in book.state.failures}

    def done(self) -> Report:
        """Send what is missing, and wait for all that was sent."""
        self._give_up_doubts()
        for sending in self._book.state.on_their_way:
            if sending.id is None:
                self._watch(
                    Noted(
                        f"a batch of {len(sending.keys)} may have been created when this was "
                        "interrupted: looking for it"
                    )
                )
                self._settle(sending)
            elif self._calls.batch(sending.id) is None:
                raise _not_there(sending)
        if self._settings.cancel:
            self._cancel()
        else:
            self._estimate()
        in_vain = 0
        while True:
            before = self._left()
            if not self._settings.cancel and (missing := self._missing()):
                self._send(missing)
            self._wait()
            if self._settings.cancel or not self._missing():
                break
            in_vain = 0 if self._left() < before else in_vain + 1
            if in_vain == _MOST_IN_VAIN:
                raise BatchError(f"batches were sent {in_vain} times and never created")
        if not self._settings.keep_files and self._book.state.uploads:
            delete_all(self._book, self._calls)
        return self._report()

    def _missing(self) -> list[str]:
        """Keys of pictures that are to be sent."""
        state, flying = self._book.state, self._flying()
        return [
            key
            for key in self._pictures
            if key not in state.verdicts
            and key not in flying
            and key not in self._unread
            and (key not in state.failures or key in self._again)
        ]

    def _flying(self) -> set[str]:
        """Keys of pictures of which results are to be expected."""
        return {key for sending in self._book.state.on_their_way for key in sending.keys}

    def _estimate(self) -> None:
        """Tell what is to be done, and refuse what would cost too much.

        Raises:
            UsageError: if it would.
        """
        state, missing = self._book.state, self._missing()
        pictures = [self._pictures[key] for key in missing]
        tokens, usd = estimated(self._question, pictures, self._spec)
        judged = sum(key in state.verdicts for key in self._pictures)
        failed = sum(key in state.failures for key in self._pictures if key not in self._again)
        self._watch(
            Looked(
                names=len(self._names),
                pictures=len(self._pictures),
                unreadable=sum(key is None for _, key in self._names),
                judged=judged,
                waiting=len(self._pictures) - judged - failed - len(missing),
                to_send=len(missing),
                usd=usd,
                tokens=tokens,
            )
        )
        if missing:
            self._tell_of_other_questions()
        limit = self._settings.max_usd
        if limit is None or not missing:
            return
        paid = self._report().usd
        flying = self._flying()
        waiting = [
            each for key, each in self._pictures.items() if key in flying and not state.knows(key)
        ]
        _, due = estimated(self._question, waiting, self._spec)
        if usd is None or paid is None or due is None:
            raise UsageError(f"the price of {self._spec.id} is not known: leave out --max-usd")
        if usd + paid + due > limit:
            sums = ((paid, "{} that was paid before"), (due, "about {} of those sent"))
            told = " and ".join(words.format(wording.dollars(sum_)) for sum_, words in sums if sum_)
            before = f", beside {told}" if told else ""
            raise UsageError(
                f"{wording.counted(len(missing), 'picture')} would cost about "
                f"{wording.dollars(usd)}{before}, more than --max-usd {limit}: nothing was sent"
            )

    def _tell_of_other_questions(self) -> None:
        """Tell if this folder knows others alone: somebody may have meant to go on with those."""
        asked = self._book.state.asked
        if asked and self._asked not in asked:
            self._watch(
                Noted(
                    "what was judged with this state before was asked in another way (the claim, "
                    "the model, the effort, the instructions or --beside): it does not count here"
                )
            )

    @property
    def _asked(self) -> str:
        return self._question.digest[:16]

    def _send(self, keys: Sequence[str]) -> None:
        """Send pictures, in as many batches as it takes."""
        if self._asked not in self._book.state.asked:
            self._book.write({"kind": "asked", "question": self._asked})
        beside = self._question.beside
        if beside and (len(keys) > 1 or self._book.state.uploads):
            digests = self._question.digests
            beside = by_file(beside, digests, self._book, self._calls, self._watch)
        with ExitStack() as stack:
            body: Body | None = None
            for done, (key, ready) in enumerate(self._prepared(keys), 1):
                self._watch(Packed(done, len(keys)))
                if isinstance(ready, Unreadable):
                    self._unread[key] = ready.why
                    continue
                params = self._question.params(ready, beside)
                if body is not None and not body.add(key, params, ready, self._settings.split):
                    self._submit(body)
                    stack.close()
                    body = None
                if body is None:
                    body = stack.enter_context(new_body(new_tag(), self._folder))
                    body.add(key, params, ready, self._settings.split)
            if body is not None:
                self._submit(body)

    def _prepared(self, keys: Sequence[str]) -> Iterator[tuple[str, Prepared | Unreadable]]:
        among = 1 + len(self._question.beside)

        def ready(key: str) -> Prepared | Unreadable:
            return prepared(self._pictures[key], self._spec, among)

        return ahead(ready, keys)

    def _submit(self, body: Body) -> None:
        body.finish()
        beside = tuple(sizes_of(picture) for picture in self._question.beside)
        submit(body, beside, self._book, self._calls, self._watch)
        self._again.difference_update(body.keys)
        sending = self._book.state.sendings[body.tag]
        if sending.id is None:
            self._settle(sending)

    def _wait(self) -> None:
        """Wait until all results are there."""
        wait_s = _FIRST_POLL_S
        while True:
            for sending in self._book.state.on_their_way:
                self._look_after(sending)
            going = len(self._book.state.on_their_way)
            self._watch(Polled(going, len(self._pictures) - self._left(), len(self._pictures)))
            if not going:
                return
            self._calls.sleep(min(wait_s, self._settings.poll_s))
            wait_s *= 1.3

    def _look_after(self, sending: Sending) -> None:
        """Collect a batch that has ended."""
        if sending.id is None:
            self._settle(sending)
            return
        batch = self._calls.batch(sending.id)
        if batch is None:
            raise _not_there(sending)
        if batch.archived_at is not None:
            state = self._book.state
            why = f"the results of the batch {sending.id} are no longer available"
            records = [lost(key, why) for key in sending.keys if not state.knows(key)]
            self._book.write(*records, {"kind": "over", "tag": sending.tag})
        elif batch.processing_status == "ended":
            collect(sending, self._book, self._calls, self._watch)

    def _left(self) -> int:
        state = self._book.state
        return sum(not state.knows(key) for key in self._pictures)

    def _settle(self, sending: Sending) -> None:
        settle(
            sending,
            self._book,
            self._calls,
            self._watch,
            patience_s=self._settings.doubt_s,
            now=self._now,
        )

    def _give_up_doubts(self) -> None:
        if not self._settings.resend:
            return
        for sending in self._book.state.on_their_way:
            if sending.id is None or self._calls.batch(sending.id) is None:
                self._book.write({"kind": "unsent", "tag": sending.tag})
                self._watch(
                    Noted(f"a batch of {len(sending.keys)} is sent again, as you have said")
                )

    def _cancel(self) -> None:
        doubtful = 0
        for sending in self._book.state.on_their_way:
            if sending.id is None:
                doubtful += 1
            else:
                self._calls.cancel(sending.id)
        if doubtful:
            raise UnsureError(
                "a batch that may be ours cannot be canceled before it is known: run the command "
                "again without --cancel, which waits for it"
            )

    def _report(self) -> Report:
        state = self._book.state
        return report_of(self._names, state, self._unread, self._spec.price)


def _not_there(sending: Sending) -> UnsureError:
    """With another key than the one it was sent with a batch looks as if it was deleted."""
    return UnsureError(
        f"the batch {sending.id} of {len(sending.keys)} is not in this workspace: use the key that "
        "it was sent with; if it was deleted, --resend sends its pictures again, and they are paid "
        "again"
    )
