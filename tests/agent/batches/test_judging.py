"""Many pictures, each judged once: what is sent, what comes back, and what it costs."""

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.agent.testing.clock import ManualClock

from trueclick.agent.batches import BatchError, Question, Split
from trueclick.agent.batches.events import Event, Looked, Noted, Retried, Sent
from trueclick.agent.testing import (
    Expiry,
    Fault,
    HttpError,
    NetworkError,
    Request,
    StreamFault,
    StrictApi,
    Turn,
    overloaded,
    rate_limited,
    says,
)
from trueclick.geometry import Box, UsageError

from .many import CLAIM, MODEL, judge, judges, pictures, shown, verdict


def test_each_picture_is_judged_once_in_batches_of_the_size_that_was_asked_for(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=600)
    report = judge(
        api, pictures(tmp_path / "in", 25), tmp_path / "state", clock, split=Split(requests=10)
    )
    assert (report.holding, report.not_holding, report.failed) == (25, 0, 0)
    assert [batch.count for batch in api.batches] == [10, 10, 5]
    assert set(shown(api).values()) == {1}
    assert api.violations == ()
    assert report.usd == api.usd


def test_a_batch_stays_under_the_bytes_that_it_may_have(tmp_path: Path, clock: ManualClock) -> None:
    lengths: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, Sent):
            lengths.append(event.bytes)

    api = StrictApi(judges, clock=clock)
    split = Split(bytes=12_000)
    judge(api, pictures(tmp_path / "in", 20), tmp_path / "state", clock, split=split, watch=watch)
    assert len(lengths) > 2
    assert max(lengths) <= 12_000
    posted = [entry.bytes for entry in api.ledger if "created" in entry.body]
    assert posted == lengths


def test_results_are_matched_by_their_ids_and_mapped_to_the_originals_pixels(
    tmp_path: Path, clock: ManualClock
) -> None:
    def script(request: Request) -> Turn:
        (picture,) = request.pictures
        assert picture.size is not None
        width, height = picture.size.width, picture.size.height
        corner = {"image": 1, "box": [width - 1, height - 1, width, height], "what": "the corner"}
        return verdict(width < height, corner)

    from PIL import Image

    (tmp_path / "in").mkdir()
    sizes = {"wide.png": (8000, 100), "tall.png": (100, 7000), "small.png": (30, 20)}
    for name, size in sizes.items():
        Image.new("L", size, 200).save(tmp_path / "in" / name)
    api = StrictApi(script, clock=clock)
    report = judge(api, [tmp_path / "in" / name for name in sizes], tmp_path / "state", clock)
    verdicts = [each.verdict for each in report.judged]
    assert [each is not None and each.holds for each in verdicts] == [False, True, False]
    for each, (width, height) in zip(verdicts, sizes.values(), strict=True):
        assert each is not None
        (place,) = each.evidence
        assert isinstance(place.box, Box)
        assert (place.box.x1, place.box.y1) == (width, height)


def test_what_was_judged_is_not_sent_again_and_further_pictures_are(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock)
    first = pictures(tmp_path / "in", 4)
    judge(api, first, tmp_path / "state", clock)
    more = [*first, *pictures(tmp_path / "in", 3, first=4)]
    report = judge(api, more, tmp_path / "state", clock)
    assert report.holding == 7
    assert [batch.count for batch in api.batches] == [4, 3]
    assert set(shown(api).values()) == {1}
    judge(api, more, tmp_path / "state", clock)
    assert len(api.batches) == 2
    assert report.usd == api.usd


