"""Pictures that are used with each other one go up once."""

from pathlib import Path

import pytest
from tests.agent.testing.clock import ManualClock

from trueclick.agent.batches import BatchError, Question, Split
from trueclick.agent.batches.events import Event, Looked, Noted
from trueclick.agent.batches.pictures import beside
from trueclick.agent.testing import HttpError, NetworkError, Request, StrictApi, Turn
from trueclick.geometry import Size, UsageError, find_model

from .many import CLAIM, MODEL, judge, pictures, verdict


def compared(*references: Path) -> Question:
    shown, digests = beside(references, find_model(MODEL), 1 + len(references))
    return Question(CLAIM, MODEL, beside=shown, digests=digests)


def second_image(request: Request) -> Turn:
    """A model that finds the place in the second of two pictures."""
    assert len(request.pictures) == 2
    assert request.pictures[0].size == Size(24, 16)
    return verdict(True, {"image": 2, "box": [0, 0, 5, 5], "what": "it"})


def test_a_reference_goes_up_once_and_is_deleted_in_the_end(
    tmp_path: Path, clock: ManualClock
) -> None:
    api = StrictApi(second_image, clock=clock, batch_seconds=60)
    question = compared(*pictures(tmp_path / "reference", 1, first=99))
    paths = pictures(tmp_path / "in", 7)
    report = judge(
        api, paths, tmp_path / "state", clock, question=question, split=Split(requests=3)
    )
    assert report.holding == 7
    first = report.judged[0].verdict
    assert first is not None
    assert first.evidence[0].image == 1
    assert api.files.uploads == 1
    assert api.files.stored == ()
    assert {
        request.body["messages"][0]["content"][1]["source"]["type"] for request in api.batched
    } == {"file"}
    assert api.violations == ()
    assert report.usd == api.usd


def test_files_are_left_there_on_request_and_used_again(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(second_image, clock=clock)
    question = compared(*pictures(tmp_path / "reference", 1, first=99))
    for count in (2, 4):
        paths = pictures(tmp_path / "in", count)
        judge(api, paths, tmp_path / "state", clock, question=question, keep_files=True)
    assert api.files.uploads == 1
    assert len(api.files.stored) == 1


def test_a_picture_that_is_used_once_is_not_uploaded(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(second_image, clock=clock)
    question = compared(*pictures(tmp_path / "reference", 1, first=99))
    judge(api, pictures(tmp_path / "in", 1), tmp_path / "state", clock, question=question)
    assert api.files.uploads == 0


def test_a_file_that_is_gone_goes_up_again(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(second_image, clock=clock)
    question = compared(*pictures(tmp_path / "reference", 1, first=99))
    noted: list[str] = []
    first, more = pictures(tmp_path / "in", 2), pictures(tmp_path / "in", 5)
    judge(api, first, tmp_path / "state", clock, question=question, keep_files=True)
    api.files.vanish(api.files.stored[0].id)

    def watch(event: Event) -> None:
        if isinstance(event, Noted):
            noted.append(event.text)

    report = judge(api, more, tmp_path / "state", clock, question=question, watch=watch)
    assert report.holding == 5
    assert api.files.uploads == 2
    assert any("is gone" in text for text in noted)
    assert api.violations == ()


@pytest.mark.parametrize(
    "fault", [NetworkError("cut", answered=True), HttpError(500, answered=True)], ids=str
)
def test_an_upload_of_which_no_answer_came_is_found_by_its_name(
    tmp_path: Path, clock: ManualClock, fault: NetworkError | HttpError
) -> None:
    api = StrictApi(second_image, clock=clock, faults={1: fault})
    question = compared(*pictures(tmp_path / "reference", 1, first=99))
    report = judge(api, pictures(tmp_path / "in", 2), tmp_path / "state", clock, question=question)
    assert report.holding == 2
    assert api.files.uploads == 1
    assert api.files.stored == ()


def test_an_upload_that_is_refused_stops_it(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(second_image, clock=clock, faults={1: HttpError(403, "no files for you")})
    question = compared(*pictures(tmp_path / "reference", 1, first=99))
    with pytest.raises(BatchError, match="no files for you"):
        judge(api, pictures(tmp_path / "in", 2), tmp_path / "state", clock, question=question)


def test_a_reference_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UsageError, match=r"text\.png"):
        compared(tmp_path / "text.png")


def test_another_reference_is_another_question(tmp_path: Path, clock: ManualClock) -> None:
    api = StrictApi(second_image, clock=clock)
    to_send: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, Looked):
            to_send.append(event.to_send)

    paths = pictures(tmp_path / "in", 2)
    for reference in pictures(tmp_path / "reference", 2, first=99):
        judge(api, paths, tmp_path / "state", clock, question=compared(reference), watch=watch)
    assert to_send == [2, 2]
