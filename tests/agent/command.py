"""The `trueclick` command without what is slow about it: importing, and reading a screen."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trueclick.agent.cli import main
from trueclick.agent.testing import StrictApi, calls

FAST = 60
"""Seconds: enough for a loaded machine; a hang is longer."""


def trueclick(
    *arguments: str, environment: dict[str, str] | None = None, encoding: str = "utf-8"
) -> subprocess.CompletedProcess[str]:
    """The command in this process, which has imported all that is slow to import.

    Args:
        arguments: without the program's name.
        environment: what is set beside the variables that are there.
        encoding: the terminal's.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        Path(os.devnull).open(encoding="utf-8") as nothing,
    ):
        patch.setattr(sys, "stdin", nothing)
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        faulthandler.dump_traceback_later(FAST, exit=True, file=sys.__stderr__ or sys.stderr)
        try:
            status = main([*arguments])
        except SystemExit as ended:  # how argparse ends the program
            status = int(str(ended.code))
        finally:
            faulthandler.cancel_dump_traceback_later()
    return subprocess.CompletedProcess(arguments, status, *map(_written, (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def waiting_for_ever() -> StrictApi:
    """An API whose model looks at the screen once, and then waits and waits.

    Served on a port, it keeps a run in another process going for less than the local model, which
    has to load what reads the screen.
    """
    turns = itertools.chain(
        [calls(("screenshot", {}))], itertools.repeat(calls(("wait", {"duration": 0.2})))
    )
    return StrictApi(lambda _: next(turns))
