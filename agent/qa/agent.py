"""Tasks and claims in plain words, for a model; a recording answers while the program is as it was.

The first run of a task is a model's and is recorded. The next ones replay it on the screen that is
there, compare each picture and the last one too, and hand over to the model where something
differs: a suite costs nothing as long as the program under test is unchanged.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from trueclick.capture import Screenshot, boxes_shown
from trueclick.capture.compare import Tolerance
from trueclick.geometry import Box, Image, Model, UsageError, find_model
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from ..actions import LookAround
from ..budget import Budget
from ..desktop import DEFAULT_MODEL, Desktop
from ..errors import StopRequested
from ..escape import printable
from ..events import Acted, Answered, Event, Faulted, Retried, RunResult, ignore
from ..launch import Application
from ..replay.figures import FiguresError, write_figures
from ..replay.healing import Healing, went_on
from ..replay.player import TIMEOUT_S, Player
from ..replay.results import StepResult
from ..replay.stage import LiveTheatre, Setting
from ..trace import Story, Trace, TraceError, TraceWriter, new_folder, read_trace, story_of
from ..usage import Usage
from ..wording import ending
from .claims import Claims
from .errors import ExpectationError
from .kept import RecordingError
from .recordings import Place, Recording, Recordings
from .verdicts import Verdict

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.tools.computer import BetaComputerConfirmCallable

__all__ = ["Agent", "Done", "Verdict"]

_LOG = logging.getLogger("trueclick.qa")


@dataclass(frozen=True, slots=True)
class Done:
    """A task that was done.

    Attributes:
        text: the model's last words, those of the recording if it was replayed.
        replayed: whether no model was asked.
        steps: how many steps were carried out.
        healed_from: the number of the recorded step at which a model took over; `None` if none did,
            or all of it was a model's.
        usage: what was asked of a model.
        usd: what that cost at list price, or `None` if that is unknown.
        trace: the folder of the recording.
        note: what a person should know: why a model was asked. Empty if none was.
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


