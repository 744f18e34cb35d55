"""Tasks of a test: done by a model once, recorded, and replayed from then on.

A replay happens on the screen that is there. It compares each picture, and the last one too. Where
something differs, a model goes on, on the very same screen, until that is as recorded again, or to
the end; what was done then takes the recording's place.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import textwrap
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from trueclick.capture import boxes_shown
from trueclick.geometry import Box, Model, UsageError

from ..actions import LookAround, Wait
from ..budget import Budget
from ..desktop import Desktop
from ..errors import StopRequested
from ..escape import printable
from ..events import Acted, RunResult
from ..launch import Application
from ..replay.figures import FiguresError, write_figures
from ..replay.healing import Healing
from ..replay.rejoining import rejoined
from ..replay.results import StepResult
from ..trace import Story, Trace, TraceError, TraceWriter, read_trace, story_of
from ..trace.story import Look
from ..usage import Usage
from ..wording import ending
from .asking import Asking, Spent, lines_of, quoted
from .errors import ExpectationError
from .kept import RecordingError
from .recordings import Place, Recording, Recordings
from .reruns import Comparing, Reruns

if TYPE_CHECKING:
    from anthropic import Anthropic


@dataclass(frozen=True, slots=True)
class Done:
    """A task that was done.

    Attributes:
        text: the model's last words, those of the recording if it was replayed.
        replayed: whether no model was asked.
        steps: how many steps were carried out.
        healed_from: the number of the recorded step at which a model first took over; `None` if
            none did, or all of it was a model's.
        usage: what was asked of a model.
        usd: what that cost at list price, or `None` if that is unknown.
        trace: the folder of the recording.
        note: what a person should know: why a model was asked, and from where on the recording
            fitted again. Empty if none was.
    """

    text: str
    replayed: bool
    steps: int
    healed_from: int | None
    usage: Usage
    usd: Decimal | None
    trace: Path
    note: str = ""
    status: str = field(default="done", init=False)


class Tasks:
    """The tasks of one test.

    Args:
        desktop: where they are done.
        recordings: of the test.
        application: what runs there, or `None`.
        artifacts: where traces and pictures of failures are kept.
        asking: how a model is asked.
        comparing: how a screen is compared.
        update: record all anew.
    """

    def __init__(
        self,
        desktop: Desktop,
        recordings: Recordings,
        application: Application | None,
        artifacts: Path,
        asking: Asking,
        comparing: Comparing,
        *,
        update: bool,
    ) -> None:
        self._desktop = desktop
        self._recordings = recordings
        self._application = application
        self._artifacts = artifacts
        self._asking = asking
        self._reruns = Reruns(desktop, application, comparing)
        self._update = update
        self._number = 0
        self._hidden: tuple[Box[Model], ...] = boxes_shown(comparing.masks, desktop.view)

    def done(self, task: str) -> Done:
        """What came of a task. Raises as `Agent.do` does."""
        if not task.strip():
            raise UsageError("the task is empty")
        if self._asking.confirm is None and not self._desktop.private:
            raise UsageError(
                f"{self._desktop.display.server} is not a private display: pass confirm=, which "
                "approves each call"
            )
        self._number += 1
        words = textwrap.dedent(task).strip()
        told = self._desktop.secrets.redacted(words)
        self.require_running(f"before {quoted(told)}")
        place = self._recordings.place(self._number, told)
        with tempfile.TemporaryDirectory(prefix="trueclick-") as copy:
            recording = None if self._update else place.read(Path(copy, "recording"))
            why = self._why_anew(place, recording, told)
            if recording is None or why:
                return self._recorded(place, words, why)
            return self._replayed(place, recording)

    def require_running(self, when: str) -> None:
        """Refuse to go on with an application that has crashed.

        Args:
            when: that is noticed, in words.

        Raises:
            ExpectationError: if it has.
        """
        status = None if self._application is None else self._application.exit_status
        if self._application is None or not status:
            return
        words = (printable(line) for line in self._application.last_words().splitlines())
        text = "\n  ".join([f"the application {ending(status)} {when}", *words])
        raise ExpectationError(self._desktop.secrets.redacted(text))

    def knows_hidden(self, boxes: Iterable[Box[Model]]) -> None:
        """Note what is painted over in all pictures from now on; a trace tells it but once."""
        self._hidden = tuple(dict.fromkeys((*self._hidden, *boxes)))

    def _why_anew(self, place: Place, recording: Recording | None, task: str) -> str:
        """Why a task is not replayed, or nothing."""
        if self._update:
            return "it is to be recorded anew"
        if recording is None:
            others = place.others
            if others:
                return f"{others[0].name} is of another task, and there is no recording of this one"
            return f"there is no recording in {place.folder}"
        if lines_of(recording.task) != lines_of(task):
            return "it was recorded in other words"
        now = self._desktop.view.model
        if recording.screenshot != now:
            return f"the model sees {now}, and saw {recording.screenshot} when it was recorded"
        return ""

    def _recorded(self, place: Place, task: str, note: str) -> Done:
        """A task that a model has done."""
        asking = self._asking
        client = asking.client(
            f"{quoted(self._desktop.secrets.redacted(task))} needs a model: {note}"
        )
        place.require_room()
        from ..loop import run  # noqa: PLC0415 - takes a second

        spent = Spent(asking.model, asking.on_event)
        with self._tracing(place) as folder:
            result = run(
                task,
                self._desktop,
                client=client,
                model=asking.model,
                confirm=asking.confirm,
                budget=asking.budget,
                effort=asking.effort,
                platform=asking.platform,
                on_event=spent,
                application=self._application,
                trace=folder,
            )
            story = self._done(place, task, result, folder)
            self._keep(place, task, story.trace)
        steps = sum(step.performed for step in story.steps)
        return Done(result.text, False, steps, None, spent.usage, spent.usd, place.folder, note)

    def _replayed(self, place: Place, recording: Recording) -> Done:
        """A task that was done as it was recorded, with a model's help where that differs."""
        story, start, helped = recording.story, 1, _Helped(self._asking)
        with contextlib.ExitStack() as stack:
            while True:
                differs = self._first_difference(place, story, start)
                self._hide(story.trace)
                if differs is None:
                    break
                client = self._client(place, recording.task, story, differs, helped)
                helped.first = helped.first or differs.step.number
                healing = helped.healing(client, helped.budget())
                folder = stack.enter_context(self._tracing(place))
                result, found = self._reruns.helped(story, differs.step, healing, folder)
                if found is None or result.status != "stopped":
                    story = self._done(place, recording.task, result, folder, differs)
                    self._keep(place, recording.task, story.trace)
                    return helped.done(result.text, story, place)
                story, step = rejoined(read_trace(folder), story, found)
                start = step.number
                helped.note += f"; as recorded again from step {found.look.number} on"
            if helped.first is None:
                self.require_running(f"in {quoted(recording.task)}")
            else:
                self._keep(place, recording.task, story.trace)
        return helped.done(recording.text, story, place)

    def _client(
        self, place: Place, task: str, story: Story, differs: StepResult, helped: _Helped
    ) -> Anthropic:
        """The client of a model that has to help."""
        mismatch = differs.mismatch
        lines = [] if mismatch is None else mismatch.text.splitlines()
        why = "\n  ".join(map(printable, lines))
        number = differs.step.number
        what = f"{quoted(task)}, step {number} of {len(story.steps)}: {why}"
        if mismatch is not None and mismatch.kind in {"application", "display"}:
            raise ExpectationError(what, self._pictures(place, differs))
        try:
            client = self._asking.client(what)
        except ExpectationError as error:
            raise ExpectationError(str(error), self._pictures(place, differs)) from error
        place.require_room()
        helped.note = f"{helped.note}; {what}" if helped.note else what
        return client

    def _first_difference(self, place: Place, story: Story, start: int) -> StepResult | None:
        """Where a replay on the desktop is not as recorded; it goes no further."""
        try:
            return self._reruns.first_difference(story, start)
        except (TraceError, UsageError) as error:
            raise RecordingError(
                f"the recording in {place.folder} cannot be replayed: {error}; delete it, or "
                "record it anew with update=True"
            ) from error

    def _done(
        self,
        place: Place,
        task: str,
        result: RunResult,
        folder: Path,
        differs: StepResult | None = None,
    ) -> Story:
        """What a run was, if the model has got to its end."""
        if result.status == "stopped":
            raise StopRequested(result.text)
        if result.status != "done":
            pictures = () if differs is None else self._pictures(place, differs)
            raise ExpectationError(
                f"{quoted(self._desktop.secrets.redacted(task))} was not done ({result.status}): "
                f"{printable(result.text)}\nits trace: {folder}",
                (folder, *pictures),
            )
        return story_of(self._with_its_end(folder))

    def _keep(self, place: Place, task: str, trace: Trace) -> None:
        """Keep a trace as the recording, unless the application has crashed by its end."""
        self.require_running(f"in {quoted(self._desktop.secrets.redacted(task))}")
        place.keep(trace, self._hidden)
        self._hide(trace)

    def _with_its_end(self, folder: Path) -> Trace:
        """The trace of a run with a picture of what it has led to by now.

        The model may have said that it is done before all was drawn, or without another look.
        """
        trace = read_trace(folder)
        began = time.monotonic()
        outcome = self._desktop.perform(LookAround())
        seconds = time.monotonic() - began
        last = _last_look(story_of(trace))
        picture = outcome.picture
        if last and picture and trace.image(last.image) == picture.data:
            return trace
        with TraceWriter(folder, after=trace) as writer:
            writer(Acted("screenshot", {}, outcome, seconds))
        return read_trace(folder)

    @contextlib.contextmanager
    def _tracing(self, place: Place) -> Generator[Path]:
        """Inside of the block a trace's folder, which is kept if the block is left by an error."""
        given = self._artifacts.exists()  # somebody else's, who may write there next
        folder = self._artifacts / place.folder.name
        number = 1
        while folder.exists():
            number += 1
            folder = folder.with_name(f"{place.folder.name}-{number}")
        yield folder
        shutil.rmtree(folder, ignore_errors=True)
        if not given:
            with contextlib.suppress(OSError):
                self._artifacts.rmdir()  # if it is empty

    def _pictures(self, place: Place, differs: StepResult) -> tuple[Path, ...]:
        """The files that show a difference, if they can be written: it counts all the same."""
        try:
            figures = write_figures(differs, self._artifacts / f"{place.folder.name}-differs")
        except FiguresError:
            return ()
        if figures is None:
            return ()
        return figures.difference, figures.expected, figures.seen

    def _hide(self, trace: Trace) -> None:
        """Paint over from now on what is painted over in a trace: no model shall see it."""
        self._desktop.hide(trace.hidden)
        self.knows_hidden(trace.hidden)


