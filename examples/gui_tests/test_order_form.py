# ruff: noqa: S101, ARG001, D103 - a test asserts, asks for what it does not name, and is a sentence
"""The order form: what it says to what people do, and an order that a model places."""

import json
from pathlib import Path

import pytest

from trueclick.agent import Application
from trueclick.agent.qa import Agent, Screen
from trueclick.geometry import Box, Image


def test_an_order_without_anything_is_not_complete(form: Application, screen: Screen) -> None:
    screen.expect_text("Not checked yet")
    screen.click("Check order")
    screen.expect_text("Missing: Name, Country, Products")
    assert form.exit_status is None


def test_a_name_that_is_typed_is_not_missing(form: Application, screen: Screen) -> None:
    screen.type("Ada", into="Name")
    screen.click("Check order")
    screen.expect_text("Missing: Country, Products")
    screen.expect_no_text("Missing: Name")


def test_a_product_is_chosen_by_a_double_click(form: Application, screen: Screen) -> None:
    chosen = screen.find("Chosen").box
    row = Box[Image](chosen.x0, chosen.y0 - 8, screen.size.width, chosen.y1 + 8)
    screen.expect_text("none", region=row)
    screen.double_click("Brass lamp")
    screen.expect_text("Brass lamp", region=row)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(640, marks=pytest.mark.trueclick(size="640x700")),
        pytest.param(1366, marks=pytest.mark.trueclick(size="1366x768")),
    ],
)
def test_the_last_button_can_be_seen(form: Application, screen: Screen, columns: int) -> None:
    assert screen.size.width == columns
    assert screen.find("Submit order").box.x1 <= columns


def test_a_model_places_an_order(
    form: Application, agent: Agent, screen: Screen, order: Path
) -> None:
    agent.do(
        """
        type "Ada" into "Name"
        choose "Norway" from "Country"
        double-click "Brass lamp"
        click "Check order"
        wait for "Order is complete"
        click "Submit order"
        expect "Order saved"
        """
    )
    screen.expect_text("Order saved for Ada")
    agent.expect('"Order saved for Ada" is shown')
    received = json.loads(order.read_text(encoding="utf-8"))
    assert (received["name"], received["country"]) == ("Ada", "Norway")
    assert received["product"] == "Brass lamp"
