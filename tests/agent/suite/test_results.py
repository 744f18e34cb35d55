"""Verdicts, and the file that accounts for each task once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trueclick.agent.suite.ledger import RESULTS, Ledger
from trueclick.agent.suite.results import (
    Attempt,
    Ending,
    again,
    attempt_from_json,
    attempt_json,
    result_from_json,
    result_json,
    verdict_of,
    written,
)
from trueclick.geometry import UsageError

from .samples import result, task, whole

PASSED, FAILED = Attempt("passed"), Attempt("failed", ("no",))
TASKS = [task("a", 1), task("b", 2), task("c", 3)]


@pytest.mark.parametrize(
    ("endings", "verdict"),
    [
        (["passed"], "passed"),
        (["failed", "passed"], "flaky"),
        (["timeout", "error", "passed"], "flaky"),
        (["failed", "timeout"], "timeout"),
        (["out of memory"], "out of memory"),
        (["failed", "stopped"], "not run"),
        ([], "not run"),
    ],
)
def test_the_last_attempt_counts_and_a_late_pass_is_flaky(
    endings: list[Ending], verdict: str
) -> None:
    assert verdict_of([Attempt(ending) for ending in endings]) == verdict


def test_a_task_is_tried_again_as_often_as_it_may_be() -> None:
    assert again([FAILED], 1)
    assert not again([FAILED, FAILED], 1)
    assert not again([PASSED], 1)
    assert not again([Attempt("stopped")], 1)


def test_two_suites_do_not_write_the_same_results(tmp_path: Path) -> None:
    with Ledger(tmp_path / RESULTS, TASKS) as first:
        with pytest.raises(UsageError, match="another suite is writing"):
            Ledger(tmp_path / RESULTS, TASKS)
        assert first.add(result(TASKS[0], PASSED))
    with Ledger(tmp_path / RESULTS, TASKS) as again_:
        assert again_.done == 1


def test_results_travel_as_json() -> None:
    attempt = Attempt("error", ("a\nb", "\x1b[31m \ud7ff"), 1.5, 20.5, ("n",), "r", ("p",), 0.1)
    assert attempt_from_json(attempt_json(attempt)) == attempt
    told = result(TASKS[0], attempt, PASSED, starts=2, notes=("x",))
    assert result_from_json(result_json(told)) == told
    assert written("a\udc80ß") == "a\\udc80ß"
    with pytest.raises(ValueError, match="ending"):
        attempt_from_json(b'{"ending": "well"}')


def test_each_task_is_accounted_for_exactly_once(tmp_path: Path) -> None:
    with Ledger(tmp_path / RESULTS, TASKS) as ledger:
        assert ledger.add(result(TASKS[1], PASSED))
        assert not ledger.add(result(TASKS[1], FAILED))
        with pytest.raises(KeyError):
            ledger.add(result(task("other", 9), PASSED))
        assert [each.verdict for each in ledger.results()] == ["not run", "passed", "not run"]
    assert len((tmp_path / RESULTS).read_bytes().splitlines()) == 1


def test_what_has_a_result_is_not_done_again_unless_it_was_lost_or_has_changed(
    tmp_path: Path,
) -> None:
    path = tmp_path / RESULTS
    with Ledger(path, TASKS) as ledger:
        ledger.add(result(TASKS[0], PASSED))
        ledger.add(result(TASKS[1], PASSED))
        ledger.add(result(TASKS[2], verdict="lost", reason="its worker died"))
    changed = [TASKS[0], task("b", 2, retries=7), TASKS[2]]
    with Ledger(path, changed) as ledger:
        assert ledger.done == 1
        assert ledger.left == (changed[1], changed[2])
        ledger.add(result(changed[1], FAILED))
    with Ledger(path, changed) as ledger:
        assert ledger.left == (changed[2],)


def test_a_line_that_was_cut_short_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / RESULTS
    with Ledger(path, TASKS) as ledger:
        ledger.add(result(TASKS[0], PASSED))
        ledger.add(result(TASKS[1], PASSED))
    os.truncate(path, path.stat().st_size - 9)
    with Ledger(path, TASKS) as ledger:
        assert ledger.left == (TASKS[1], TASKS[2])
        ledger.add(result(TASKS[1], FAILED))
    with Ledger(path, TASKS) as ledger:
        assert [each.verdict for each in ledger.results()] == ["passed", "failed", "not run"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / RESULTS, TASKS)
    ledger._file.close()
    ledger._file = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)
    with ledger, pytest.raises(UsageError, match="No space left"):
        ledger.add(result(TASKS[0], PASSED))


def test_what_is_no_plain_file_is_refused() -> None:
    with pytest.raises(UsageError, match="no plain file"):
        Ledger(Path(os.devnull), TASKS)


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    (tmp_path / RESULTS).symlink_to(tmp_path / "other")
    with pytest.raises(UsageError):
        Ledger(tmp_path / RESULTS, TASKS)


def test_the_status_tells_whether_all_is_well() -> None:
    a, b = TASKS[:2]
    fine, flaky = (a, result(a, PASSED)), (b, result(b, FAILED, PASSED))
    skipped = (b, result(b, verdict="skipped", reason="later"))
    assert whole(fine, skipped).status(fail_on_flaky=True) == 0
    assert whole(fine, flaky).status(fail_on_flaky=False) == 0
    assert whole(fine, flaky).status(fail_on_flaky=True) == 1
    assert whole(fine, (b, result(b, FAILED))).status(fail_on_flaky=False) == 1
    assert whole(fine, (b, result(b))).status(fail_on_flaky=False) == 1
    assert whole(fine, flaky).words == "1 passed, 1 flaky"
