"""Batches and files over HTTP: from a request to what is done with it, and to its answer.

Both are there on the Claude API alone; where they are called on another platform nothing is found.
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qs

import httpx2

from .batches import MOST_BYTES, Batches
from .content import Json
from .files import NUMBER, Files
from .problem import Problem
from .server import betas_of, key_of, parsed

Found: TypeAlias = Json | Sequence[Json] | Problem
"""An answer; a sequence is sent as lines of JSON."""

_BATCHES = re.compile(r".*/v1/messages/batches(?:/(?P<id>[^/]+)(?:/(?P<action>cancel|results))?)?")
_FILES = re.compile(r".*/v1/files(?:/(?P<id>[^/]+)(?P<action>/content)?)?")


@dataclass(frozen=True, slots=True)
class Resource:
    """What a request is about.

    Attributes:
        kind: `batches` or `files`.
        id: of the one that it is about, if it is about one.
        action: what follows in the address.
    """

    kind: str
    id: str | None
    action: str | None


def resource_of(request: httpx2.Request) -> Resource | None:
    """What a request is about, if that is no message."""
    for kind, pattern in (("batches", _BATCHES), ("files", _FILES)):
        match = pattern.fullmatch(request.url.path)
        if match is not None:
            return Resource(kind, match["id"], match["action"])
    return None


class Resources:
    """Does what requests about batches and files ask for.

    Args:
        batches: all of them.
        files: likewise.
    """

    def __init__(self, batches: Batches, files: Files) -> None:
        self._batches = batches
        self._files = files

    def answer(self, resource: Resource, request: httpx2.Request) -> Found:
        """Do what a request asks for."""
        if not key_of(request):
            return Problem("an API key is required", 401, "authentication_error")
        if resource.kind == "batches":
            return self._batch(resource, request)
        return self._file(resource, request)

    def _batch(self, resource: Resource, request: httpx2.Request) -> Found:
        url = request.url
        origin = f"{url.scheme}://{url.netloc.decode()}"
        match (request.method, resource.id, resource.action):
            case ("POST", None, None):
                data = request.read()
                if len(data) > MOST_BYTES:
                    return Problem("Request exceeds the maximum size", 413, "request_too_large")
                given = parsed(data)
                if isinstance(given, Problem):
                    return given
                return self._batches.create(given, betas_of(request), origin)
            case ("GET", None, None):
                return self._batches.list(_query(request), origin)
            case ("GET", str(id_), None):
                return self._batches.about(id_, origin)
            case ("DELETE", str(id_), None):
                return self._batches.delete(id_)
            case ("POST", str(id_), "cancel"):
                return self._batches.cancel(id_, origin)
            case ("GET", str(id_), "results"):
                return self._batches.results(id_)
            case _:
                return Problem("Method Not Allowed", 405)

    def _file(self, resource: Resource, request: httpx2.Request) -> Found:
        match (request.method, resource.id, resource.action):
            case ("POST", None, None):
                return self._upload(request)
            case ("GET", None, None):
                return self._files.list(_query(request))
            case ("GET", str(id_), None):
                return self._files.about(id_)
            case ("DELETE", str(id_), None):
                return self._files.delete(id_)
            case ("GET", str(id_), _):
                known = self._files.about(id_)
                if isinstance(known, Problem):
                    return known
                return Problem(f"File {id_} is not downloadable")
            case _:
                return Problem("Method Not Allowed", 405)

    def _upload(self, request: httpx2.Request) -> Found:
        fields = _fields(request)
        extra = set(fields) - {"file", "expires_in_seconds"}
        if "file" not in fields:
            return Problem("file: Field required")
        if extra:
            return Problem(f"{min(extra)}: Extra inputs are not permitted")
        life = fields["expires_in_seconds"].data if "expires_in_seconds" in fields else None
        if life is not None and not NUMBER.fullmatch(life.decode(errors="replace")):
            return Problem("expires_in_seconds: Input should be a valid integer")
        file = fields["file"]
        lifetime_s = None if life is None else int(life)
        return self._files.upload(file.name, file.mime_type, file.data, lifetime_s)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    mime_type: str | None
    data: bytes


def _fields(request: httpx2.Request) -> dict[str, _Field]:
    """The fields of a form that was sent in parts."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return {}
    text = f"Content-Type: {kind}\r\n\r\n".encode() + request.read()
    parts = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(text)
    found: dict[str, _Field] = {}
    for part in parts.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        declared = part.get_content_type() if "content-type" in part else None
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = _Field(part.get_filename() or "", declared, data)
    return found


def _query(request: httpx2.Request) -> dict[str, list[str]]:
    return parse_qs(request.url.query.decode())


def described(request: httpx2.Request, resource: Resource, found: Found) -> Json:
    """What the ledger keeps of a request: of a batch the ids that it names, not its pictures."""
    told: Json = {"method": request.method, resource.kind: resource.id}
    if resource.action is not None:
        told["action"] = resource.action
    if request.method == "POST" and resource.id is None and isinstance(found, dict):
        told["created"] = found["id"]
    return told


def lines(found: Sequence[Json]) -> list[bytes]:
    """Results as they are sent."""
    return [json.dumps(line).encode() + b"\n" for line in found]
