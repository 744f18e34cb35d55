"""A strict API in a process of its own, which counts: `python serving.py BATCH_SECONDS DELAY`.

Prints its address. `GET /counts` tells what came; a batch that was created is told of to whoever
asks `DELAY` seconds before its client gets the answer.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

import httpx2
from typing_extensions import override

from trueclick.agent.testing import Request, StrictApi, Turn, says, served
from trueclick.agent.testing.pixels import Base64


def judges(_: Request) -> Turn:
    return says(json.dumps({"reason": "all is there", "holds": True, "evidence": []}))


class Counting(httpx2.BaseTransport):
    """Answers as the API does, and tells what came."""

    def __init__(self, api: StrictApi, delay_s: float) -> None:
        self._api = api
        self._delay_s = delay_s
        self._created = 0

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/created":
            return httpx2.Response(200, json=self._created, request=request)
        if request.url.path == "/counts":
            return httpx2.Response(200, json=self._counts(), request=request)
        response = self._api.handle_request(request)
        creates = request.method == "POST" and request.url.path == "/v1/messages/batches"
        if creates and response.status_code == 200:
            self._created += 1
            time.sleep(self._delay_s)
        return response

    def _counts(self) -> dict[str, object]:
        times = Counter(
            block["source"]["data"].digest
            for entry in self._api.batched
            for message in entry.body["messages"]
            for block in message["content"]
            if block["type"] == "image" and isinstance(block["source"].get("data"), Base64)
        )
        return {
            "batches": [batch.count for batch in self._api.batches],
            "pictures": len(times),
            "times": dict(Counter(times.values())),
            "usd": str(self._api.usd),
            "uploads": self._api.files.uploads,
            "files": len(self._api.files.stored),
            "violations": self._api.violations[:5],
        }


if __name__ == "__main__":
    api = StrictApi(judges, batch_seconds=float(sys.argv[1]))
    with served(Counting(api, float(sys.argv[2]))) as address:
        print(address, flush=True)
        sys.stdin.read()
