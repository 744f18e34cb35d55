"""What the Message Batches API takes, and what becomes of a batch."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import anthropic
import pytest

from trueclick.agent.testing import (
    Expiry,
    HttpError,
    NetworkError,
    Request,
    StreamFault,
    StrictApi,
    Turn,
    says,
)

from .chat import OPUS, body, image, message_of, text, user
from .clock import ManualClock

HOUR = 3600.0


def part(custom_id: str = "a", **changes: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "params": body(tools=None, **changes)}


def parts(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [part(f"id-{number}", **changes) for number in range(count)]


def create(api: StrictApi, requests: Sequence[Any]) -> Any:
    given: Any = requests
    return api.client().beta.messages.batches.create(requests=given)


def refused(api: StrictApi, requests: object, **more: Any) -> str:
    with pytest.raises(anthropic.APIStatusError) as caught:
        api.client().post(
            "/v1/messages/batches", cast_to=object, body={"requests": requests, **more}
        )
    assert api.violations, "what is refused is told"
    return message_of(caught.value)


def results(api: StrictApi, batch_id: str) -> list[Any]:
    return list(api.client().beta.messages.batches.results(batch_id))


def test_a_batch_goes_on_until_its_time_is_over_and_tells_no_share_before() -> None:
    clock = ManualClock()
    api = StrictApi(lambda _: says("Hi."), clock=clock, batch_seconds=HOUR)
    batches = api.client().beta.messages.batches
    batch = create(api, parts(3))
    assert (batch.processing_status, batch.request_counts.processing) == ("in_progress", 3)
    clock.sleep(HOUR - 1)
    assert batches.retrieve(batch.id).request_counts.processing == 3
    assert batches.retrieve(batch.id).results_url is None
    clock.sleep(1)
    ended = batches.retrieve(batch.id)
    assert (ended.processing_status, ended.request_counts.succeeded) == ("ended", 3)
    assert ended.ended_at is not None
    assert (ended.ended_at - ended.created_at).total_seconds() == HOUR
    assert api.violations == ()


def test_results_come_in_another_order_each_by_its_id() -> None:
    def script(request: Request) -> Turn:
        return says(request.body["messages"][0]["content"])

    api = StrictApi(script)
    batch = create(api, [part(f"id-{n}", messages=[user(f"number {n}")]) for n in range(30)])
    found = results(api, batch.id)
    assert [line.custom_id for line in found] != [f"id-{n}" for n in range(30)]
    told = {line.custom_id: line.result.message.content[-1].text for line in found}
    assert told == {f"id-{n}": f"number {n}" for n in range(30)}
    assert {line.result.message.usage.service_tier for line in found} == {"batch"}


def test_a_batch_costs_half() -> None:
    alone, together = StrictApi(lambda _: says("Hi.")), StrictApi(lambda _: says("Hi."))
    for _ in range(2):
        alone.client().beta.messages.create(**body(tools=None))
    create(together, parts(2))
    assert len(together.batches) == 1
    assert alone.usd is not None
    assert together.usd == alone.usd / 2
    assert together.usage == alone.usage


@pytest.mark.parametrize(
    ("requests", "told"),
    [
        ([], "requests: Input should have 1 to 100000 items"),
        ("no list", "requests: Field required"),
        ([part("a"), part("a")], "requests.1.custom_id: 'a' is not unique"),
        ([part("a b")], "requests.0.custom_id: String should match pattern"),
        ([part("x" * 65)], "requests.0.custom_id: String should match pattern"),
        ([part("a\n")], "requests.0.custom_id: String should match pattern"),
        ([{"custom_id": "a"}], "requests.0.params: Field required"),
        ([{**part(), "priority": 1}], "requests.0.priority: Extra inputs"),
    ],
)
def test_a_batch_out_of_form_is_refused_whole(requests: object, told: str) -> None:
    api = StrictApi(lambda _: says("Hi."))
    assert told in refused(api, requests)
    assert api.batches == ()


def test_a_field_beside_the_requests_is_refused() -> None:
    api = StrictApi([])
    assert "metadata: Extra inputs" in refused(api, [part()], metadata={})


def test_more_requests_than_a_batch_takes_are_refused() -> None:
    api = StrictApi([])
    assert "1 to 100000 items, not 100001" in refused(api, [1] * 100_001)


@pytest.mark.slow
def test_more_bytes_than_a_batch_takes_are_refused() -> None:
    api = StrictApi([])
    with pytest.raises(anthropic.APIStatusError) as caught:
        api.client().post(
            "/v1/messages/batches",
            cast_to=object,
            content=b'{"requests": []' + b" " * 256_000_000 + b"}",
            options={"headers": {"content-type": "application/json"}},
        )
    assert caught.value.status_code == 413


def test_a_bad_request_fails_alone_and_only_once_the_batch_is_over() -> None:
    clock = ManualClock()
    api = StrictApi(lambda _: says("Hi."), clock=clock, batch_seconds=60)
    wrong = [
        part("model", model="claude-none"),
        part("stream", stream=True),
        part("image", messages=[user(image(data="bm8="), text("what is it?"))]),
        part("tokens", max_tokens=0),
    ]
    batch = create(api, [part("sound"), *wrong])
    assert api.violations == ()
    clock.sleep(60)
    found = {line.custom_id: line.result for line in results(api, batch.id)}
    assert found.pop("sound").type == "succeeded"
    told = {name: each.error.error.message for name, each in found.items()}
    assert told["model"] == "model: claude-none"
    assert "streaming is not supported" in told["stream"]
    assert "Could not process image" in told["image"]
    assert "max_tokens" in told["tokens"]
    assert len(api.violations) == 4


def test_a_script_may_let_requests_fail_and_expire() -> None:
    outcomes: Iterator[Turn | HttpError | Expiry] = iter(
        [says("Hi."), HttpError(500, "oh"), Expiry(), HttpError(529, "later")]
    )
    api = StrictApi(lambda _: next(outcomes))
    found = [line.result for line in results(api, create(api, parts(4)).id)]
    kinds = sorted(each.type for each in found)
    assert kinds == ["errored", "errored", "expired", "succeeded"]
    errors = sorted(each.error.error.type for each in found if each.type == "errored")
    assert errors == ["api_error", "overloaded_error"]
    assert [entry.usage.total > 0 for entry in api.batched] == [True, False, False]


def test_a_canceled_batch_gives_what_had_been_judged() -> None:
    clock = ManualClock()
    api = StrictApi(lambda _: says("Hi."), clock=clock, batch_seconds=100)
    batches = api.client().beta.messages.batches
    batch = create(api, parts(10))
    clock.sleep(40)
    assert batches.cancel(batch.id).processing_status == "canceling"
    counts = batches.retrieve(batch.id).request_counts
    assert (counts.succeeded, counts.canceled, counts.processing) == (4, 6, 0)
    with pytest.raises(anthropic.BadRequestError, match="has ended already"):
        batches.cancel(batch.id)
    assert api.violations == ()


def test_what_does_not_come_to_the_model_in_a_day_expires() -> None:
    clock = ManualClock()
    api = StrictApi(lambda _: says("Hi."), clock=clock, batch_seconds=48 * HOUR)
    batch = create(api, parts(10))
    clock.sleep(24 * HOUR)
    counts = api.client().beta.messages.batches.retrieve(batch.id).request_counts
    assert (counts.succeeded, counts.expired) == (5, 5)


def test_results_are_there_for_29_days() -> None:
    clock = ManualClock()
    api = StrictApi(lambda _: says("Hi."), clock=clock, batch_seconds=60)
    batches = api.client().beta.messages.batches
    batch = create(api, parts(1))
    with pytest.raises(anthropic.AnthropicError, match="No `results_url`"):
        results(api, batch.id)
    clock.sleep(29 * 24 * HOUR - 1)
    assert len(results(api, batch.id)) == 1
    clock.sleep(1)
    assert batches.retrieve(batch.id).archived_at is not None
    with pytest.raises(anthropic.NotFoundError, match="no longer available"):
        api.client().get(f"/v1/messages/batches/{batch.id}/results", cast_to=object)


def test_a_list_begins_with_the_newest_and_is_paged() -> None:
    api = StrictApi(lambda _: says("Hi."))
    batches = api.client().beta.messages.batches
    ids = [create(api, parts(1)).id for _ in range(5)]
    assert [batch.id for batch in batches.list(limit=2)] == ids[::-1]
    first = batches.list(limit=2)
    assert ([batch.id for batch in first.data], first.has_more) == (ids[:2:-1], True)
    before = batches.list(limit=2, before_id=ids[1])
    assert ([batch.id for batch in before.data], before.has_more) == ([ids[3], ids[2]], True)
    batches.delete(ids[4])
    assert [batch.id for batch in batches.list()] == ids[3::-1]
    with pytest.raises(anthropic.NotFoundError):
        batches.retrieve(ids[4])
    assert api.violations == ()
    with pytest.raises(anthropic.BadRequestError, match="between 1 and 1000"):
        batches.list(limit=1001)


def test_a_batch_that_goes_on_is_not_deleted() -> None:
    api = StrictApi(lambda _: says("Hi."), clock=ManualClock(), batch_seconds=60)
    batch = create(api, parts(1))
    with pytest.raises(anthropic.BadRequestError, match="cancel it first"):
        api.client().beta.messages.batches.delete(batch.id)


def test_a_creation_that_is_sent_twice_makes_two_batches() -> None:
    lost = NetworkError("read_timeout", answered=True)
    api = StrictApi(lambda _: says("Hi."), faults={1: lost})
    requests: Any = [part()]
    client = api.client().with_options(max_retries=2)
    client.beta.messages.batches.create(requests=requests)
    assert len(api.batches) == 2
    headers = {"idempotency-key": "the same"}
    for _ in range(2):
        client.beta.messages.batches.create(requests=requests, extra_headers=headers)
    assert len(api.batches) == 4


def test_results_may_break_off_between_two_lines_and_within_one() -> None:
    for fault in (StreamFault(after_events=2), StreamFault(after_bytes=700)):
        api = StrictApi(lambda _: says("Hi."), faults={3: fault})
        batch = create(api, parts(5))
        with pytest.raises(Exception, match="the stream broke off"):
            results(api, batch.id)
        assert len(results(api, batch.id)) == 5


def test_what_is_not_there_is_not_found() -> None:
    api = StrictApi([])
    with pytest.raises(anthropic.NotFoundError):
        api.client().beta.messages.batches.retrieve("msgbatch_none")
    assert api.violations == ("request 1: Batch not found: msgbatch_none",)


def test_the_ledger_tells_of_each_request() -> None:
    api = StrictApi([says("One."), says("Two.")])
    batch = create(api, parts(2))
    api.client().beta.messages.batches.retrieve(batch.id)
    assert api.requests[0] == {"method": "POST", "batches": None, "created": batch.id}
    assert api.requests[1] == {"method": "GET", "batches": batch.id}
    assert {entry.batch for entry in api.batched} == {batch.id}
    assert {entry.custom_id for entry in api.batched} == {"id-0", "id-1"}
    assert json.dumps(api.batched[0].body["model"]) == f'"{OPUS}"'