class Agent:
    """Does tasks and judges claims on one desktop, for one test.

    Recordings are part of the repository, as the test is. They hold what was on the screen, what
    the model said, and nothing of the machine beside that: no time, no path, no user's name, and
    secrets by their names alone. Where a secret is seen on the screen, it is in the pictures unless
    the desktop masks it.

    On a display that is not private `confirm` is asked before each call of a model's, but not
    before the steps of a recording: they were approved when they were recorded.

    Args:
        desktop: where; opened for the same model, on a display where nobody else acts meanwhile.
        model: the model's id.
        client: the SDK's client, or what makes one when a model is asked for the first time; a
            replay needs none.
        recordings: the folder of all tests' recordings.
        name: the test's.
        application: what runs on the desktop: if it crashes, the test fails.
        artifacts: where what a failure leaves behind is kept; by default a folder of this process
            beside those of the runs.
        budget: what each task may use of a model.
        confirm: asked before each call of a model's; needed where the display is not private.
        effort: how much the model thinks; its own default if left out.
        platform: where the model is called.
        update: record and judge all anew.
        offline: never ask a model: what is not as recorded fails.
        recall: whether a verdict of an earlier run counts for the same claim on the same screen.
        tolerance: what is no difference between two screens.
        masks: boxes of the display, in device pixels, that do not count: those that the desktop
            was opened with, and more.
        mask_secrets: whether places of secrets are painted over, as the desktop was opened.
        timeout_s: how long a screen may take to look as recorded, beside what it took then.
        on_event: told of everything that a model does.
        say: told in a line when a model is asked, and why; by default a warning of `trueclick.qa`,
            which Python prints where nothing else is set up.

    Raises:
        UsageError: if the test's name is empty.
    """

    def __init__(
        self,
        desktop: Desktop,
        *,
        recordings: Path,
        name: str,
        client: Callable[[], Anthropic] | Anthropic | None = None,
        model: str = DEFAULT_MODEL,
        application: Application | None = None,
        artifacts: Path | None = None,
        budget: Budget | None = None,
        confirm: BetaComputerConfirmCallable | None = None,
        effort: Effort | None = None,
        platform: PlatformName = "anthropic",
        update: bool = False,
        offline: bool = False,
        recall: bool = True,
        tolerance: Tolerance | None = None,
        masks: Iterable[Box[Image]] = (),
        mask_secrets: bool = False,
        timeout_s: float = TIMEOUT_S,
        on_event: Callable[[Event], None] = ignore,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._desktop = desktop
        self._recordings = Recordings(recordings, name)
        self._client = client
        self._model = model
        self._application = application
        self._artifacts = artifacts or _new_artifacts()
        self._budget = budget or Budget()
        self._confirm = confirm
        self._effort: Effort | None = effort
        self._platform: PlatformName = platform
        self._update = update
        self._offline = offline
        self._tolerance = tolerance or Tolerance()
        self._masks = tuple(masks)
        self._mask_secrets = mask_secrets
        self._timeout_s = timeout_s
        self._on_event = on_event
        self._say = say or _LOG.warning
        self._tasks = 0
        self._hidden: tuple[Box[Model], ...] = boxes_shown(self._masks, desktop.view)
        self._claims = Claims(
            self._recordings.folder,
            model=model,
            platform=platform,
            effort=effort,
            recall=recall and not update,
            tolerance=self._tolerance,
            asked=self._asked,
        )

    def do(self, task: str) -> Done:
        """Do a task: replay its recording, and ask a model from where the screen differs.

        Args:
            task: what to do, in words. Secrets are named in it: `{{NAME}}`.

        Raises:
            ExpectationError: if the model did not get there, or may not be asked, or the
                application has crashed. Nothing is recorded then; the trace is in `artifacts`.
            RecordingError: if the recording is damaged or cannot be written.
            StopRequested: if somebody has stopped it.
            CaptureError: if the display is gone.
            UsageError: if the task is empty, or the display is not private and `confirm` is
                missing.
        """
        if not task.strip():
            raise UsageError("the task is empty")
        if self._confirm is None and not self._desktop.private:
            raise UsageError(
                f"{self._desktop.display.server} is not a private display: pass confirm=, which "
                "approves each call"
            )
        self._tasks += 1
        told = self._desktop.secrets.redacted(task.strip())
        self._require_running(f"before {_quoted(told)}")
        place = self._recordings.place(self._tasks, told)
        with tempfile.TemporaryDirectory(prefix="trueclick-") as copy:
            recording = None if self._update else place.read(Path(copy, "recording"))
            why = self._why_anew(place, recording, told)
            if recording is None or why:
                done = self._recorded(place, task.strip(), why)
            else:
                done = self._replayed(place, recording)
        self._require_running(f"in {_quoted(told)}")
        return done

    def check(self, claim: str, *, region: Box[Image] | None = None) -> Verdict:
        """Whether a claim about the screen holds, as a model sees it once the screen is still.

        Args:
            claim: what should hold, in words.
            region: the part of the display's capture that is judged; all of it by default.

        Raises:
            ExpectationError: if a model may not be asked, or the application has crashed.
            JudgementError: if the model gives no verdict.
            RecordingError: if the verdict of an earlier run is damaged, or this one cannot be kept.
            StopRequested: if somebody has stopped it.
            CaptureError: if the display is gone.
            UsageError: if the claim is empty, or the region is not in the capture.
        """
        return self._claims.checked(claim, self._still(claim), self._desktop, region, keep=True)

    def expect(self, claim: str, *, region: Box[Image] | None = None) -> Verdict:
        """The verdict on a claim about the screen, which has to hold.

        Args:
            claim: what should hold, in words.
            region: the part of the display's capture that is judged; all of it by default.

        Raises:
            ExpectationError: if it does not hold; a picture with the evidence is in `artifacts`.
            the same errors as `check`.
        """
        shown = self._still(claim)
        verdict = self._claims.checked(claim, shown, self._desktop, region, keep=False)
        if not verdict.holds:
            raise self._claims.failure(claim, shown, verdict, region, self._artifacts)
        return verdict

    def _still(self, claim: str) -> Screenshot:
        """The display at rest, with masks painted over."""
        if not claim.strip():
            raise UsageError("the claim is empty: say what should hold")
        self._require_running(f"before {_quoted(claim)} was checked")
        seen = self._desktop.perform(LookAround()).seen
        self._knows_hidden(() if seen is None else seen.hidden)
        return self._desktop.glance()

    def _why_anew(self, place: Place, recording: Recording | None, task: str) -> str:
        """Why a task is not replayed, or nothing."""
        if self._update:
            return "recorded anew, as was asked for"
        if recording is None:
            others = place.others
            if others:
                return f"recorded anew: {others[0].name} is of another task"
            return f"recorded: there was nothing in {place.folder}"
        if recording.task != task:
            return "recorded anew: the words of the task are others"
        now = self._desktop.view.model
        if recording.screenshot != now:
            return f"recorded anew: the model sees {now}, and saw {recording.screenshot}"
        return ""

    def _recorded(self, place: Place, task: str, note: str) -> Done:
        """A task that a model has done."""
        client = self._asked(f"{_quoted(task)} is {note}")
        place.require_room()
        from ..loop import run  # noqa: PLC0415 - takes a second

        spent = _Spent(self._model, self._on_event)
        with self._tracing(place) as folder:
            result = run(
                task,
                self._desktop,
                client=client,
                model=self._model,
                confirm=self._confirm,
                budget=self._budget,
                effort=self._effort,
                platform=self._platform,
                on_event=spent,
                application=self._application,
                trace=folder,
            )
            story = self._kept(place, task, result, folder)
        steps = sum(step.performed for step in story.steps)
        return Done(result.text, False, steps, None, spent.usage, spent.usd, place.folder, note)

    def _replayed(self, place: Place, recording: Recording) -> Done:
        """A task that was done as it was recorded, or from where that differs by a model."""
        differs = self._first_difference(place, recording.story)
        self._hide(recording.story.trace)
        if differs is None:
            nothing = Usage(), Decimal(0)
            return Done(recording.text, True, recording.steps, None, *nothing, place.folder)
        mismatch = differs.mismatch
        why = "" if mismatch is None else printable(mismatch.text.splitlines()[0])
        number = differs.step.number
        what = f"{_quoted(recording.task)}, step {number} of {len(recording.story.steps)}: {why}"
        if mismatch is not None and mismatch.kind in {"application", "display"}:
            raise ExpectationError(what, self._pictures(place, differs))
        try:
            client = self._asked(what)
        except ExpectationError as error:
            raise ExpectationError(str(error), self._pictures(place, differs)) from error
        return self._healed(place, recording, differs, client, what)

    def _first_difference(self, place: Place, story: Story) -> StepResult | None:
        """Where a replay on the desktop is not as recorded; it goes no further."""
        desktop = self._desktop
        setting = Setting(
            secrets=desktop.secrets, mask_secrets=self._mask_secrets, stop=desktop.stop
        )
        player = Player(
            story,
            setting,
            theatre=LiveTheatre(desktop.display, self._application, setting),
            tolerance=self._tolerance,
            masks=self._masks,
            timeout_s=self._timeout_s,
        )
        with player:
            try:
                for result in player.results():
                    if result.status == "different":
                        return result
            except (TraceError, UsageError) as error:
                raise RecordingError(
                    f"the recording in {place.folder} cannot be replayed: {error}; delete it, or "
                    "record it anew with update=True"
                ) from error
        return None

    def _healed(
        self,
        place: Place,
        recording: Recording,
        differs: StepResult,
        client: Anthropic,
        note: str,
    ) -> Done:
        """A task that a model has done from a step on, on the screen as the replay has left it."""
        place.require_room()
        spent = _Spent(self._model, self._on_event)
        healing = Healing(
            self._model,
            client,
            budget=self._budget,
            on_event=spent,
            confirm=self._confirm,
            platform=self._platform,
            effort=self._effort,
        )
        with self._tracing(place) as folder:
            result = went_on(
                recording.story,
                differs.step,
                self._desktop,
                self._application,
                healing,
                folder,
            )
            story = self._kept(place, recording.task, result, folder, differs)
        return Done(
            text=result.text,
            replayed=False,
            steps=sum(step.performed for step in story.steps),
            healed_from=differs.step.number,
            usage=spent.usage,
            usd=spent.usd,
            trace=place.folder,
            note=note,
        )

    def _kept(
        self,
        place: Place,
        task: str,
        result: RunResult,
        folder: Path,
        differs: StepResult | None = None,
    ) -> Story:
        """Keep the trace of a run as a recording, if it was done; what the run was."""
        if result.status == "stopped":
            raise StopRequested(result.text)
        if result.status != "done":
            pictures = () if differs is None else self._pictures(place, differs)
            raise ExpectationError(
                f"{_quoted(self._desktop.secrets.redacted(task))} was not done ({result.status}): "
                f"{printable(result.text)}\nits trace: {folder}",
                (folder, *pictures),
            )
        trace = self._with_its_end(folder)
        place.keep(trace, self._hidden)
        self._hide(trace)
        return story_of(trace)

    def _with_its_end(self, folder: Path) -> Trace:
        """The trace of a run with a picture at its end, which tells what came of the last step."""
        trace = read_trace(folder)
        if _shows_its_end(story_of(trace)):
            return trace
        began = time.monotonic()
        outcome = self._desktop.perform(LookAround())
        seconds = time.monotonic() - began
        with TraceWriter(folder, after=trace) as writer:
            writer(Acted("screenshot", {}, outcome, seconds))
        return read_trace(folder)

    @contextlib.contextmanager
    def _tracing(self, place: Place) -> Generator[Path]:
        """Inside of the block a trace's folder, which is kept if the block is left by an error."""
        folder = self._artifacts / place.folder.name
        number = 1
        while folder.exists():
            number += 1
            folder = folder.with_name(f"{place.folder.name}-{number}")
        yield folder
        shutil.rmtree(folder, ignore_errors=True)
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

    def _asked(self, why: str) -> Anthropic:
        """The client of a model that has to be asked.

        Raises:
            ExpectationError: if none may be.
            UsageError: if there is no client.
        """
        if self._offline:
            raise ExpectationError(f"{why}; no model may be asked (offline)")
        if self._client is None:
            raise UsageError(f"{why}; a model has to be asked, and there is no client=")
        self._say(why)
        if callable(self._client):
            self._client = self._client()
        return self._client

    def _hide(self, trace: Trace) -> None:
        """Paint over from now on what is painted over in a trace: no model shall see it."""
        self._desktop.hide(trace.hidden)
        self._knows_hidden(trace.hidden)

    def _knows_hidden(self, boxes: Iterable[Box[Model]]) -> None:
        self._hidden = tuple(dict.fromkeys((*self._hidden, *boxes)))

    def _require_running(self, when: str) -> None:
        """Refuse to go on with an application that has crashed."""
        status = None if self._application is None else self._application.exit_status
        if self._application is None or not status:
            return
        words = (printable(line) for line in self._application.last_words().splitlines())
        text = "\n  ".join([f"the application {ending(status)} {when}", *words])
        raise ExpectationError(self._desktop.secrets.redacted(text))


class _Spent:
    """Counts what is asked of a model while it is told on.

    Attributes:
        usage: all tokens, those of lost answers too.
        usd: what they cost, or `None` if the price is unknown.
    """

    def __init__(self, model: str, on_event: Callable[[Event], None]) -> None:
        self._price = find_model(model).price
        self._on_event = on_event
        self.usage = Usage()
        self.usd: Decimal | None = Decimal(0)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Answered | Retried | Faulted):
            self.usage += event.usage
            cost = event.usage.usd(self._price)
            self.usd = None if self.usd is None or cost is None else self.usd + cost
        self._on_event(event)


def _shows_its_end(story: Story) -> bool:
    """Whether a picture of the screen at rest comes after all that was done."""
    shown = False
    for step in story.steps:
        if not step.performed:
            continue
        if isinstance(step.action, LookAround):
            shown = step.after is not None and step.after.still
        elif step.acts or step.member == "wait":
            shown = False
    return shown


def _quoted(task: str) -> str:
    return f"“{printable(task)}”"


def _new_artifacts() -> Path:
    """A folder of this process's own, beside those of the runs; it is not made yet."""
    runs = new_folder(os.environ, os.getpid(), time.time())
    return runs.parent.with_name("tests") / runs.name
