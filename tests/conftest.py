"""What the tests share: a private display a worker, and an environment without keys or screens."""

import gc
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from trueclick.agent import ComputerToolset, Desktop, approve_all, open_desktop
from trueclick.agent import desktop as desktop_module
from trueclick.agent.local import reader
from trueclick.capture import Stillness, VirtualDisplay
from trueclick.geometry import Size

from .calls import Caller
from .recorder import Recorder, recorder

ROOT = Path(__file__).parents[1]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background like that, and programs under test inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# On a busy machine any example may take long.
settings.register_profile("quick", deadline=None, max_examples=30)
settings.register_profile("thorough", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples where the slow tests are left out, too."""
    settings.load_profile("quick" if config.getoption("markexpr") == "not slow" else "thorough")


# Modules and tests live to the end: looking through them for garbage again and again, while they
# are imported and collected, takes seconds of each worker.
gc.disable()


def pytest_collection_finish() -> None:
    """Have garbage collected from now on, but not looked for among the modules and tests."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers on two cores: a third of the time tests wait for programs and for pauses."""
    return max(1, len(os.sched_getaffinity(0)) * 3 // 2)


@pytest.fixture(scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the traces of this worker's runs go."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, state_home: Path) -> None:
    """No display and no key, as on a newcomer's machine; traces go to a folder of the tests'."""
    monkeypatch.setenv("XDG_STATE_HOME", str(state_home))
    for name in ("DISPLAY", "XAUTHORITY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session", autouse=True)
def one_thread_reads() -> Iterator[None]:
    """Screens are read by one thread: several would take the cores of other workers, to wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_threads", lambda: 1)
        yield


@pytest.fixture(scope="session")
def display() -> Iterator[VirtualDisplay]:
    """A display of 1920x1080 with a window manager; one a worker."""
    with VirtualDisplay(Size(1920, 1080)) as started:
        yield started


@pytest.fixture(scope="session")
def bare_display() -> Iterator[VirtualDisplay]:
    """A display without a window manager: a window covers it pixel by pixel."""
    with VirtualDisplay(Size(1920, 1080), window_manager=False) as started:
        yield started


@pytest.fixture
def window(bare_display: VirtualDisplay) -> Generator[Recorder]:
    """A window that covers the bare display and tells what it received."""
    with recorder(bare_display.name) as opened:
        yield opened


@pytest.fixture
def desktop(bare_display: VirtualDisplay, window: Recorder) -> Generator[Desktop]:
    """The bare display as a model with the standard limits sees it: 1456x819."""
    del window  # it must be there first
    with open_desktop(bare_display.name, model="local") as opened:
        yield opened


@pytest.fixture
def call(desktop: Desktop) -> Caller:
    """Calls a member of the toolset on the desktop."""
    return Caller(ComputerToolset(desktop, confirm=approve_all))


@pytest.fixture
def no_late_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between actions: for many of them on windows that answer at once."""
    monkeypatch.setattr(desktop_module, "BEFORE_ACTION", Stillness(0, 0, 0.5))
