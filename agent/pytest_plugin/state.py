"""What the plugin knows of the test that runs: what it was given, and what is to be told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trueclick.agent.qa import ExpectationError
from trueclick.geometry import TrueclickError

from .artifacts import ArtifactFolder
from .keys import STATE
from .settings import Settings, settings_of

if TYPE_CHECKING:
    from trueclick.agent.desktop import Desktop
    from trueclick.capture import VirtualDisplay

    from .applications import Applications


@dataclass(slots=True)
class TestState:
    """One test, from its first fixture of ours to the end of its last one.

    Attributes:
        item: the test.
        settings: what it is to get.
        folder: its artifacts', once anything may be written there.
        problem: why there is no such folder.
        display: what it was given.
        desktop: the same display, opened.
        applications: its programs.
        failed: whether a part of it has failed so far.
        notices: what is told at the end of the session, pass or fail.
    """

    __test__ = False

    item: pytest.Item
    settings: Settings
    folder: ArtifactFolder | None = None
    problem: str | None = None
    display: VirtualDisplay | None = None
    desktop: Desktop | None = None
    applications: Applications | None = None
    failed: bool = False
    notices: list[str] = field(default_factory=list[str])

    def artifacts(self) -> Path | None:
        """The folder for what shows a failure, made when it is first asked for.

        `None` if it cannot be made: that is told with the failure, and is none itself.
        """
        if self.folder is None and self.problem is None:
            base = artifacts_base(self.item.config)
            try:
                self.folder = ArtifactFolder.claim(base, self.item.nodeid)
                self.item.config.add_cleanup(self._cut_short)
            except OSError as error:
                told = error.strerror or str(error)
                place = shown(base, self.item.config)
                self.problem = f"{place}: {told}: name another place with --trueclick-artifacts"
        return None if self.folder is None else self.folder.path

    def redact(self, error: BaseException) -> None:
        """Leave secrets out of a message of ours: it may hold what was read off the screen."""
        if self.desktop is not None and isinstance(error, ExpectationError | TrueclickError):
            error.args = self.desktop.secrets.redacted(error.args)

    def _cut_short(self) -> None:
        """Let go of the folder at the end of a session that was interrupted in this test."""
        if self.folder is not None and self.item.stash.get(STATE, None) is self:
            self.folder.finish(keep=True)  # unless nothing is in it


def state_of(item: pytest.Item) -> TestState:
    """The state of a test, which begins when one of our fixtures first asks for it.

    Fails the test if its marker or the project's configuration makes no sense.
    """
    state = item.stash.get(STATE, None)
    if state is None:
        try:
            settings = settings_of(item)
        except pytest.UsageError as error:
            pytest.fail(str(error), pytrace=False)
        state = item.stash[STATE] = TestState(item, settings)
    return state


def forget_state(item: pytest.Item) -> None:
    """End the state of a test; should it be run again, it gets a new one."""
    del item.stash[STATE]


def artifacts_base(config: pytest.Config) -> Path:
    """The folder that holds the tests' folders.

    An option is relative to where pytest was called, the configuration to the root folder.
    """
    option = config.getoption("trueclick_artifacts")
    if option:
        return Path(config.invocation_params.dir, option)
    return Path(config.rootpath, config.getini("trueclick_artifacts") or "artifacts")


def beside(item: pytest.Item, kind: str) -> Path:
    """The folder of a test file for what is stored with the project: `baselines`, `recordings`.

    It is `KIND/test_file` beside the file, or of the same path in the folder that the project's
    configuration names.
    """
    file = item.path.with_suffix("")
    configured = str(item.config.getini(f"trueclick_{kind}"))
    if not configured:
        return file.parent / kind / file.name
    root: Path = item.config.rootpath
    below = file.relative_to(root) if file.is_relative_to(root) else Path(file.name)
    return root / configured / below


def shown(path: Path, config: pytest.Config) -> str:
    """A path as people are told it: relative to the root folder if it is in there."""
    root = config.rootpath
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
