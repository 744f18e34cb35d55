"""Where traces are kept unless the user names a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path


def new_folder(environment: Mapping[str, str], pid: int, now_s: float) -> Path:
    """Where a run's trace belongs: a folder of its own, named for its start and its process.

    `$XDG_STATE_HOME/trueclick/runs/20261121-173005-4242`, with `~/.local/state` where the variable
    is not set, or is no absolute path, which the specification of the XDG base directories tells
    programs to ignore. The folder is not made.

    Args:
        environment: where `XDG_STATE_HOME` and `HOME` are read from.
        pid: the run's process.
        now_s: the time, in seconds since 1970; it is told in the local time zone.
    """
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = environment.get("HOME", "")
        state = Path(home or Path.home(), ".local", "state")
    started = time.strftime("%Y%m%d-%H%M%S", time.localtime(now_s))
    return state / "trueclick" / "runs" / f"{started}-{pid}"


def beside(folder: Path, word: str) -> Path:
    """Where what becomes of a trace belongs: beside it, named for it, a word, the time and us.

    Args:
        folder: the trace's.
        word: what it is.
    """
    now = time.strftime("%Y%m%d-%H%M%S")
    folder = folder.resolve()
    return folder.with_name(f"{folder.name}.{word}-{now}-{os.getpid()}")
