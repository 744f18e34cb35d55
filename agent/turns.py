"""The turns of a run: what is asked, what becomes of each answer, and when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import anthropic

from trueclick.capture import SystemClock

from .batch import Batch
from .conversation.asking import Answer, Asking
from .conversation.context import Context, is_too_long
from .conversation.history import Block
from .conversation.instructions import Instructions
from .conversation.settings import Settings
from .conversation.spending import Spending
from .events import (
    Added,
    Answered,
    Event,
    Faulted,
    Instructed,
    Json,
    Retried,
    Said,
    Shortened,
    Started,
    Status,
    Thought,
)
from .hand_back import HandedBack
from .launch import Application
from .stop import StopClock
from .tool_versions import ComputerTool
from .usage import Usage

if TYPE_CHECKING:
    from .trace import Trace

_MOST_EMPTY = 2
"""Empty answers in a row before the run ends."""

_MORE = 4
"""How many times longer an answer may be that was cut off."""

_GO_ON = "(Your last answer was empty. Go on with the task, or say what was done.)"
_NOT_REACHED = "The user cannot be asked now."


class OverError(Exception):
    """The run is over.

    Attributes:
        status: how it ended.
        text: the model's last words, or why it ended.
    """

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(text)
        self.status: Status = status
        self.text = text


class Turns:
    """One run's turns.

    Args:
        tool: what carries the model's calls out.
        settings: what the model takes.
        client: the SDK's.
        spending: the run's account.
        tell: told of everything that happens.
        on_question: asked what only the user can say.
        instructions: what the user adds meanwhile.
        application: whose end is told to the model.

    Attributes:
        spending: the run's account.
        begun: whether anything has happened.
        brought_actions: calls that were carried out in earlier parts of the run.
    """

    def __init__(
        self,
        tool: ComputerTool,
        settings: Settings,
        *,
        client: anthropic.Anthropic,
        spending: Spending,
        tell: Callable[[Event], None],
        on_question: Callable[[str], str | None],
        instructions: Instructions,
        application: Application | None,
    ) -> None:
        self.spending = spending
        self.begun = False
        self.brought_actions = 0
        self._tool = tool
        self._settings = settings
        self._client = client
        self._tell = tell
        self._on_question = on_question
        self._instructions = instructions
        self._application = application
        self._max_tokens = settings.max_tokens
        self._empty = 0
        self._over: OverError | None = None
        self._lost_answers: list[Faulted] = []

    def until_over(self, started: Started, resume: Trace | None) -> tuple[Status, str]:
        """Take turns until the run is over; how it ended.

        Raises:
            APIError: if the API refuses a request, or goes on failing.
            TransportError: if the network goes on failing.
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped the run.
            UsageError: if the run cannot be resumed.
        """
        started = self._begin(started, resume)
        asking = Asking(
            self._client,
            self._settings,
            system=started.system,
            tools=[{**tool} for tool in started.tools],
            go_on=self._go_on,
            clock=StopClock(SystemClock(), self._tool.desktop.stop),
            on_retry=self._retried,
            on_lost=self._lost,
        )
        try:
            while True:
                self._turn(asking)
        except OverError as over:
            return over.status, over.text

    def drain(self) -> None:
        """Tell of what the model will not read: lost answers, an end of the application, words.

        What the user said a later part of the run will answer.
        """
        self._tell_lost()
        self._ended_status()
        for text in self._instructions.taken():
            self._tell(Instructed(text))

    def _begin(self, started: Started, resume: Trace | None) -> Started:
        """Tell that the run begins; the settings with which it does."""
        if resume is None:
            self.begun = True
            self._tell(started)
            self._context = self._context_of(started)
            self._add([{"type": "text", "text": started.task}])
            return started
        from .trace import resumed  # noqa: PLC0415 - needs pydantic, and few runs are resumed

        secrets = self._tool.desktop.secrets.names
        going_on = resumed(resume, started, instruction=started.task, secrets=secrets)
        self.spending.brought_along(resume.usage, resume.usd, resume.turns, resume.seconds)
        self.brought_actions = resume.actions
        self.begun = True
        self._tool.desktop.hide(resume.hidden)
        for event in going_on.events:
            self._tell(event)
        self._context = self._context_of(going_on.settings, going_on.messages, going_on.cleared)
        return going_on.settings

    def _context_of(
        self, started: Started, messages: Sequence[Json] = (), cleared: int = 0
    ) -> Context:
        return Context(
            self._settings,
            self._tool.desktop.view.model,
            system=started.system,
            messages=[{**message} for message in messages],
            cleared=cleared,
        )

    def _turn(self, asking: Asking) -> None:
        """One request, its answer, and what that leads to."""
        self._tool.desktop.stop.check()
        self._tell_lost()
        self._shortened(asking, self._context.shortened(partial(self._summary, asking)))
        most = self._allowed(self._max_tokens, self._context.request())
        try:
            answer = asking.answer(self._context.history, most)
        except anthropic.APIStatusError as error:
            self._shortened(asking, self._context.made_acceptable(error))
            asking.settings = self._context.settings
            return
        self._tool.next_turn()
        self._count(answer)
        if answer.stop_reason not in _WHOLE:
            self._incomplete(asking, answer, most)
            return
        paused = answer.stop_reason == "pause_turn" and answer.content
        if not (answer.text() or answer.calls or paused):
            self._nothing_said(asking)
            return
        self._empty = 0
        self._context.answered(answer)
        asking.kept(answer, self._context.history)
        self._tell(Added(answer.message))
        if answer.stop_reason in {"pause_turn", "compaction"}:
            return
        if answer.calls:
            self._carry_out(answer)
        else:
            self._finished(answer)

    def _carry_out(self, answer: Answer) -> None:
        """The calls of an answer, and all that is said with their results."""
        batch = Batch(self._tool, answer.calls, self._handed_back)
        results = batch.answered()
        said = self._said_meanwhile()
        self._add([*results, *said])
        over, self._over = self._over, None
        if over is not None and not said:  # who says something meanwhile wants it to go on
            raise over

    def _finished(self, answer: Answer) -> None:
        """The model is done, unless the user has said something in the meantime."""
        more = self._said_meanwhile()
        if not more:
            raise OverError("done", answer.text())
        self._add(more)

    def _handed_back(self, task: HandedBack) -> str:
        """What the model is told that gives the task back."""
        message = self._tool.desktop.secrets.redacted(task.message)
        if task.reason == "impossible":
            self._over = OverError("failed", message)
            return "The user is told."
        reply = self._on_question(message)
        if reply is None or not reply.strip():
            self._over = OverError("needs_user", message)
            return _NOT_REACHED
        self._tell(Instructed(reply, question=message))
        return f"The user answers: {reply}"

    def _said_meanwhile(self) -> list[Block]:
        """What there is to tell the model beside the results of its calls."""
        told: list[str] = []
        status = self._ended_status()
        if status is not None:
            told.append(f"(The application has ended, with status {status}.)")
        for text in self._instructions.taken():
            self._tell(Instructed(text))
            told.append(f"The user adds: {text}")
        return [{"type": "text", "text": text} for text in told]

    def _ended_status(self) -> int | None:
        """The status with which the application has ended, which is told once."""
        status = None if self._application is None else self._application.exit_status
        if status is not None:
            self._application = None
            self._tell(Faulted("application", f"the application has ended, with status {status}"))
        return status

    def _incomplete(self, asking: Asking, answer: Answer, most: int) -> None:
        """An answer that is not to be gone on from."""
        asking.dropped()
        match answer.stop_reason:
            case "refusal":
                raise OverError("refused", answer.text() or "the model refused to go on")
            case "max_tokens":
                if most < self._max_tokens:
                    raise OverError("budget", f"the budget left {most} tokens for the answer")
                if most >= self._settings.spec.max_output:
                    raise OverError("failed", f"the answer was cut off after {most} tokens")
                self._max_tokens = min(most * _MORE, self._settings.spec.max_output)
            case "model_context_window_exceeded" if self._context.can_be_retold():
                self._shortened(asking, [self._context.retold()])
            case "model_context_window_exceeded":
                raise OverError("failed", "the task does not fit the model's context window")
            case reason:
                raise OverError("failed", f"the API ended the turn for an unknown reason: {reason}")

    def _nothing_said(self, asking: Asking) -> None:
        """An answer without a word or a call, which the API does not take back."""
        asking.dropped()
        self._empty += 1
        if self._empty > _MOST_EMPTY:
            raise OverError("failed", f"the model answered nothing, {self._empty} times in a row")
        self._add([{"type": "text", "text": _GO_ON}])

    def _summary(self, asking: Asking, request: Usage) -> Answer | None:
        """The API's summary of the conversation, if it gives one and the budget allows it."""
        most = self.spending.answer_tokens(request, self._settings.max_tokens)
        if isinstance(most, str):
            return None
        try:
            answer = asking.summary(self._context.history, most)
        except anthropic.APIStatusError as error:
            if not _no_summary(error):
                raise
            return None
        self._count(answer, summary=True)
        return answer

    def _shortened(self, asking: Asking, ways: Iterable[Shortened]) -> None:
        """Tell of what the model no longer sees."""
        for event in ways:
            self._tool.forget()  # the last screenshot may be among it
            if event.messages:
                asking.dropped()
            self._tell(event)

    def _go_on(self) -> None:
        """Return if there is reason to wait for an answer any longer."""
        self._tool.desktop.stop.check()
        if self.spending.seconds_left <= 0:
            raise OverError("budget", str(self.spending.spent()))

    def _allowed(self, wanted: int, request: Usage) -> int:
        """How long the answer to a request may be, in tokens.

        Raises:
            OverError: if a limit of the budget is reached.
        """
        problem = self.spending.spent()
        if problem is not None:
            raise OverError("budget", problem)
        most = self.spending.answer_tokens(request, wanted)
        if isinstance(most, str):
            raise OverError("budget", most)
        return most

    def _count(self, answer: Answer, *, summary: bool = False) -> None:
        usd = self.spending.add(answer.usage)
        self.spending.turns += not summary
        turn = self.spending.turns
        self._tell(
            Answered(turn, answer.stop_reason, answer.usage, usd, answer.seconds, answer.request_id)
        )
        if summary:
            return
        if thought := answer.text("thinking"):
            self._tell(Thought(turn, thought))
        if said := answer.text():
            self._tell(Said(turn, said))

    def _lost(self, usage: Usage) -> None:
        """Count what was used for an answer that nobody waits for any longer.

        Told of later: what ends the waiting is not to be held up, nor replaced by another error.
        """
        self.spending.add(usage)
        if usage.total:
            self._lost_answers.append(
                Faulted("api", "an answer was not waited for to its end", usage)
            )

    def _tell_lost(self) -> None:
        while self._lost_answers:
            self._tell(self._lost_answers.pop(0))

    def _retried(self, event: Retried) -> None:
        self.spending.add(event.usage)
        self._tell(event)
        if event.wait_s > self.spending.seconds_left:
            raise OverError("budget", f"{event.reason}; no time is left to try again")

    def _add(self, content: list[Block]) -> None:
        """Say something to the model; its own words go back as they came."""
        content = self._tool.desktop.secrets.redacted(content)
        message = {"role": "user", "content": content}
        self._context.history.add(message)
        self._tell(Added(message))


_WHOLE = frozenset({"tool_use", "end_turn", "stop_sequence", "pause_turn", "compaction"})
"""Why an answer stops that is whole."""


def _no_summary(error: anthropic.APIStatusError) -> bool:
    """Whether the API cannot summarize this conversation, which we can tell of ourselves."""
    about_it = "compact" in str(error.message) or "compact" in (error.error_code or "")
    return is_too_long(error) or error.status_code >= 500 or (error.status_code == 400 and about_it)
