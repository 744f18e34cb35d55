"""Which tasks of a suite are meant by a pattern."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase

from trueclick.geometry import UsageError

from .tasks import Task


def selected(tasks: Sequence[Task], patterns: Sequence[str]) -> tuple[Task, ...]:
    """The tasks that one of the patterns fits; all of them if there is no pattern.

    A pattern fits a name or a name with its cell, such as `gift wrap [size 1280x800]`: with `*`,
    `?` and `[` as in a shell, or else as a part of it. Case does not matter.

    Raises:
        UsageError: if a pattern fits none.
    """
    if not patterns:
        return tuple(tasks)
    fitting: set[str] = set()
    for pattern in patterns:
        found = {task.id for task in tasks if _fits(task, pattern.lower())}
        if not found:
            names = [task.name for task in tasks]
            near = difflib.get_close_matches(pattern, names, n=1, cutoff=0.3) or names[:1]
            raise UsageError(f"no task fits {pattern!r}; there is one named {near[0]!r}")
        fitting |= found
    return tuple(task for task in tasks if task.id in fitting)


def _fits(task: Task, pattern: str) -> bool:
    names = (task.name.lower(), task.title.lower(), task.id.lower())
    return any(pattern in name or fnmatchcase(name, pattern) for name in names)
