"""The `trueclick` command.

Exit status: 0 done, 1 the task failed, 2 misuse or a missing part, 128+N stopped by the signal N:
130 by Ctrl-C or another stop switch, 143 by a request to end, 129 because the terminal was closed.
"""

if __name__ != "trueclick.agent.cli":
    raise ImportError(f"import trueclick.agent.cli, not {__name__}")

from .main import main

__all__ = ["main"]