def test_another_question_is_another_matter(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(judges, clock=clock)
    paths = pictures(tmp_path / "in", 2)
    beside = Question(CLAIM, MODEL, effort="low")
    noted: list[Event] = []
    for question in (Question(CLAIM, MODEL), Question("all is blue", MODEL), beside) * 2:
        judge(api, paths, tmp_path / "state", clock, question=question, watch=noted.append)
    assert [batch.count for batch in api.batches] == [2, 2, 2]
    told = [event.text for event in noted if isinstance(event, Noted)]
    assert ["was asked in another way" in text for text in told] == [True, True], "once for each"


def test_the_same_picture_under_two_names_is_asked_about_once_and_told_of_twice(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock)
    (path,) = pictures(tmp_path / "in", 1)
    twin = tmp_path / "twin.png"
    twin.write_bytes(path.read_bytes())
    report = judge(api, [path, twin, path], tmp_path / "state", clock)
    assert [(each.name, each.same_as) for each in report.judged] == [
        (str(path), None),
        (str(twin), str(path)),
        (str(path), None),
    ]
    assert report.holding == 3
    assert [batch.count for batch in api.batches] == [1]
    assert report.usd == api.usd


def test_what_is_no_picture_is_told_by_its_name_and_fails_nothing_else(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock)
    text, folder, pipe = tmp_path / "text.png", tmp_path / "folder.png", tmp_path / "pipe.png"
    text.write_text("no picture")
    folder.mkdir()
    os.mkfifo(pipe)
    cut = tmp_path / "cut.png"
    good = pictures(tmp_path / "in", 2)
    cut.write_bytes(good[0].read_bytes()[:45])
    bad = [text, folder, pipe, cut, tmp_path / "none.png", Path("\0")]
    report = judge(api, [*bad, *good], tmp_path / "state", clock)
    assert (report.holding, report.failed) == (2, 6)
    failures = [each.failure for each in report.judged[:6]]
    assert {each.what for each in failures if each} == {"unreadable"}
    assert "text.png" in str(failures[0])
    assert api.violations == ()


@pytest.mark.filterwarnings("error")
def test_a_picture_of_too_many_pixels_is_told_before_anything_is_sent(
    tmp_path: Path, clock: ManualClock
) -> None:
    from PIL import Image

    path = tmp_path / "large.png"
    Image.new("1", (14_000, 7_000)).save(path)
    api = StrictApi(judges, clock=clock)
    looked: list[Event] = []
    report = judge(api, [path], tmp_path / "state", clock, watch=looked.append)
    (found,) = report.judged
    assert found.failure is not None
    assert f"{str(path)!r} has 14000x7000 pixels, more than" in found.failure.why
    assert any(isinstance(event, Looked) and event.unreadable == 1 for event in looked)


def test_a_file_that_becomes_another_meanwhile_is_not_judged_in_its_place(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock)
    paths = pictures(tmp_path / "in", 2)

    def watch(event: Event) -> None:
        if isinstance(event, Looked):
            paths[1].write_bytes(paths[0].read_bytes())

    report = judge(api, paths, tmp_path / "state", clock, watch=watch)
    assert [each.verdict is not None for each in report.judged] == [True, False]
    assert "was changed" in str(report.judged[1].failure)


def test_what_failed_is_told_and_sent_again_only_on_request(
    tmp_path: Path, clock: ManualClock
) -> None:
    outcomes: Iterator[Turn | HttpError | Expiry] = iter(
        [
            judges_once(),
            HttpError(500, "oh"),
            Expiry(),
            HttpError(400, "no"),
            says("what?"),
            *[judges_once()] * 4,
        ]
    )
    api = StrictApi(lambda _: next(outcomes), clock=clock)
    paths = pictures(tmp_path / "in", 5)
    first = judge(api, paths, tmp_path / "state", clock)
    failed = sorted(each.failure.what for each in first.judged if each.failure)
    assert failed == ["errored", "errored", "expired", "no verdict"]
    same = judge(api, paths, tmp_path / "state", clock)
    assert same == first
    assert len(api.batches) == 1
    again = judge(api, paths, tmp_path / "state", clock, retry=True)
    assert (again.holding, again.failed) == (5, 0)
    assert [batch.count for batch in api.batches] == [5, 4]
    assert again.usd == api.usd, "what said nothing was paid as well"


def judges_once() -> Turn:
    return verdict(True)


def test_faults_that_pass_are_waited_for_in_sight(tmp_path: Path, clock: ManualClock) -> None:
    told: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, Retried):
            told.append(event.reason)

    faults: dict[int, Fault] = {
        1: overloaded(),
        3: rate_limited(2),
        5: HttpError(503),
        7: NetworkError("unreachable"),
        9: StreamFault(after_events=2),
        11: StreamFault(after_bytes=1000),
    }
    api = StrictApi(judges, clock=clock, faults=faults)
    report = judge(api, pictures(tmp_path / "in", 6), tmp_path / "state", clock, watch=watch)
    assert report.holding == 6
    assert len(api.batches) == 1
    assert len(told) >= 4


def test_a_batch_that_the_api_refuses_is_told_and_nothing_is_in_doubt(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, faults={2: HttpError(403, "not for you")})
    paths = pictures(tmp_path / "in", 2)
    with pytest.raises(BatchError, match="not for you"):
        judge(api, paths, tmp_path / "state", clock)
    began = clock.now()
    assert judge(api, paths, tmp_path / "state", clock).holding == 2
    assert clock.now() - began < 10, "nothing was looked for"


def test_more_than_it_may_cost_is_refused_before_anything_is_sent(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock)
    paths = pictures(tmp_path / "in", 20)
    with pytest.raises(UsageError, match=r"20 pictures would cost about \$0\.2"):
        judge(api, paths, tmp_path / "state", clock, max_usd=Decimal("0.1"))
    assert api.batches == ()
    report = judge(api, paths[:4], tmp_path / "state", clock, max_usd=Decimal("0.1"))
    assert report.usd is not None
    limit = Decimal("0.17")
    with pytest.raises(UsageError, match=r"beside \$0\.005. that was paid before"):
        judge(api, paths, tmp_path / "state", clock, max_usd=limit)
    assert judge(api, paths[:4], tmp_path / "state", clock, max_usd=Decimal("0.001")).holding == 4


