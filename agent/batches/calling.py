"""The calls to the API: what may be made again is made again, in sight; what may not is not.

The API knows no key that tells a creation from its repetition, and the SDK sends none
(`anthropic` 2.11.0: `_idempotency_header` is `None`). So a batch is posted once, without the SDK's
own retries, and what came of it is one of three: it is there, it is not, or nobody knows.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Literal, TypeAlias, TypeVar, cast

import anthropic
import httpx2
from anthropic.types.beta import BetaFileMetadata
from anthropic.types.beta.messages import (
    BetaMessageBatch,
    BetaMessageBatchIndividualResponse,
    BetaMessageBatchRequestCounts,
)

from ..conversation.retries import (
    NETWORK_ERRORS,
    CutShortError,
    error_text,
    wait_before_retry,
)
from ..vision.images import FILES_BETA
from .errors import BatchError
from .events import Retried, Watcher
from .state import Newest

T = TypeVar("T")

Came: TypeAlias = Literal["refused", "in doubt"]
"""What came of a creation that gave no batch: surely nothing, or nobody knows."""

_DOUBTFUL = frozenset({408, 409, 425})
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_PATIENCE = 40
"""Requests for one answer while results are waited for: some twenty minutes of a server that is
down. What was sent is not lost by it."""

_STRANGE = "what came is no answer of the API's: is a proxy or a login page in between?"

FILES_BETAS = [FILES_BETA]


class Calls:
    """A client, with our patience.

    Args:
        client: the SDK's; its own retries are switched off.
        watch: told of each retry.
        sleep: waits before one.
    """

    def __init__(
        self, client: anthropic.Anthropic, watch: Watcher, sleep: Callable[[float], None]
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._watch = watch
        self.sleep = sleep

    @property
    def base_url(self) -> str:
        """Where the API is, without what may be secret in its address."""
        return str(self._client.base_url.copy_with(userinfo=b""))

    def account(self, salt: str) -> str | None:
        """What tells the key in use from others, and tells nobody the key; `None` without one."""
        key = self._client.api_key
        if not key:
            return None  # a token is another one every hour
        return hashlib.blake2b(key.encode(), key=salt.encode(), digest_size=4).hexdigest()

    def create(self, body: BinaryIO, betas: Sequence[str]) -> BetaMessageBatch:
        """Create a batch; exactly one request is made.

        Args:
            body: all of it, JSON.
            betas: headers that its requests need.

        Raises:
            Exception: one of `NETWORK_ERRORS`; `came_of` says what it means.
        """
        headers = {"content-type": "application/json"}
        if betas:
            headers["anthropic-beta"] = ",".join(betas)
        # Not `batches.create`: it takes the pictures of all requests at once, in memory.
        return _sound_batch(
            self._client.post(
                "/v1/messages/batches?beta=true",
                cast_to=BetaMessageBatch,
                content=body,
                options={"headers": headers},
            )
        )

    def newest(self) -> BetaMessageBatch | None:
        """The newest batch of the workspace."""
        return next(iter(self.again(lambda: list(self._newest_first(1, 1)))), None)

    def since(self, newest: Newest | None) -> list[BetaMessageBatch]:
        """The batches of the workspace that were created after one that was the newest.

        Args:
            newest: which one; `None`: all.
        """
        moment = None if newest is None else datetime.fromisoformat(newest.created_at)

        def listed() -> list[BetaMessageBatch]:
            found: list[BetaMessageBatch] = []
            for batch in self._newest_first(100):
                if newest is not None and batch.id == newest.id:
                    break
                if moment is not None and batch.created_at < moment:
                    break
                found.append(batch)
            return found

        return self.again(listed)

    def batch(self, batch_id: str) -> BetaMessageBatch | None:
        """A batch, or `None` if it is gone."""
        batches = self._client.beta.messages.batches
        return self._unless_gone(lambda: _sound_batch(batches.retrieve(batch_id)))

    def cancel(self, batch_id: str) -> None:
        """Let nothing more of a batch come to the model; one that has ended stays as it is."""
        with contextlib.suppress(anthropic.BadRequestError):
            self._unless_gone(lambda: self._client.beta.messages.batches.cancel(batch_id))

    def results(self, batch_id: str) -> Generator[BetaMessageBatchIndividualResponse]:
        """What became of each request, in any order; from the beginning if the line breaks.

        Raises:
            BatchError: if they cannot be had.
        """
        failures = 0
        while True:
            try:
                with contextlib.closing(
                    self._client.beta.messages.batches.results(batch_id)
                ) as got:
                    yield from got
                return
            except json.JSONDecodeError as error:  # cut off within a line
                failures += 1
                self._wait(httpx2.RemoteProtocolError(str(error)), failures)
            except NETWORK_ERRORS as error:
                failures += 1
                self._wait(error, failures)

    def upload(self, name: str, data: bytes, media_type: str, lifetime_s: int) -> BetaFileMetadata:
        """Keep a picture; exactly one request is made.

        Raises:
            Exception: one of `NETWORK_ERRORS`.
        """
        return _sound_file(
            self._client.beta.files.upload(
                file=(name, data, media_type), expires_in_seconds=lifetime_s, betas=FILES_BETAS
            )
        )

    def file(self, file_id: str) -> BetaFileMetadata | None:
        """A file, or `None` if it is gone."""
        files = self._client.beta.files
        return self._unless_gone(
            lambda: _sound_file(files.retrieve_metadata(file_id, betas=FILES_BETAS))
        )

    def file_named(self, name: str) -> BetaFileMetadata | None:
        """The newest file of a name, if there is one."""

        def found() -> BetaFileMetadata | None:
            with _sound_lists():
                for page in self._client.beta.files.list(
                    limit=1000, betas=FILES_BETAS
                ).iter_pages():
                    for file in page.data:
                        if _sound_file(file).filename == name:
                            return file
            return None

        return self.again(found)

    def delete_file(self, file_id: str) -> None:
        """Let go of a file."""
        files = self._client.beta.files
        self._unless_gone(lambda: files.delete(file_id, betas=FILES_BETAS))

    def _newest_first(
        self, page_size: int, most_pages: int | None = None
    ) -> Iterator[BetaMessageBatch]:
        """The batches of the workspace, the newest first.

        Raises:
            CutShortError: if what came is no list of them. An empty list may mean that nothing
                was created: nothing else may be taken for one.
        """
        with _sound_lists():
            pages = self._client.beta.messages.batches.list(limit=page_size).iter_pages()
            for page in islice(pages, most_pages):
                for batch in page.data:
                    yield _sound_batch(batch)

    def again(self, call: Callable[[], T]) -> T:
        """What a call gives that changes nothing, made again while that may help.

        Raises:
            BatchError: if it does not.
        """
        failures = 0
        while True:
            try:
                return call()
            except NETWORK_ERRORS as error:
                failures += 1
                self._wait(error, failures)

    def wait_after(self, error: Exception, failures: int) -> bool:
        """Wait, if a call is worth making again; whether it is."""
        wait_s = wait_before_retry(error, failures)
        if wait_s is None:
            return False
        self._watch(Retried(error_text(error), wait_s))
        self.sleep(wait_s)
        return True

    def _wait(self, error: Exception, failures: int) -> None:
        wait_s = wait_before_retry(error, failures, _PATIENCE)
        if wait_s is None:
            raise gave_up(error) from error
        self._watch(Retried(error_text(error), wait_s))
        self.sleep(wait_s)

    def _unless_gone(self, call: Callable[[], T]) -> T | None:
        def tried() -> T | None:
            try:
                return call()
            except anthropic.NotFoundError:
                return None

        return self.again(tried)


def _sound_batch(found: object) -> BetaMessageBatch:
    """What the SDK gives as a batch, if it is one: it takes whatever comes, and checks nothing.

    Raises:
        CutShortError: if it is none.
    """
    if (
        isinstance(found, BetaMessageBatch)
        and isinstance(cast("object", found.id), str)
        and isinstance(cast("object", found.created_at), datetime)
        and isinstance(cast("object", found.request_counts), BetaMessageBatchRequestCounts)
    ):
        return found
    raise CutShortError(_STRANGE)


def _sound_file(found: object) -> BetaFileMetadata:
    """What the SDK gives as a file, if it is one.

    Raises:
        CutShortError: if it is none.
    """
    if isinstance(found, BetaFileMetadata) and isinstance(cast("object", found.id), str):
        return found
    raise CutShortError(_STRANGE)


@contextlib.contextmanager
def _sound_lists() -> Generator[None]:
    """Inside of the block the SDK reads lists, and stumbles over what is none.

    Raises:
        CutShortError: if it does.
    """
    try:
        yield
    except (AttributeError, TypeError, ValueError) as error:
        raise CutShortError(_STRANGE) from error


def gave_up(error: Exception) -> BatchError:
    """What is told of an error after which we do not go on."""
    told = error_text(error)
    if isinstance(error, anthropic.APIStatusError) and 400 <= error.status_code < 429:
        return BatchError(told)  # it says itself what to mend
    return BatchError(f"{told}; what was done is kept: the same once more goes on from here")


def came_of(error: Exception) -> Came:
    """What an error says of a creation: surely no batch, or nobody knows.

    A server that answers with an error of its own may have created the batch before it failed, and
    one that answers nothing may still be at it.
    """
    if isinstance(error, anthropic.APIStatusError):
        known = error.status_code < 500 and error.status_code not in _DOUBTFUL
        return "refused" if known else "in doubt"
    return "refused" if isinstance(error.__cause__ or error, _NEVER_SENT) else "in doubt"
