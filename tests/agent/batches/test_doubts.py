"""A batch is paid once, whatever happens between the request and writing down its answer."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import pytest
from tests.agent.testing.chat import body
from tests.agent.testing.clock import ManualClock

from trueclick.agent.batches import BatchError, Question, UnsureError, judge_many
from trueclick.agent.batches.events import Event, Noted
from trueclick.agent.batches.journal import NAME, Journal
from trueclick.agent.testing import HttpError, NetworkError, StrictApi

from .many import CLAIM, MODEL, judge, judges, pictures, shown


def journal(folder: Path) -> Path:
    return folder / NAME


def keep(folder: Path, kinds: set[str]) -> None:
    """Leave of the journal what a process had written that was killed."""
    lines = journal(folder).read_text().splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["kind"] in kinds]
    journal(folder).write_text("".join(kept))


def other_batch(api: StrictApi, count: int) -> str:
    """A batch that somebody else sends in the same workspace."""
    requests: Any = [
        {"custom_id": f"other-{number}", "params": body(tools=None)} for number in range(count)
    ]
    return api.client().beta.messages.batches.create(requests=requests).id


@pytest.mark.parametrize(
    "fault",
    [
        NetworkError("read_timeout", answered=True),
        NetworkError("cut", answered=True),
        HttpError(500, answered=True),
        HttpError(502, answered=True),
        HttpError(529, answered=True),
        HttpError(408, answered=True),
    ],
    ids=str,
)
def test_a_batch_of_which_no_answer_came_is_found(
    tmp_path: Path, clock: ManualClock, fault: NetworkError | HttpError
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100, faults={2: fault})
    report = judge(api, pictures(tmp_path / "in", 3), tmp_path / "state", clock)
    assert report.holding == 3
    assert len(api.batches) == 1


@pytest.mark.parametrize("fault", [NetworkError("cut"), HttpError(500), HttpError(504)], ids=str)
def test_a_batch_that_was_not_created_is_sent_again_after_some_time(
    tmp_path: Path, clock: ManualClock, fault: NetworkError | HttpError
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100, faults={2: fault})
    began = clock.now()
    report = judge(api, pictures(tmp_path / "in", 3), tmp_path / "state", clock, doubt_s=300)
    assert report.holding == 3
    assert len(api.batches) == 1
    assert clock.now() - began > 300


def test_it_is_given_up_where_no_batch_is_ever_created(tmp_path: Path, clock: ManualClock) -> None:
    def fault(number: int) -> HttpError | None:
        return HttpError(500) if number in posts else None

    posts = set(range(1, 400))
    api = StrictApi(judges, clock=clock, faults=fault)
    with pytest.raises(BatchError, match="the API request failed"):
        judge(api, pictures(tmp_path / "in", 1), tmp_path / "state", clock)


@pytest.mark.parametrize("over", [False, True], ids=["goes-on", "is-over"])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_process_that_was_killed_after_the_request_finds_its_batch_among_others(
    tmp_path: Path, clock: ManualClock, others: int, over: bool
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    other_batch(api, 3)
    paths = pictures(tmp_path / "in", 3)
    judge(api, paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending"})
    for _ in range(others):
        other_batch(api, 3)
    if over:
        clock.sleep(200)
    before = len(api.batches)
    report = judge(api, paths, tmp_path / "state", clock)
    assert report.holding == 3
    assert len(api.batches) == before, "nothing was sent again"
    assert set(shown(api).values()) == {1}


def test_a_process_that_was_killed_before_the_request_sends_it_after_looking(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    paths = pictures(tmp_path / "in", 3)
    with pytest.raises(BatchError):
        judge(StrictApi([], faults={2: HttpError(400, "no")}), paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending"})
    other_batch(api, 3)  # created meanwhile by somebody else: a suspect until it is over
    report = judge(api, paths, tmp_path / "state", clock)
    assert report.holding == 3
    assert [batch.count for batch in api.batches] == [3, 3]
    assert set(shown(api).values()) == {1}


def test_in_another_workspace_nothing_is_sent_again_but_on_request(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    other_batch(api, 1)
    paths = pictures(tmp_path / "in", 3)
    judge(api, paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending"})
    elsewhere = StrictApi(judges, clock=clock)
    with pytest.raises(UnsureError, match="not in this workspace"):
        judge(elsewhere, paths, tmp_path / "state", clock)
    assert elsewhere.batches == ()
    assert judge(elsewhere, paths, tmp_path / "state", clock, resend=True).holding == 3
    assert len(elsewhere.batches) == 1


def test_at_another_address_nothing_is_sent_again(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    paths = pictures(tmp_path / "in", 3)
    judge(api, paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending"})
    text = journal(tmp_path / "state").read_text()
    journal(tmp_path / "state").write_text(text.replace("strict.invalid", "other.invalid"))
    with pytest.raises(UnsureError, match=r"may have been sent to http://other\.invalid"):
        judge(api, paths, tmp_path / "state", clock)


def test_a_suspect_whose_results_are_no_more_is_left_to_the_user(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    paths = pictures(tmp_path / "in", 3)
    judge(api, paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending"})
    clock.sleep(30 * 24 * 3600)
    with pytest.raises(UnsureError, match="no longer available"):
        judge(api, paths, tmp_path / "state", clock)
    assert len(api.batches) == 1


def test_a_batch_that_is_not_there_is_sent_again_only_if_the_user_says_so(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    elsewhere = StrictApi(judges, clock=clock, batch_seconds=100)
    paths = pictures(tmp_path / "in", 3)
    judge(api, paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending", "sent"})
    for retry, cancel in ((False, False), (True, False), (False, True)):
        with pytest.raises(UnsureError, match="is not in this workspace"):
            judge(elsewhere, paths, tmp_path / "state", clock, retry=retry, cancel=cancel)
    assert elsewhere.batches == ()
    assert judge(api, paths, tmp_path / "state", clock).holding == 3
    keep(tmp_path / "state", {"begun", "sending", "sent"})
    api.client().beta.messages.batches.delete(api.batches[0].id)
    assert judge(api, paths, tmp_path / "state", clock, resend=True).holding == 3
    assert [batch.count for batch in api.batches] == [3, 3]


def test_results_that_are_no_longer_there_are_lost(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    paths = pictures(tmp_path / "in", 3)
    judge(api, paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending", "sent"})
    clock.sleep(30 * 24 * 3600)
    report = judge(api, paths, tmp_path / "state", clock)
    assert {each.failure.what for each in report.judged if each.failure} == {"lost"}


def test_with_another_key_a_first_batch_is_looked_for_nowhere(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=100)
    paths = pictures(tmp_path / "in", 3)
    judge(api, paths, tmp_path / "state", clock)
    keep(tmp_path / "state", {"begun", "sending"})
    elsewhere = StrictApi(judges, clock=clock)
    with pytest.raises(UnsureError, match="with another key"):
        judge_many(
            Question(CLAIM, MODEL),
            paths,
            client=elsewhere.client().with_options(api_key="another"),
            folder=tmp_path / "state",
            sleep=clock.sleep,
            now=clock.now,
        )
    assert elsewhere.batches == ()
    assert judge(api, paths, tmp_path / "state", clock).holding == 3
    assert len(api.batches) == 1


def test_a_journal_that_was_cut_at_any_byte_goes_on_without_paying_twice(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=20)
    paths = pictures(tmp_path / "in", 2)
    judge(api, paths, tmp_path / "state", clock)
    whole = journal(tmp_path / "state").read_bytes()
    # From the end of the intent on: before it no request was made.
    first = whole.index(b"\n", whole.index(b'"sending"')) + 1
    places = [*range(first, len(whole), 37), len(whole) - 1]
    for place in places:
        journal(tmp_path / "state").write_bytes(whole[:place])
        report = judge(api, paths, tmp_path / "state", clock)
        assert report.holding == 2
    assert len(api.batches) == 1


def test_a_line_that_is_damaged_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(judges, clock=clock)
    paths = pictures(tmp_path / "in", 2)
    judge(api, paths, tmp_path / "state", clock)
    whole = journal(tmp_path / "state").read_bytes()
    for damaged in (
        whole.replace(b'"sent"', b'"sen\0"'),
        whole.replace(b'"id":"', b'"id":"\\ud800'),
        whole.replace(b'"id":"', b'"id":"\\u001b['),
        whole.replace(b'"newest":null', b'"newest":["a","x"]'),
        whole.replace(b'"newest":null', b'"newest":["a","2026-11-22T00:00:00"]'),
        whole.replace(b'"id":"', b'"id":"","was":"'),
        whole.replace(b"{", b"", 1),
        whole.replace(b'"requests":[[', b'"requests":[7,['),
        whole.replace(b'"format":1', b'"format":2'),
        whole.replace(b'"tag":"', b'"tag":"x', 2).replace(b'"x', b'"', 1),
        b'"text"\n',
        b"[" * 100_000 + b"\n",
    ):
        journal(tmp_path / "state").write_bytes(damaged)
        with pytest.raises(BatchError):
            judge(api, paths, tmp_path / "state", clock)
        assert journal(tmp_path / "state").read_bytes() == damaged
    assert len(api.batches) == 1


def test_two_processes_do_not_work_on_one_state(tmp_path: Path, clock: ManualClock) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from trueclick.agent.batches.journal import Journal\n"
        "with Journal(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "state")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"\n"
        api = StrictApi(judges, clock=clock)
        with pytest.raises(BatchError, match="another process is at work"):
            judge(api, pictures(tmp_path / "in", 1), tmp_path / "state", clock)
        assert other.stdin is not None
        other.stdin.close()
    assert api.ledger == ()


def test_a_disk_that_is_full_stops_it_before_anything_is_sent(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = StrictApi(judges, clock=clock)
    paths = pictures(tmp_path / "in", 2)
    add = Journal.add

    def full(kind: str) -> Callable[..., None]:
        def write(self: Journal, *records: Any, safe: bool = True) -> None:
            if any(record["kind"] == kind for record in records):
                raise BatchError("the disk is full")
            add(self, *records, safe=safe)

        return write

    for kind, batches in (("sending", 0), ("sent", 1), ("over", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "add", full(kind))
            with pytest.raises(BatchError, match="the disk is full"):
                judge(api, paths, tmp_path / "state", clock)
        assert len(api.batches) == batches
    assert judge(api, paths, tmp_path / "state", clock).holding == 2
    assert len(api.batches) == 1


def test_a_suspect_of_somebody_else_is_waited_for_and_let_go(
    tmp_path: Path, clock: ManualClock
) -> None:
    noted: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, Noted):
            noted.append(event.text)

    paths = pictures(tmp_path / "in", 3)

    def elsewhere(event: Event) -> None:
        watch(event)
        if isinstance(event, Noted) and len(api.batches) == 0:
            other_batch(api, 3)

    api = StrictApi(judges, clock=clock, batch_seconds=500, faults={2: NetworkError("cut")})
    began = clock.now()
    report = judge(api, paths, tmp_path / "state", clock, watch=elsewhere)
    assert report.holding == 3
    assert clock.now() - began > 1000, "first the other's, then ours"
    assert any("was not created after all" in text for text in noted)
    assert set(shown(api).values()) == {1}


def test_the_sdks_own_retries_are_off(tmp_path: Path, clock: ManualClock) -> None:
    fault = HttpError(500, answered=True)
    api = StrictApi(judges, clock=clock, batch_seconds=10, faults={2: fault})
    client: anthropic.Anthropic = api.client().with_options(max_retries=5)
    judge_many(
        Question(CLAIM, MODEL),
        pictures(tmp_path / "in", 2),
        client=client,
        folder=tmp_path / "state",
        sleep=clock.sleep,
        now=clock.now,
    )
    assert len(api.batches) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size")
def test_a_batch_that_finds_no_room_on_the_disk_is_told_in_a_line(tmp_path: Path) -> None:
    script = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from trueclick.agent.batches.errors import BatchError\n"
        "from trueclick.agent.batches.packing import new_body\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))\n"
        "try:\n"
        "    with new_body('0' * 12, Path(sys.argv[1])) as body: body.finish()\n"
        "except BatchError as error: print(error)"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "of a batch cannot be kept beside the state" in told
