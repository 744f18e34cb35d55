"""What the Files API takes, and how its files are shown."""

import base64
from typing import Any

import anthropic
import pytest

from trueclick.agent.testing import Request, StrictApi, Turn, says, served
from trueclick.geometry import Size

from .chat import OPUS, body, png, text, user
from .clock import ManualClock

BETAS: Any = ["files-api-2025-04-14"]
PICTURE = base64.b64decode(png(40, 30))


def upload(api: StrictApi, data: bytes = PICTURE, **more: Any) -> Any:
    file = ("folder/picture.png", data, "image/png")
    return api.client().beta.files.upload(file=file, betas=BETAS, **more)


def shown(api: StrictApi, file_id: str) -> Any:
    source = {"type": "file", "file_id": file_id}
    messages: Any = [user({"type": "image", "source": source}, text("what is it?"))]
    return api.client().beta.messages.create(
        model=OPUS, max_tokens=100, messages=messages, betas=BETAS
    )


def test_a_file_is_kept_under_the_last_part_of_its_name() -> None:
    api = StrictApi([])
    file = upload(api)
    assert (file.filename, file.mime_type, file.size_bytes) == (
        "picture.png",
        "image/png",
        len(PICTURE),
    )
    again = api.client().beta.files.retrieve_metadata(file.id, betas=BETAS)
    assert again == file
    assert api.violations == ()


def test_a_file_is_shown_by_its_id_and_counts_as_the_picture_that_it_is() -> None:
    sizes: list[Size[Any] | None] = []

    def script(request: Request) -> Turn:
        sizes.extend(picture.size for picture in request.pictures)
        return says("A picture.")

    api = StrictApi(script)
    file = upload(api)
    small = shown(api, file.id).usage.input_tokens
    assert sizes == [Size(40, 30)]
    large = upload(api, base64.b64decode(png(400, 300)))
    assert shown(api, large.id).usage.input_tokens > small


def test_a_file_that_is_gone_is_not_shown() -> None:
    clock = ManualClock()
    api = StrictApi(lambda _: says("A picture."), clock=clock)
    deleted, vanished, expired = upload(api), upload(api), upload(api, expires_in_seconds=3600)
    api.client().beta.files.delete(deleted.id, betas=BETAS)
    api.files.vanish(vanished.id)
    clock.sleep(3600)
    for file in (deleted, vanished, expired):
        with pytest.raises(anthropic.NotFoundError):
            shown(api, file.id)
        with pytest.raises(anthropic.NotFoundError):
            api.client().beta.files.retrieve_metadata(file.id, betas=BETAS)
    assert api.violations == ()
    assert api.files.stored == ()


def test_a_file_that_is_no_picture_is_not_shown() -> None:
    api = StrictApi(lambda _: says("A picture."))
    file = upload(api, b"words")
    with pytest.raises(anthropic.BadRequestError, match="Could not process image"):
        shown(api, file.id)


@pytest.mark.parametrize("seconds", [0, 3599, 7_776_001])
def test_a_life_out_of_the_range_is_refused(seconds: int) -> None:
    with pytest.raises(anthropic.BadRequestError, match="between 3600 and 7776000"):
        upload(StrictApi([]), expires_in_seconds=seconds)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(anthropic.BadRequestError, match="empty"):
        upload(StrictApi([]), b"")


def test_no_beta_has_to_be_named_to_keep_files() -> None:
    api = StrictApi([])
    file = api.client().files.upload(file=("a.png", PICTURE, "image/png"))
    assert [each.id for each in api.client().files.list().data] == [file.id]
    source = {"type": "file", "file_id": file.id}
    messages: Any = [user({"type": "image", "source": source}, text("what is it?"))]
    with pytest.raises(anthropic.BadRequestError, match="needs the beta"):
        api.client().messages.create(model=OPUS, max_tokens=100, messages=messages)


def test_a_list_begins_with_the_newest_and_is_paged_or_asks_for_ids() -> None:
    api = StrictApi([])
    ids = [upload(api).id for _ in range(5)]
    files = api.client().beta.files
    assert [file.id for file in files.list(betas=BETAS, limit=2)] == ids[::-1]
    some = files.list(betas=BETAS, ids=[ids[3], "file_none", ids[0]])
    assert [file.id for file in some.data] == [ids[3], ids[0]]
    with pytest.raises(anthropic.BadRequestError, match="between 1 and 1000"):
        files.list(betas=BETAS, limit=0)
    with pytest.raises(anthropic.BadRequestError, match="between 1 and 1000"):
        files.list(betas=BETAS, extra_query={"limit": "9" * 5000})


def test_what_was_uploaded_is_not_given_back() -> None:
    api = StrictApi([])
    file = upload(api)
    with pytest.raises(anthropic.BadRequestError, match="not downloadable"):
        api.client().beta.files.download(file.id, betas=BETAS)


def test_files_and_batches_are_served_on_a_port() -> None:
    api = StrictApi(lambda _: says("A picture."))
    with served(api) as address:
        client = anthropic.Anthropic(api_key="none", base_url=address, max_retries=0)
        file = client.beta.files.upload(file=("a.png", PICTURE, "image/png"), betas=BETAS)
        params: Any = body(tools=None)
        batch = client.beta.messages.batches.create(requests=[{"custom_id": "a", "params": params}])
        (line,) = client.beta.messages.batches.results(batch.id)
        assert line.result.type == "succeeded"
        client.beta.messages.batches.delete(batch.id)
        client.beta.files.delete(file.id, betas=BETAS)
    assert api.violations == ()
    assert api.files.stored == ()
