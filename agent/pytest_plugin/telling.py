"""What is kept and told of a test that has failed, while its display is still there.

What cannot be kept is told in a line instead: nothing here takes the place of the failure itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from trueclick.agent.qa import ExpectationError
from trueclick.agent.report.visible import visible
from trueclick.capture import CaptureError, Screenshot, Source, encode
from trueclick.geometry import TrueclickError

from .state import TestState, forget_state, shown
from .tidiness import window_titles

SECTION = "trueclick"

_LINES = 5
_MOST_DEPTH = 20


def tell_of_phase(
    state: TestState, error: BaseException | None, report: pytest.TestReport, *, keep: bool
) -> None:
    """Add to the report of a phase of a test what there is to tell, and end with the last phase.

    Args:
        state: the test's.
        error: what the phase ended with.
        report: of the phase; gets a section, and the properties that JUnit's file has.
        keep: whether artifacts are kept even if the test has passed.
    """
    if report.failed:
        _tell(state, error, report)
        state.failed = True
    if report.when != "teardown":
        return
    if state.folder is not None:
        state.folder.finish(keep=keep or state.failed)
    if state.notices:
        root = f"{state.item.config.rootpath}/"
        notices = [notice.replace(root, "") for notice in state.notices]
        lines = [f"{report.nodeid}: {notice}" for notice in notices]
        # Whatever a report has of its own is brought by a worker to the session that it works for.
        report.__dict__["trueclick_notices"] = lines
        if state.failed:
            report.sections.append((SECTION, "\n".join(notices)))
    forget_state(state.item)


def _tell(state: TestState, error: BaseException | None, report: pytest.TestReport) -> None:
    lines: list[str] = []
    redacted = state.desktop.secrets.redacted if state.desktop is not None else str
    for what, told in _found(state, error):
        if isinstance(told, Path):
            path = shown(told, state.item.config)
            lines.append(f"{what}: {path}")
            state.item.user_properties.append((f"trueclick_{what}", path))
            report.user_properties.append((f"trueclick_{what}", path))
        else:
            told = redacted(told)  # noqa: PLW2901 - a program may say what was typed into it
            lines.append(f"{what}:{told}" if told.startswith("\n") else f"{what}: {told}")
    if lines:
        report.sections.append((SECTION, "\n".join(lines)))


def _found(state: TestState, error: BaseException | None) -> Iterator[tuple[str, Path | str]]:
    """What there is to tell, each with a word for what it is."""
    folder = state.artifacts()
    if folder is None:
        yield "no artifacts are kept", state.problem or "no folder"
    if state.desktop is not None or state.display is not None:
        if folder is not None:
            yield _screenshot(state, folder)
        yield from _windows(state)
    for path in _pictures(error):
        yield "difference" if "difference" in path.name else "picture", path
    if folder is not None:
        for trace in _traces(folder):
            yield "trace", trace
            yield _report(trace)
    if state.applications is not None:
        yield from _last_words(state)


def _screenshot(state: TestState, folder: Path) -> tuple[str, Path | str]:
    """The display as it was when the test failed, in a file."""
    try:
        shot = _last_look(state)
        path = folder / "screenshot.png"
        path.write_bytes(encode(shot).data)
    except (CaptureError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return "no screenshot", reason or str(error)
    return "screenshot", path


def _last_look(state: TestState) -> Screenshot:
    if state.display is not None:
        _ = state.display.name  # says how the server has ended, if it has
    if state.desktop is not None:
        return state.desktop.glance()  # with what is secret painted over
    with Source(_server(state)) as source:
        return source.grab()


def _server(state: TestState) -> str:
    if state.display is not None:
        return state.display.name
    assert state.desktop is not None  # noqa: S101 - one or the other
    return state.desktop.display.server


def _windows(state: TestState) -> Iterator[tuple[str, str]]:
    try:
        titles = window_titles(_server(state))
    except CaptureError:
        return  # told instead of the screenshot
    yield "windows", ", ".join(titles) or "none"


def _pictures(error: BaseException | None) -> Iterator[Path]:
    """The pictures that the errors of a failure have written, each once."""
    told: set[Path] = set()
    for each in _chain(error, _MOST_DEPTH):
        artifacts = each.artifacts if isinstance(each, ExpectationError) else ()
        for path in artifacts:
            if path not in told and path.is_file():
                told.add(path)
                yield path


def _chain(error: BaseException | None, depth: int) -> Iterator[BaseException]:
    """An error, those in its group, and those that it came from."""
    if error is None or not depth:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        for each in group.exceptions:
            yield from _chain(each, depth - 1)
    yield from _chain(error.__cause__ or error.__context__, depth - 1)


def _traces(folder: Path) -> list[Path]:
    """The folders of the traces that were written."""
    return sorted(found.parent for found in folder.rglob("trace.jsonl"))


def _report(trace: Path) -> tuple[str, Path | str]:
    from trueclick.agent.report import write_report  # noqa: PLC0415 - where there are traces
    from trueclick.agent.trace import read_trace  # noqa: PLC0415

    try:
        return "report", write_report(read_trace(trace, check_pictures=False))
    except TrueclickError as error:
        return "no report", str(error)
    except OSError as error:
        return "no report", error.strerror or str(error)


def _last_words(state: TestState) -> Iterator[tuple[str, str]]:
    assert state.applications is not None  # noqa: S101 - asked by the caller
    for name, status, words in state.applications.last_words():
        ended = "" if status is None else f" ended with status {status};"
        lines = visible(words).splitlines()[-_LINES:]
        if ended or lines:
            yield f"{name}{ended} wrote last", "\n  ".join(["", *lines]) if lines else "nothing"
