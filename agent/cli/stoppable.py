"""What `trueclick stop`, a file or a corner of the screen ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator

from ..escape import printable
from ..stop import StopSwitch
from ..stop.runs import UnlistedError, listed
from ..stop.watcher import polled


@contextlib.contextmanager
def stoppable(stop: StopSwitch, *, private: bool) -> Generator[None]:
    """Inside of the block the switch ends the run, whatever it waits for.

    Raises:
        UnlistedError: if `trueclick stop` could not find a run on a display that is not private.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(listed(stop))
        except UnlistedError as error:
            if not private:
                raise
            print(f"trueclick: {printable(str(error))}", file=sys.stderr)
        stack.enter_context(polled(stop))
        yield
