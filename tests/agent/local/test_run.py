"""Runs of the local model through the SDK's loop, on pictures of a real form."""

import anthropic
import httpx2
import pytest

from trueclick.agent.local import LocalModel, local_client

from .screens import FakeScreen, follow, picture, text_of


def near(point: tuple[int, int], x: int, y: int, reach: int = 4) -> bool:
    return abs(point[0] - x) <= reach and abs(point[1] - y) <= reach


def test_a_click_lands_on_the_text(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"))
    told = follow(client, 'click "Check order"', screen)
    assert [name for name, _ in screen.log] == ["screenshot", "left_click", "screenshot"]
    assert near(screen.point("left_click"), 190, 515)
    assert (told.stop_reason, told.text) == ("end_turn", "Done: 1 step.")


def test_fields_are_filled_and_boxes_ticked_in_one_batch(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"))
    task = 'type "Zoë" into "Name"; type "a\\nb" into "Message"; check "Gift wrap"'
    told = follow(client, task, screen)
    assert screen.actions == ["left_click", "type", "left_click", "type", "left_click"]
    points = [tuple(values["coordinate"]) for name, values in screen.log if name == "left_click"]
    for point, target in zip(points, [(323, 64), (323, 451), (130, 208)], strict=True):
        assert near(point, *target)
    assert [values["text"] for name, values in screen.log if name == "type"] == ["Zoë", "a\nb"]
    assert len(told.turns) == 3
    assert text_of(told.turns[1]).startswith("Steps 1 to 3 of 3: type")


def test_what_stands_in_a_field_is_replaced(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("complete"))
    follow(client, 'type "x" into "Name"; type "y" into "Message"', screen)
    assert screen.actions == ["triple_click", "type", "left_click", "key", "key", "type"]


def test_a_ticked_box_is_not_clicked_again(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("complete"))
    assert follow(client, 'check "Gift wrap"', screen).stop_reason == "end_turn"
    assert screen.actions == []
    follow(client, 'uncheck "Gift wrap"', screen)
    assert screen.actions == ["left_click"]


def test_an_item_is_chosen_from_the_list_that_opened(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"), picture("popup"))
    told = follow(client, 'choose "Norway" from "Country"', screen)
    clicks = [tuple(values["coordinate"]) for name, values in screen.log if name == "left_click"]
    assert near(clicks[0], 323, 136)
    assert near(clicks[1], 155, 286, 8)
    assert told.stop_reason == "end_turn"


def test_a_list_that_did_not_open_ends_the_run(client: anthropic.Anthropic) -> None:
    told = follow(client, 'choose "Norway" from "Country"', FakeScreen(picture("empty")))
    assert told.stop_reason == "refusal"
    assert told.text.startswith("Nothing opened")


def test_an_item_of_a_radio_group_is_clicked_beside_its_label(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"))
    follow(client, 'choose "Pickup" from "Delivery"', screen)
    assert screen.actions == ["left_click"]
    assert near(screen.point("left_click"), 398, 172, 6)


def test_a_slider_is_dragged_by_its_knob(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"), picture("complete"))
    told = follow(client, 'drag "Discount" to 70%', screen)
    ((_, drag),) = [call for call in screen.log if call[0] == "left_click_drag"]
    assert near(tuple(drag["start_coordinate"]), 137, 396)
    assert near(tuple(drag["coordinate"]), 348, 396, 2)
    assert told.stop_reason == "end_turn"


def test_a_slider_that_does_not_follow_ends_the_run(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"))
    told = follow(client, 'drag "Discount" to 70%', screen)
    assert screen.actions == ["left_click_drag"] * 3
    assert told.text.startswith('The slider of "Discount" does not go to 70%')


def test_scrolling_stops_where_the_text_is_seen(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"), picture("complete"))
    task = """
        scroll down in "Products" until "Walnut table"
        double-click "Walnut table" near "Products"
    """
    told = follow(client, task, screen)
    assert screen.actions == ["scroll", "double_click"]
    assert screen.log[1][1]["scroll_direction"] == "down"
    assert told.stop_reason == "end_turn"


def test_scrolling_ends_honestly_when_nothing_moves(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"))
    told = follow(client, 'scroll down in "Products" until "Zebra rug"', screen)
    assert screen.actions == ["scroll"]
    assert told.stop_reason == "refusal"
    assert "after scrolling to its end" in told.text


def test_a_text_that_is_not_there_ends_the_run_after_a_second_look(
    client: anthropic.Anthropic,
) -> None:
    screen = FakeScreen(picture("empty"))
    told = follow(client, 'click "Submit your orders"', screen)
    assert [name for name, _ in screen.log] == ["screenshot", "wait", "screenshot"]
    assert told.stop_reason == "refusal"
    assert told.text.startswith(
        'I cannot find "Submit your orders" on the screen (step 1: click "Submit your orders"). '
        'Nearest: "Submit order"'
    )


def test_waiting_goes_on_until_the_text_appears(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"), picture("empty"), picture("empty"), picture("complete"))
    told = follow(client, 'wait for "Order is complete"; click "Submit order"', screen)
    assert [name for name, _ in screen.log].count("wait") == 3
    assert told.stop_reason == "end_turn"


def test_waiting_ends_after_ten_tries(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"))
    assert follow(client, 'wait for "Order is complete"', screen).stop_reason == "refusal"
    assert [name for name, _ in screen.log].count("wait") == 10


def test_an_expectation_that_does_not_hold_ends_the_run(client: anthropic.Anthropic) -> None:
    told = follow(client, 'expect "Order saved"', FakeScreen(picture("complete")))
    assert told.stop_reason == "refusal"
    assert '"Order saved"' in told.text


def test_a_click_on_one_of_several_equal_texts_is_refused(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("complete"))
    told = follow(client, 'click "Walnut table"', screen)
    assert "is on the screen 2 times" in told.text
    assert screen.actions == []
    told = follow(client, 'click "Walnut table" near "Chosen"', screen)
    assert told.stop_reason == "end_turn"
    assert screen.actions == ["left_click"]


def test_a_sentence_that_is_not_understood_is_refused_before_anything_is_done(
    client: anthropic.Anthropic,
) -> None:
    screen = FakeScreen(picture("empty"))
    told = follow(client, 'click "Check order"; then make me a coffee', screen)
    assert told.stop_reason == "refusal"
    assert told.text.startswith("step 2 is not a sentence I follow: make me a coffee")
    assert screen.log == []


def test_an_action_that_failed_ends_the_run_with_its_words(client: anthropic.Anthropic) -> None:
    told = follow(client, 'click "Check order"', FakeScreen(picture("empty"), failing="left_click"))
    assert told.stop_reason == "refusal"
    assert "the desktop said no" in told.text


def test_a_member_that_is_turned_off_is_not_called(client: anthropic.Anthropic) -> None:
    screen = FakeScreen(picture("empty"), configs={"left_click": {"enabled": False}})
    told = follow(client, 'click "Check order"', screen)
    assert "left_click, which the request turned off" in told.text
    assert screen.actions == []


@pytest.mark.slow
def test_a_run_goes_on_in_another_process() -> None:
    """Nothing but the messages carries a run: here a new model takes over in the middle."""
    with httpx2.Client(transport=_Forgetful()) as http:
        fresh = anthropic.Anthropic(api_key="local", http_client=http, max_retries=0)
        screen = FakeScreen(picture("empty"), picture("popup"), picture("complete"))
        told = follow(fresh, 'choose "Norway" from "Country"; click "Check order"', screen)
    assert told.stop_reason == "end_turn"
    assert screen.actions == ["left_click"] * 3


class _Forgetful(httpx2.BaseTransport):
    """Forgets everything before its third request."""

    def __init__(self) -> None:
        self.models = [LocalModel(), LocalModel()]
        self.requests = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        return self.models[self.requests > 2].handle_request(request)


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-real")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://elsewhere.invalid")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
    client = local_client()
    assert client.api_key == "local"
    assert client.base_url.host == "local.invalid"


def test_reading_is_quiet(client: anthropic.Anthropic, capfd: pytest.CaptureFixture[str]) -> None:
    follow(client, 'expect "Discount"', FakeScreen(picture("empty")))
    assert capfd.readouterr() == ("", "")
