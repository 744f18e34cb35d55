"""Tests of two programs with trueclick's pytest plugin, which is there as soon as it is installed.

    pytest examples/gui_tests
    pytest -n 4 examples/gui_tests

Each worker has a private display of its own. Texts are read by the local OCR, and the model is the
local one too (`pytest.ini`): no key, no network. `baselines/` holds the stored pictures and
`recordings/` the recorded tasks; both belong to the tests and are committed with them.

    pytest examples/gui_tests --update-baselines              after a change that is meant
    pytest examples/gui_tests --trueclick-update-recordings   to let the model do its tasks anew
    pytest examples/gui_tests --trueclick-offline             to ask no model, come what may

What shows a failure (the last screenshot, differences, a trace and its report) is kept in
`artifacts/` and named in the output.
"""

import sys
from pathlib import Path

import pytest

from trueclick.agent import Application
from trueclick.agent.pytest_plugin import Applications

HERE = Path(__file__).resolve().parent


@pytest.fixture
def order(tmp_path: Path) -> Path:
    """Where the order form writes what it has received."""
    return tmp_path / "order.json"


@pytest.fixture
def form(app: Applications, order: Path) -> Application:
    """The order form, which any framework could have drawn."""
    return app([sys.executable, str(HERE.parent / "order_form.py"), "--out", str(order)])


@pytest.fixture
def tank(app: Applications) -> Application:
    """The display of a tank, which has all of the screen."""
    return app([sys.executable, str(HERE / "tank.py")])