class _Helped:
    """What a model has helped with in one replay.

    Attributes:
        first: the first recorded step that it did in another way, or `None`.
        note: why it was asked.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._spent = Spent(asking.model, asking.on_event)
        self.first: int | None = None
        self.note = ""

    def healing(self, client: Anthropic, budget: Budget) -> Healing:
        """How it helps."""
        asking = self._asking
        return Healing(
            asking.model,
            client,
            budget=budget,
            on_event=self._spent,
            confirm=asking.confirm,
            platform=asking.platform,
            effort=asking.effort,
        )

    def budget(self) -> Budget:
        """What the task's budget leaves: a model may have to help more than once.

        Raises:
            ExpectationError: if that is nothing.
        """
        left = self._spent.left(self._asking.budget)
        if left is None:
            raise ExpectationError(f"{self.note}; the budget of this task is used up")
        return left

    def done(self, text: str, story: Story, place: Place) -> Done:
        """The task, which is done."""
        return Done(
            text=text,
            replayed=self.first is None,
            steps=sum(step.performed for step in story.steps),
            healed_from=self.first,
            usage=self._spent.usage,
            usd=self._spent.usd,
            trace=place.folder,
            note=self.note,
        )


def _last_look(story: Story) -> Look | None:
    """The look at the screen at rest that comes after all that was done, if there is one."""
    last = None
    for step in story.steps:
        if not step.performed:
            continue
        if isinstance(step.action, LookAround):
            last = step.after if step.after is not None and step.after.still else None
        elif step.acts or isinstance(step.action, Wait):
            last = None
    return last
