"""Answers that are none of the API's: a proxy's page, a login, a body that ends early."""

from collections.abc import Callable
from pathlib import Path

import anthropic
import httpx2
import pytest
from tests.agent.testing.clock import ManualClock
from typing_extensions import override

from trueclick.agent.batches import Question, Report, judge_many
from trueclick.agent.batches.pictures import beside
from trueclick.agent.testing import StrictApi
from trueclick.geometry import find_model

from .many import CLAIM, MODEL, judges, pictures, shown

STRANGE = {
    "page": lambda request: httpx2.Response(200, html="<html>log in</html>", request=request),
    "empty": lambda request: httpx2.Response(200, json={}, request=request),
    "list": lambda request: httpx2.Response(200, json=[1], request=request),
    "null": lambda request: httpx2.Response(200, json=None, request=request),
    "nothing": lambda request: httpx2.Response(204, request=request),
}


class Once(httpx2.BaseTransport):
    """Answers one request of a kind in the API's place."""

    def __init__(
        self, api: StrictApi, what: str, answer: Callable[[httpx2.Request], httpx2.Response]
    ) -> None:
        self._api = api
        self._what = what
        self._answer = answer
        self.done = False

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        what = f"{request.method} {request.url.path}"
        if self.done or not what.startswith(self._what):
            return self._api.handle_request(request)
        self.done = True
        return self._answer(request)


def judged(api: StrictApi, instead: Once, tmp_path: Path, clock: ManualClock) -> Report:
    shown_too, digests = beside(pictures(tmp_path / "beside", 1, first=99), find_model(MODEL), 2)
    client = anthropic.Anthropic(
        api_key="none",
        base_url="http://strict.invalid",
        http_client=httpx2.Client(transport=instead, trust_env=False),
    )
    report = judge_many(
        Question(CLAIM, MODEL, beside=shown_too, digests=digests),
        pictures(tmp_path / "in", 5),
        client=client,
        folder=tmp_path / "state",
        sleep=clock.sleep,
        now=clock.now,
    )
    assert instead.done
    assert len(api.batches) == 1
    assert set(shown(api).values()) == {1}
    assert api.files.uploads == 1
    return report


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize(
    "what",
    [
        "GET /v1/messages/batches",
        "POST /v1/messages/batches",
        "GET /v1/messages/batches/",
        "POST /v1/files",
    ],
)
def test_what_is_no_answer_of_the_apis_is_taken_for_none(
    tmp_path: Path,
    clock: ManualClock,
    what: str,
    answer: Callable[[httpx2.Request], httpx2.Response],
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=10)
    assert judged(api, Once(api, what, answer), tmp_path, clock).holding == 5


def test_results_that_end_early_and_look_whole_are_read_again(
    tmp_path: Path, clock: ManualClock
) -> None:
    def cut(request: httpx2.Request) -> httpx2.Response:
        lines = api.handle_request(request).read().splitlines(keepends=True)
        kind = {"content-type": "application/x-jsonl"}
        return httpx2.Response(200, content=b"".join(lines[:2]), headers=kind, request=request)

    api = StrictApi(judges, clock=clock)

    class Results(Once):
        @override
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            if not request.url.path.endswith("/results"):
                return api.handle_request(request)
            return super().handle_request(request)

    results = Results(api, "GET", cut)
    assert judged(api, results, tmp_path, clock).holding == 5
