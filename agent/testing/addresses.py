"""Where the SDK's clients send a request, and what of it stands in the address.

The clients of Google Cloud and Amazon Bedrock name the model in the path. Bedrock streams in a
form of its own, which the strict model does not speak: its client gets whole answers here alone.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import httpx2

from .content import Json

_MESSAGES = re.compile(r"/v1/messages(?P<counts>/count_tokens)?")
_VERTEX = re.compile(r"/publishers/anthropic/models/(?P<model>[^/:]+):(?:stream)?[rR]awPredict")
_BEDROCK = re.compile(r"/model/(?P<model>[^/]+)/invoke")
_ENVELOPE = {"anthropic_version", "anthropic_beta"}
_VERTEX_COUNT = "count-tokens"


def is_known(request: httpx2.Request) -> bool:
    """Whether the API answers at this address."""
    return request.method == "POST" and _match(request) is not None


def counts_tokens(request: httpx2.Request) -> bool:
    """Whether the request asks for a count alone."""
    found = _match(request)
    if found is None:
        return False
    named = found.groupdict()
    return bool(named.get("counts")) or named.get("model") == _VERTEX_COUNT


def with_model(request: httpx2.Request, body: Json) -> Json:
    """The body as the API itself would get it, with what the address says."""
    found = _match(request)
    model = found.groupdict().get("model") if found else None
    if model is None:
        return body
    bare = {name: value for name, value in body.items() if name not in _ENVELOPE}
    return bare if model == _VERTEX_COUNT else {**bare, "model": unquote(model)}


def _match(request: httpx2.Request) -> re.Match[str] | None:
    path = request.url.path
    for pattern in (_MESSAGES, _VERTEX, _BEDROCK):
        found = pattern.search(path)
        if found and found.end() == len(path):
            return found
    return None
