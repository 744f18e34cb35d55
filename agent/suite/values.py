"""Values of secrets on their way to the attempts that type them: through a pipe, and no other way.

A task names its secrets, and nothing that is written down, sent to another machine or shown in a
list of processes holds more than the names. On this machine the values come from where the command
was called; a worker on another machine has them in its own environment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NoReturn

from ..secret import Secrets
from .tasks import Task


class Values:
    """The values of some secrets by their names; it shows none, and is not pickled.

    Args:
        values: the values, as `trueclick.agent.secret.values_of` reads them.

    Raises:
        UsageError: if a name or a value cannot be used.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        Secrets(values)
        self._values = dict(values)

    def line(self, task: Task) -> bytes:
        """What a keeper is told of the secrets of a task, in one line without its end.

        Raises:
            KeyError: if there is no value for one.
        """
        return json.dumps({name: self._values[name] for name in task.secrets}).encode()

    def left_out_of(self, environ: Mapping[str, str]) -> dict[str, str]:
        """An environment without them."""
        return {name: value for name, value in environ.items() if name not in self._values}

    def __repr__(self) -> str:
        return f"Values({', '.join(self._values)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")


def names_in(tasks: Iterable[Task]) -> tuple[str, ...]:
    """The names of all secrets that tasks need, those of skipped ones left out."""
    every = (name for task in tasks if task.skip is None for name in task.secrets)
    return tuple(dict.fromkeys(every))


NO_VALUES = Values({})
