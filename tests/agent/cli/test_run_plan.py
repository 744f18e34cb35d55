"""What can be wrong with `trueclick run`, each told in one line before anything is started."""

from pathlib import Path

import pytest

from trueclick.agent.cli import main, run_plan


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

    monkeypatch.setattr("trueclick.agent.cli.run._client", started)
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


def test_without_a_place_for_a_trace_a_run_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    plans: list[run_plan.Plan] = []

    def carried_out(plan: run_plan.Plan) -> None:
        plans.append(plan)
        raise OSError("enough")

    monkeypatch.setattr("trueclick.agent.cli.run._client", carried_out)
    main(["run", "x", "--model", "local", "--max-usd", "0.5", "--mask", "0,0,5,5"])
    (plan,) = plans
    assert plan.trace is None
    assert (plan.budget.turns, str(plan.budget.usd)) == (100, "0.5")
    assert "trueclick: no trace is kept: /dev/null" in capsys.readouterr().err
