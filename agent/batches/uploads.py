"""Pictures that are used more than once go up once, and are shown by the ids of their files.

A file's name tells whose it is: an upload that nobody lived to write down is found again by it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

from ..conversation.retries import NETWORK_ERRORS
from ..vision.images import Prepared
from .book import Book
from .calling import Calls, gave_up
from .events import Noted, Watcher
from .limits import FILE_LIFE_S


def by_file(
    pictures: Sequence[Prepared],
    digests: Sequence[str],
    book: Book,
    calls: Calls,
    watch: Watcher,
) -> tuple[Prepared, ...]:
    """The pictures as they are sent by the ids of files; those that have none yet go up.

    Args:
        pictures: in their order.
        digests: what tells each from others.
        book: what is known.
        calls: to the API.
        watch: told of it.

    Raises:
        BatchError: if one cannot be uploaded.
    """
    return tuple(
        replace(
            picture,
            source={"type": "file", "file_id": _file_id(picture, digest, book, calls, watch)},
        )
        if picture.source["type"] == "base64"
        else picture
        for picture, digest in zip(pictures, digests, strict=True)
    )


def delete_all(book: Book, calls: Calls) -> None:
    """Let go of all files that we have made.

    Raises:
        BatchError: if the API does not take it.
    """
    for digest, upload in list(book.state.uploads.items()):
        file_id = upload.id
        if file_id is None:
            found = calls.file_named(upload.name)
            file_id = None if found is None else found.id
        if file_id is not None:
            calls.delete_file(file_id)
        book.write({"kind": "gone", "digest": digest})


def _file_id(picture: Prepared, digest: str, book: Book, calls: Calls, watch: Watcher) -> str:
    upload = book.state.uploads.get(digest)
    if upload is not None and upload.id is not None:
        if calls.file(upload.id) is not None:
            return upload.id
        watch(Noted(f"the file {upload.id} is gone: uploading {picture.name} again"))
        book.write({"kind": "gone", "digest": digest})
    data, kind = base64.b64decode(picture.source["data"]), picture.source["media_type"]
    name = f"trueclick-{book.state.run}-{digest[:16]}.{kind.rpartition('/')[2]}"
    failures = 0
    while True:
        if digest in book.state.uploads:  # it was begun, and may have come to its end
            found = calls.file_named(name)
            if found is not None and found.size_bytes == len(data):
                book.write({"kind": "uploaded", "digest": digest, "id": found.id})
                return found.id
        else:
            book.write({"kind": "uploading", "digest": digest, "name": name})
        try:
            file = calls.upload(name, data, kind, FILE_LIFE_S)
        except NETWORK_ERRORS as error:
            failures += 1
            if not calls.wait_after(error, failures):
                raise gave_up(error) from error
        else:
            book.write({"kind": "uploaded", "digest": digest, "id": file.id})
            return file.id
