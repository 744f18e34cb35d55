"""What can be wrong with `trueclick run`, each told in one line before anything is started."""

import argparse
import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent.cli import main, run_plan
from trueclick.agent.trace import Trace, TraceWriter, read_trace
from trueclick.geometry import Box, Image

from ..trace.told import STARTED


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no task: say what to do"),
        (["x", "--max-turns", "0"], "--max-turns must be at least 1, got 0"),
        (["x", "--max-seconds", "0"], "'0' is not a number above 0"),
        (["x", "--max-seconds", "nan"], "'nan' is not a number above 0"),
        (["x", "--max-usd", "-1"], "'-1' is not a number above 0"),
        (["x", "--max-tokens", "1e6"], "'1e6' is not a number of at least 1"),
        (["x", "--model", "claude-mythos-5-2", "--max-usd", "1"], "none is published for claude-"),
        (["x", "--model", "claude-haiku-4-5", "--effort", "low"], "claude-haiku-4-5 takes no"),
        (["x", "--effort", "huge"], "invalid choice: 'huge'"),
        (["x", "--history", "none"], "invalid choice: 'none'"),
        (["x", "--platform", "azure"], "invalid choice: 'azure'"),
        (["x", "--platform", "bedrock"], "runs here, not on the platform bedrock"),
        (
            ["x", "--model", "claude-opus-4-7", "--platform", "bedrock", "--history", "thread"],
            "bedrock keeps no conversation with claude-opus-4-7",
        ),
        (["x", "--model", "claude-opus-5.5"], "'claude-opus-5.5'; the nearest known: claude-opus-"),
        (["x", "--effort", "low"], "--effort means nothing to --model local"),
        (["x", "--max-usd", "1"], "--max-usd means nothing to --model local"),
        (["x", "--size", "319x200"], "'319x200' is too small: at least 320x200"),
        (["x", "--max-tokens", "1000000000000"], "of at least 1, in at most 12 digits"),
        (["x", "--confirm", ""], "--confirm is empty: say ask, always, never or a file of rules"),
        (["x", "--confirm", "sometimes"], "'sometimes' is none of ask, always and never"),
        (["x", "--confirm", "ask"], "the private display must be approved in a terminal"),
        (["x", "--display", ":4242", "--confirm", "never"], "add --unattended if that is meant"),
        (["x", "--secret", "a b"], "a secret's name has letters, digits and underscores alone"),
        (["x", "--secret", "NOT_SET_ANYWHERE"], "no secret NOT_SET_ANYWHERE: set the environment"),
        (["x", "--mask", "1,2,3"], "'1,2,3' is not a region"),
        (["x", "--mask", "0,0,1281,5"], "is not inside of the 1280x800 display"),
        (["x", "--mask-secrets"], "--mask-secrets goes with --secret alone"),
        (["x", "--trace", "a", "--no-trace"], "not allowed with argument"),
        (["x", "--quiet", "--json"], "not allowed with argument"),
        (["x", "--trace", "/dev/null/x"], "/dev/null cannot be"),
        (["x", "--screenshots", "/proc/x"], "/proc/x cannot be made"),
        (["--resume", "/no/trace"], "/no/trace"),
        (["--resume", "/tmp"], "/tmp"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told_before_anything_is_started(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def started(*_: object) -> None:
        pytest.fail("something was started")

    monkeypatch.setattr("trueclick.agent.cli.run.client_for", started)
    model = [] if "--model" in words or "--resume" in words else ["--model", "local"]
    try:
        status = main(["run", *words, *model])
    except SystemExit as error:  # how argparse tells its own
        status = int(error.code or 0)
    captured = capsys.readouterr()
    assert said in captured.err
    assert (status, captured.out, len(captured.err.splitlines())) == (2, "", 1)


def test_a_trace_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "trace.jsonl").touch()
    assert main(["run", "x", "--model", "local", "--trace", str(tmp_path)]) == 2
    assert f"{tmp_path} holds a trace already: choose another folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("default", "full"),
        ("named", "full"),
        ("resumed", "full"),
        ("default", "no folder"),
        ("named", "no folder"),
    ],
)
def test_where_no_trace_can_be_kept_a_run_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    where: str,
    fault: str,
) -> None:
    before = a_trace(tmp_path / "before", {}).folder
    if fault == "full":

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("os.fsync", full)
        said = "cannot be written to: No space left on device"
    else:
        monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
        said = "cannot be made: "
    named = {"named": ["--trace", str(tmp_path / "new" if fault == "full" else "/dev/null/x")]}
    words = ["--resume", str(before)] if where == "resumed" else named.get(where, [])
    assert main(["run", "x", "--model", "local", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "with --trace DIR, or keep none with --no-trace" in told
    assert len(told.splitlines()) == 1


def a_trace(folder: Path, setup: dict[str, Any]) -> Trace:
    """A run with the local model, resumed by nobody yet."""
    with TraceWriter(folder) as told:
        told(replace(STARTED, model="local", setup=setup))
    return read_trace(folder)


def plan(*words: str) -> run_plan.Plan:
    """What a command line would do."""
    plans: list[run_plan.Plan] = []

    def planned(options: argparse.Namespace) -> run_plan.Plan:
        plans.append(run_plan.plan_of(options))
        return plans[0]

    def started(*_: object) -> None:
        raise OSError("enough")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trueclick.agent.cli.run.plan_of", planned)
        patch.setattr("trueclick.agent.cli.run.client_for", started)
        main(["run", *words])
    (only,) = plans
    return only


def resumed(tmp_path: Path, first: run_plan.Plan, *words: str) -> run_plan.Plan:
    """What a command line does that resumes the run of another one."""
    folder = tmp_path / f"trace-{len(list(tmp_path.iterdir()))}"
    return plan("--resume", str(a_trace(folder, dict(first.setup)).folder), *words)


LOCALLY = ("x", "--model", "local")


def test_a_run_is_planned_as_it_was_asked_for() -> None:
    planned = plan(*LOCALLY, "--max-tokens", "999999999999", "--mask", "0,0,5,5")
    assert planned.budget.turns == 100
    assert planned.budget.tokens == 999_999_999_999
    assert planned.guard_batches
    assert planned.policy.name == "never"
    assert plan(*LOCALLY, "--no-trace").setup == {}


def test_a_run_that_is_resumed_is_as_safe_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PW", "hunter2hunter2")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.toml").write_text('default = "refuse"')
    words = ["--secret", "PW", "--mask", "1,2,3,4", "--mask-secrets", "--no-batch-guard"]
    words += ["--confirm", "rules.toml", "--app", "./my app", "--stop-file", "halt"]
    words += ["--max-tokens", "5000", "--max-seconds", "90.5"]
    first = plan(*LOCALLY, *words)
    assert "hunter2" not in str(first.setup)
    monkeypatch.chdir("/")
    capsys.readouterr()
    again = resumed(tmp_path, first)
    told = capsys.readouterr().err
    assert again.policy == first.policy
    assert again.policy.name == "rules"
    assert again.secrets.names == ("PW",)
    assert again.masks == first.masks
    assert (again.mask_secrets, again.guard_batches) == (True, False)
    assert again.command == (f"{tmp_path}/my", "app")
    assert again.stop_file == f"{tmp_path}/halt"
    assert (again.budget.tokens, again.budget.seconds) == (5000, 90.5)
    assert "as before: --confirm" in told
    assert f"--app '{tmp_path}/my app'" in told
    assert len(told.splitlines()) == 2  # and what ended it here
    assert again.setup == first.setup


def test_what_is_said_again_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "hunter2hunter2")
    monkeypatch.setenv("OTHER", "correct horse")
    words = ["--secret", "PW", "--mask-secrets", "--mask", "1,2,3,4", "--no-batch-guard"]
    first = plan(*LOCALLY, *words, "--app", "this", "--max-tokens", "5")
    words = ["--secret", "OTHER", "--no-mask-secrets", "--mask", "5,6,7,8", "--batch-guard"]
    again = resumed(tmp_path, first, *words, "--app", "that", "--max-tokens", "7")
    assert again.secrets.names == ("PW", "OTHER")  # those of before stay hidden as well
    assert again.masks == (Box[Image](1, 2, 3, 4), Box[Image](5, 6, 7, 8))
    assert (again.mask_secrets, again.guard_batches) == (False, True)
    assert (again.command, again.budget.tokens) == (("that",), 7)
    without = resumed(tmp_path, first, "--app", "")
    assert (without.command, "app" in without.setup) == ((), False)


