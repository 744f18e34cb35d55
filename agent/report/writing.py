"""A report as a file: whole, or as it was before."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from trueclick.geometry import UsageError

from ..trace import Story, Trace
from ..whole_file import require_no_trace, whole_file
from .document import report_html

DEFAULT_NAME = "report.html"


def write_report(run: Trace | Story, path: Path | None = None, *, smaller: bool = False) -> Path:
    """Write the report of a run as one HTML file, and return where it is.

    Under its name there is never a part of it: what was there before stays until all is written.
    The file is for this user alone, as the trace is: it holds all that was on the screen.

    Args:
        run: a trace, or its story.
        path: where to; by default `report.html` in the folder of the trace.
        smaller: see `report_html`.

    Raises:
        UsageError: if it cannot be written there.
    """
    trace = run.trace if isinstance(run, Story) else run
    target = trace.folder / DEFAULT_NAME if path is None else path
    try:
        require_no_trace(target)
        require_no_trace(target.resolve())
        if target.is_dir():
            raise UsageError(f"{target} is a folder: name a file in it, such as report.html")
        parts = report_html(run, smaller=smaller)
        if path is None:
            _write(target, parts)  # a link in a trace, which may be anybody's, is replaced
        elif target.exists() and not target.is_file():  # a pipe, or /dev/stdout
            with target.open("wb") as special:
                special.writelines(parts)
        else:
            _write(target.resolve(), parts)  # the user's own link stays one
    except UsageError:
        raise
    except OSError as error:
        told = error.strerror or str(error)
        raise UsageError(
            f"the report {str(target)!r} cannot be written: {told}; name another place"
        ) from error
    except ValueError as error:  # a NUL
        raise UsageError(f"{str(target)!r} is no name of a file") from error
    return target


def _write(path: Path, parts: Iterable[bytes]) -> None:
    with whole_file(path) as file:
        file.writelines(parts)
