"""What the user answered goes to the question that it answers, and only there."""

from __future__ import annotations

from typing import Any

from trueclick.agent.events import Added, Instructed
from trueclick.agent.older_tool import NOT_EXECUTED
from trueclick.agent.trace import resumed
from trueclick.agent.trace.answering import CARRIED_OUT, UNANSWERED

from .conftest import Reader
from .test_resuming import problems, results, words
from .told import STARTED, TASK, acted, answered, assistant, call, ended

Json = dict[str, Any]


def handed(id_: str, question: object) -> Json:
    given = {"reason": "needs_user", "message": question}
    return {"type": "tool_use", "id": id_, "name": "hand_back", "input": given}


def test_a_task_that_was_handed_back_is_answered_with_the_users_words(trace_of: Reader) -> None:
    handed = {"type": "tool_use", "id": "h1", "name": "hand_back", "input": {"message": "Code?"}}
    told = [STARTED, Added(TASK), answered(), assistant(handed), ended(None, "needs_user")]
    going_on = resumed(trace_of(*told), STARTED, instruction="4711")
    assert results(going_on) == [("h1", UNANSWERED, False)]
    assert "4711" in words(going_on)
    assert problems(going_on.messages) == []
    answer = Instructed("0815", question="Code?")
    going_on = resumed(trace_of(*told[:-1], answer), STARTED)
    assert results(going_on) == [("h1", "The user answers: 0815", False)]


def test_an_answer_is_not_repeated_as_the_users_words(trace_of: Reader) -> None:
    told = [STARTED, Added(TASK), assistant(handed("h1", "Code?"))]
    answer = Instructed("0815", question="Code?")
    going_on = resumed(trace_of(*told, answer, Instructed("hurry")), STARTED)
    assert results(going_on) == [("h1", "The user answers: 0815", False)]
    assert "0815" not in words(going_on)
    assert words(going_on).endswith("\n\nhurry")


def test_each_question_has_its_own_answer(trace_of: Reader) -> None:
    message = assistant(handed("h1", "Which?"), handed("h2", "Code?"), handed("h3", ["?"]))
    told = [STARTED, Added(TASK), message]
    answers = [
        Instructed("0815", question="Code?"),
        Instructed("neither", question="no reason given"),
        Instructed("left", question="Which?"),
    ]
    assert results(resumed(trace_of(*told, *answers), STARTED)) == [
        ("h1", "The user answers: left", False),
        ("h2", "The user answers: 0815", False),
        ("h3", "The user answers: neither", False),
    ]
    assert results(resumed(trace_of(*told, answers[2]), STARTED)) == [
        ("h1", "The user answers: left", False),
        ("h2", NOT_EXECUTED, True),
        ("h3", NOT_EXECUTED, True),
    ]


def test_an_answer_to_what_nobody_asked_is_not_lost(trace_of: Reader) -> None:
    told = [STARTED, Added(TASK), assistant(handed("h1", "Code?"))]
    going_on = resumed(trace_of(*told, Instructed("0815", question="Which?")), STARTED)
    assert results(going_on) == [("h1", UNANSWERED, False)]
    assert words(going_on).endswith("\n\n0815")


def test_what_follows_a_question_was_not_executed(trace_of: Reader) -> None:
    message = assistant(
        handed("h1", "Code?"), call("t1", "type", text="x"), call("t2", "type", text="y")
    )
    told = [STARTED, Added(TASK), message, Instructed("0815", question="Code?")]
    assert results(resumed(trace_of(*told), STARTED))[1:] == [
        ("t1", NOT_EXECUTED, True),
        ("t2", NOT_EXECUTED, True),
    ]
    # What was carried out all the same, by a version that did not stop there, is told as it was.
    typed = acted("t1", "type", text="x")
    assert results(resumed(trace_of(*told, typed), STARTED))[1:] == [
        ("t1", CARRIED_OUT, False),
        ("t2", NOT_EXECUTED, True),
    ]


def test_a_question_after_what_failed_was_not_asked(trace_of: Reader) -> None:
    message = assistant(call("t1", "left_click", coordinate=[1, 2]), handed("h1", "Code?"))
    refused = acted("t1", "left_click", "It is outside.")
    going_on = resumed(trace_of(STARTED, Added(TASK), message, refused), STARTED)
    assert results(going_on)[1] == ("h1", NOT_EXECUTED, True)
