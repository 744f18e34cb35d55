"""Other programs of the same user cannot look into a process that holds secrets."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..command import trueclick
from .forms import VALUE

NOBODY = 65534
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4  # linux/prctl.h

HOLDS = """
import sys
exec(sys.argv[1])
print(keep_out() if sys.argv[2] == "closed" else None, flush=True)
sys.stdin.read()
"""
LOOKS = """
import sys
for name in ("environ", "mem", "maps"):
    try:
        with open(f"/proc/{sys.argv[1]}/{name}", "rb") as file:
            print(name, len(file.read(1)) if name == "environ" else "opened")
    except PermissionError:
        print(name, "denied")
"""
SOURCE = Path(__file__).parents[3] / "agent" / "secret" / "process.py"


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
@pytest.mark.parametrize("how", ["open", "closed"])
def test_a_process_that_keeps_others_out_cannot_be_read(how: str) -> None:
    # Root may read everything; what holds for everybody else is tried as somebody else.
    user = NOBODY if os.geteuid() == 0 else None
    python = "/usr/bin/python3" if user else sys.executable
    if not Path(python).exists():
        pytest.skip("no Python that everybody may start")
    holder = subprocess.Popen(
        [python, "-c", HOLDS, SOURCE.read_text(), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PASSWORD": VALUE},
        user=user,
        cwd="/",
    )
    try:
        assert holder.stdout is not None
        told = holder.stdout.readline().strip()
        looks = [python, "-c", LOOKS, str(holder.pid)]
        seen = subprocess.run(looks, user=user, cwd="/", capture_output=True, check=True).stdout
    finally:
        holder.kill()
        holder.communicate()
    if how == "closed":
        assert told == b"True"
        assert seen.split() == [b"environ", b"denied", b"mem", b"denied", b"maps", b"denied"]
    else:
        assert b"environ 1" in seen


@pytest.mark.skipif(sys.platform != "linux", reason="there is no prctl")
def test_a_run_keeps_others_out() -> None:
    prctl = ctypes.CDLL(None).prctl
    before: int = prctl(PR_GET_DUMPABLE)
    try:
        alone = ("--confirm", "never", "--unattended")
        done = trueclick("run", 'click "A"', "--model", "local", "--display", ":997", *alone)
        assert prctl(PR_GET_DUMPABLE) == 0, done
    finally:
        prctl(PR_SET_DUMPABLE, before)