@pytest.mark.parametrize(
    ("setup", "words", "said"),
    [
        ({"confirm": "ask"}, [], "the private display must be approved in a terminal, and st"),
        ({"confirm": "always"}, [], "must be approved in a terminal, and standard input"),
        ({"display": ":4242"}, [], "every action on :4242 must be approved in a terminal"),
        ({"display": ":4242", "confirm": "never"}, [], "add --unattended if that is meant"),
        ({"confirm": "never"}, ["--display", ":4242"], "add --unattended if that is meant"),
        ({"confirm": "/no/rules"}, [], "'/no/rules' is none of ask, always and never, and no"),
        ({"secrets": ["NOWHERE"]}, [], "this run used the secret NOWHERE: set the environment va"),
        (
            {"secrets": ["HOME"], "app": ["login", "--password={{HOME}}"]},
            [],
            "the command of --app held the secret HOME, which no trace keeps",
        ),
        ({"masks": [[0, 0, 9999, 9999]]}, [], "is not inside of the 1280x800 display"),
        ({"masks": [[5, 5, 5, 5]]}, [], "how this run was set up"),
        ({"masks": [[0, 0, 5]]}, [], "how this run was set up"),
        ({"confirm": 5}, [], "how this run was set up is told in its trace in words that"),
        ({"approved_by": "the board"}, [], "update trueclick, or resume it by the program"),
    ],
)
def test_what_cannot_be_taken_over_is_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    setup: dict[str, Any],
    words: list[str],
    said: str,
) -> None:
    trace = a_trace(tmp_path / "trace", setup)
    assert main(["run", "--resume", str(trace.folder), *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_trace_that_others_may_have_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_trace(tmp_path / "trace", {"app": ["xterm"]}).folder
    lines = folder / "trace.jsonl"
    for path, mode in ((folder, 0o777), (lines, 0o620)):
        before = path.stat().st_mode
        path.chmod(mode)
        assert main(["run", "--resume", str(folder)]) == 2
        told = capsys.readouterr().err
        assert f"others may write to {path}: if nobody has, chmod -R go-w {folder}" in told
        path.chmod(before)
    lines.rename(tmp_path / "elsewhere")
    lines.symlink_to(tmp_path / "elsewhere")
    assert main(["run", "--resume", str(folder)]) == 2
    assert f"{lines} is a link, which is not followed" in capsys.readouterr().err
    if os.geteuid() == 0:
        lines.unlink()
        (tmp_path / "elsewhere").rename(lines)
        os.chown(lines, 12345, -1)
        assert main(["run", "--resume", str(folder)]) == 2
        assert f"{lines} belongs to another user" in capsys.readouterr().err