def test_what_is_on_its_way_counts_among_what_it_may_cost(
    tmp_path: Path, clock: ManualClock
) -> None:
    class Left(Exception):  # noqa: N818 - somebody presses Ctrl-C
        pass

    def leave(event: Event) -> None:
        if isinstance(event, Sent):
            raise Left

    api = StrictApi(judges, clock=clock, batch_seconds=1000)
    paths = pictures(tmp_path / "in", 20)
    with pytest.raises(Left):
        judge(api, paths[:10], tmp_path / "state", clock, watch=leave)
    with pytest.raises(
        UsageError, match=r"10 pictures .* about \$0\.1.*beside about \$0\.1.* sent"
    ):
        judge(api, paths, tmp_path / "state", clock, max_usd=Decimal("0.15"))
    assert len(api.batches) == 1


def test_an_answer_without_a_verdict_is_paid_once_however_often_it_is_collected(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(lambda _: says("no JSON"), clock=clock)
    paths = pictures(tmp_path / "in", 2)
    judge(api, paths, tmp_path / "state", clock)
    journal = tmp_path / "state" / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    assert json.loads(lines.pop())["kind"] == "over"
    journal.write_text("".join(lines))  # it was ended just before
    report = judge(api, paths, tmp_path / "state", clock)
    assert (report.failed, report.usd) == (2, api.usd)


def test_what_goes_on_can_be_canceled_and_what_was_judged_by_then_counts(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=1000)
    paths = pictures(tmp_path / "in", 10)

    class Left(Exception):  # noqa: N818 - somebody presses Ctrl-C
        pass

    def leave(event: Event) -> None:
        if isinstance(event, Sent):
            raise Left

    with pytest.raises(Left):
        judge(api, paths, tmp_path / "state", clock, watch=leave)
    clock.sleep(500)
    report = judge(api, paths, tmp_path / "state", clock, cancel=True)
    assert (report.holding, report.failed) == (5, 5)
    assert {each.failure.what for each in report.judged if each.failure} == {"canceled"}
    again = judge(api, paths, tmp_path / "state", clock, retry=True)
    assert again.holding == 10
    assert set(shown(api).values()) == {1}
    assert again.usd == api.usd


def test_results_of_strange_requests_are_ignored_and_missing_ones_are_told(
    tmp_path: Path, clock: ManualClock
) -> None:
    noted: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, Noted):
            noted.append(event.text)

    api = StrictApi(judges, clock=clock, batch_seconds=10)
    paths = pictures(tmp_path / "in", 3)

    def spoil(event: Event) -> None:
        watch(event)
        if isinstance(event, Sent):
            clock.sleep(10)
            lines = api.batches[0].results or []
            lines[0]["custom_id"] = "somebody-else"
            lines[1]["custom_id"] = lines[2]["custom_id"]
            lines.append({"custom_id": f"tc-{'0' * 12}-{'0' * 40}", "result": {"type": "expired"}})

    report = judge(api, paths, tmp_path / "state", clock, watch=spoil)
    assert (report.holding, report.failed) == (1, 2)
    assert {each.failure.what for each in report.judged if each.failure} == {"lost"}
    assert any("2 results of other requests" in text for text in noted)


def test_results_of_no_known_form_are_failures(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(judges, clock=clock, batch_seconds=10)
    strange: list[Any] = [
        {"type": "succeeded"},
        {"type": "succeeded", "message": None},
        {"type": "succeeded", "message": {"content": 7, "usage": {}}},
        {"type": "errored"},
        {"type": "errored", "error": {"error": None}},
    ]

    def spoil(event: Event) -> None:
        if isinstance(event, Sent):
            clock.sleep(10)
            for line, result in zip(api.batches[0].results or [], strange, strict=True):
                line["result"] = result

    paths = pictures(tmp_path / "in", len(strange))
    report = judge(api, paths, tmp_path / "state", clock, watch=spoil)
    assert {each.failure.what for each in report.judged if each.failure} == {"no verdict"}
    assert report.failed == len(strange)


def test_the_state_names_no_picture_and_holds_none(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(judges, clock=clock)
    judge(api, pictures(tmp_path / "in", 3), tmp_path / "state", clock)
    (journal,) = (tmp_path / "state").iterdir()
    text = journal.read_text()
    assert "00001" not in text
    assert CLAIM not in text
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds == ["begun", "asked", "sending", "sent", *["verdict"] * 3, "over"]
    assert journal.stat().st_mode & 0o077 == 0
