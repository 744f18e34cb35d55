"""Private displays on real X servers: who gets in, what is on them, and that nothing is left."""

import contextlib
import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trueclick.agent import application
from trueclick.capture import (
    CaptureError,
    Source,
    VirtualDisplay,
    application_environment,
    displays,
    is_private,
)
from trueclick.capture.x11.connection import connect
from trueclick.capture.x11.windows import visible_windows
from trueclick.geometry import Box, Screen, Size, UsageError

from ..programs import EMPTY_WINDOW, TK_PYTHON, children, marked, own

SMALL = Size[object](300, 200)
NOBODY = 65534
PATIENCE_S = 15

KNOCK = """
import os, socket, struct, sys
address, cookie, user, file = sys.argv[1:]
if user:
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))
try:
    open(file, "rb").read()
except PermissionError:
    print("unreadable", end=" ")
protocol = b"MIT-MAGIC-COOKIE-1" if cookie else b""
cookie = bytes.fromhex(cookie)
padded = lambda part: part + bytes(-len(part) % 4)
with socket.socket(socket.AF_UNIX) as client:
    client.connect(address.replace("@", chr(0)))
    hello = struct.pack("=BxHHHHxx", 0x6c, 11, 0, len(protocol), len(cookie))
    client.sendall(hello + padded(protocol) + padded(cookie))
    print({0: "refused", 1: "admitted"}[client.recv(1)[0]])
"""
"""A client of an X server, by hand: it shows the cookie that it is told to and nothing else."""

HOLD = """
import sys, time
from trueclick.agent import application
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Size
with VirtualDisplay(Size(300, 200)) as display, application(sys.argv[1:], display.name):
    print(display.name, display.authority, flush=True)
    time.sleep(1000)
"""
"""A program that shows an application on a display of its own until it is ended."""

DEAF = """
import os, signal, subprocess, sys, tkinter
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "1000"], start_new_session=True)
subprocess.Popen(["sleep", "1000"], env={})
tkinter.Tk().mainloop()
"""
"""An application that does not want to end, one child outside its session and one unmarked."""


def knock(
    display: VirtualDisplay, *, cookie: bytes = b"", user: int | None = None, abstract: bool = False
) -> str:
    """What becomes of a client that shows `cookie`, by default none, as a certain user."""
    path = f"{'@' * abstract}/tmp/.X11-unix/X{display.name[1:]}"
    arguments = [path, cookie.hex(), str(user or ""), str(display.authority)]
    command = [sys.executable, "-I", "-S", "-c", KNOCK, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def cookie_of(display: VirtualDisplay) -> bytes:
    return display.authority.read_bytes()[-16:]


def soon(true: Callable[[], bool]) -> bool:
    """Whether something comes true before patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while not (holds := true()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds


def kill(pid: int) -> None:
    """Kill a child and return when it is dead, without taking note of it as its parent does."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def stale(name: str) -> bool:
    """Whether a display has left its socket or its lock behind; another may have its number."""
    with socket.socket(socket.AF_UNIX) as client:
        answer = client.connect_ex(f"/tmp/.X11-unix/X{name[1:]}")
    locked = Path(f"/tmp/.X{name[1:]}-lock").exists()
    return answer == errno.ECONNREFUSED or (answer == errno.ENOENT and locked)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def test_a_virtual_display_leaves_nothing_behind(tmp_path: Path) -> None:
    before = own("Xvfb")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with VirtualDisplay(Size(640, 480), environment=environment) as display:
        name, folder = display.name, display.authority.parent
        assert Path(f"/tmp/.X11-unix/X{name[1:]}").exists()
        assert is_private(display.name)
        started = own("Xvfb") - before
    assert started
    assert not own("Xvfb") & started
    assert not stale(name)
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_displays_started_at_once_do_not_clash() -> None:
    with VirtualDisplay(Size(300, 200)) as one, VirtualDisplay(Size(400, 300)) as two:
        assert one.name != two.name
        assert displays(two.name)[0].box.size == Size(400, 300)


def test_a_name_is_known_only_inside_of_the_context() -> None:
    display = VirtualDisplay(Size(300, 200))
    with pytest.raises(UsageError, match="only inside its `with` block"):
        _ = display.name


def test_a_missing_server_program_is_named_with_its_remedy(tmp_path: Path) -> None:
    with (
        pytest.raises(CaptureError, match="Xvfb is not installed: apt-get install xvfb"),
        VirtualDisplay(Size(300, 200), environment={"PATH": str(tmp_path)}),
    ):
        pass


def test_a_missing_window_manager_leaves_no_server_behind(tmp_path: Path) -> None:
    before = own("Xvfb")
    (tmp_path / "Xvfb").symlink_to("/usr/bin/Xvfb")
    environment = {"PATH": str(tmp_path)}
    with (
        pytest.raises(CaptureError, match="openbox is not installed: apt-get install openbox"),
        VirtualDisplay(Size(300, 200), environment=environment),
    ):
        pass
    assert own("Xvfb") <= before


def test_a_server_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(CaptureError, match="Xvfb did not start at 32767x32767x24"),
        VirtualDisplay(Size(32767, 32767)),
    ):
        pass


def test_a_depth_that_cannot_be_captured_is_refused() -> None:
    with pytest.raises(UsageError, match="depth 30 cannot be captured"):
        VirtualDisplay(Size(300, 200), depth=30)


def test_a_size_beyond_x11_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 32767 pixels"):
        VirtualDisplay(Size(40_000, 200))


def test_a_server_of_somebody_else_is_not_private() -> None:
    read_end, write_end = os.pipe()
    # A grandchild of ours, as a server would be that another program started.
    server = subprocess.Popen(
        ["sh", "-c", f"Xvfb -displayfd {write_end} -screen 0 300x200x24 & wait"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        os.close(write_end)
        name = f":{int(os.read(read_end, 16))}"
        assert displays(name)
        assert not is_private(name)
    finally:
        os.killpg(server.pid, 15)
        server.wait()
        os.close(read_end)
        time.sleep(0.1)


@pytest.mark.parametrize("name", ["", ":", ":x", "host:0", ":99999", ":0;ls"])
def test_what_cannot_be_found_out_is_not_private(name: str) -> None:
    assert not is_private(name)


def test_a_key_never_reaches_the_application() -> None:
    environment = application_environment(
        ":5", {"PATH": "/bin", "ANTHROPIC_API_KEY": "secret", "LC_ALL": "de_DE", "DISPLAY": ":0"}
    )
    assert environment == {
        "DISPLAY": ":5",
        "GDK_BACKEND": "x11",
        "LANG": "C.UTF-8",
        "LC_ALL": "de_DE",
        "PATH": "/bin",
        "QT_QPA_PLATFORM": "xcb",
    }


def test_the_users_own_desktop_is_out_of_the_applications_reach() -> None:
    # In XDG_RUNTIME_DIR lie the sockets of the Wayland display and of the session bus.
    real = {"XDG_RUNTIME_DIR": "/run/user/1", "WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}
    assert not set(application_environment(":5", real)) & {"XDG_RUNTIME_DIR", "WAYLAND_DISPLAY"}


def test_the_authority_of_a_display_reaches_programs_on_that_display_alone() -> None:
    environment = {"DISPLAY": ":0", "XAUTHORITY": "/home/ada/.Xauthority"}
    assert "XAUTHORITY" in application_environment(":0", environment)
    assert "XAUTHORITY" not in application_environment(":5", environment)


def test_a_program_of_this_user_needs_the_name_alone() -> None:
    with VirtualDisplay(SMALL, window_manager=False) as display:
        assert knock(display) == "admitted"
        assert knock(display, cookie=bytes(16)) == "admitted"


@as_root
@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract socket"])
def test_another_user_is_refused(abstract: bool) -> None:
    with VirtualDisplay(SMALL, window_manager=False) as display:
        assert knock(display, user=NOBODY, abstract=abstract) == "unreadable refused"
        guessed = knock(display, cookie=bytes(16), user=NOBODY, abstract=abstract)
        assert guessed == "unreadable refused"
        # What is refused is the lack of the cookie and not something else about this client.
        told = knock(display, cookie=cookie_of(display), user=NOBODY, abstract=abstract)
        assert told == "unreadable admitted"


@as_root
def test_another_user_is_refused_even_when_somebody_tidies_up_the_authority_file() -> None:
    with VirtualDisplay(SMALL, window_manager=False) as display:
        file = display.authority
        file.rename(file.with_name("elsewhere"))
        assert knock(display, user=NOBODY).endswith("refused")


def test_each_display_has_an_authority_file_of_its_own_for_this_user_alone() -> None:
    with (
        VirtualDisplay(SMALL, window_manager=False) as one,
        VirtualDisplay(SMALL, window_manager=False) as two,
    ):
        assert cookie_of(one) != cookie_of(two)
        for display in (one, two):
            file, folder = display.authority.stat(), display.authority.parent.stat()
            assert stat.S_IMODE(file.st_mode) == 0o600
            assert stat.S_IMODE(folder.st_mode) == 0o700
        file_was = one.authority
    assert not file_was.parent.exists()


def test_nobody_is_served_over_the_network(display: VirtualDisplay) -> None:
    port = 6000 + int(display.name[1:])
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as client:
            assert client.connect_ex((address, port)) != 0


def test_monitors_are_displays_of_their_own() -> None:
    boxes = [Box[Screen](640, 0, 1000, 300), Box[Screen](0, 20, 640, 500)]
    with VirtualDisplay(Size(1000, 500), monitors=boxes, window_manager=False) as display:
        # Nobody is connected in between: they do not vanish with the last client.
        time.sleep(0.1)
        listed = displays(display.name)
        assert [each.box for each in listed] == boxes
        assert [each.primary for each in listed] == [True, False]
        assert [each.output for each in listed] == ["trueclick-0", "trueclick-1"]
        with Source(display.name, 1) as source:
            assert source.grab().size == Size(640, 480)


def test_the_window_manager_knows_the_monitors() -> None:
    boxes = [Box[Screen](0, 0, 400, 300), Box[Screen](400, 0, 1000, 300)]
    code = "import tkinter; t = tkinter.Tk(); t.attributes('-zoomed', True); t.mainloop()"
    with (
        VirtualDisplay(Size(1000, 300), monitors=boxes) as display,
        application([TK_PYTHON, "-c", code], display.name),
        connect(display.name) as connection,
    ):

        def widths() -> list[int]:
            found = visible_windows(connection)
            return [connection.core.GetGeometry(each).reply().width for each in found]

        assert soon(lambda: max(widths(), default=0) in {400, 600}), widths()


@pytest.mark.parametrize(
    "box", [Box(0, 0, 301, 200), Box(0, 0, 300, 201), Box(-1, 0, 10, 10), Box(0, -1, 10, 10)]
)
def test_a_monitor_outside_of_the_display_is_refused(box: Box[Screen]) -> None:
    with pytest.raises(UsageError, match="is not inside the display of 300x200"):
        VirtualDisplay(SMALL, monitors=[Box(0, 0, 300, 200), box])


def test_a_display_without_a_monitor_is_refused() -> None:
    with pytest.raises(UsageError, match="needs a monitor"):
        VirtualDisplay(SMALL, monitors=[])


def test_twenty_displays_at_once_do_not_clash() -> None:
    barrier = threading.Barrier(20)

    def size_seen(index: int) -> tuple[str, Size[Screen]]:
        with VirtualDisplay(Size(300 + index, 200), window_manager=False) as display:
            barrier.wait(60)  # until all of them are there
            (only,) = displays(display.name)
            barrier.wait(60)
            return display.name, only.box.size

    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(size_seen, range(20)))
    assert [size for _, size in seen] == [Size(300 + index, 200) for index in range(20)]
    assert len({name for name, _ in seen}) == 20


@pytest.mark.slow
def test_twenty_processes_with_a_display_each_do_not_clash() -> None:
    code = (
        "import sys\nfrom trueclick.capture import VirtualDisplay, displays\n"
        "from trueclick.geometry import Size\nprint('ready', flush=True)\nsys.stdin.readline()\n"
        "with VirtualDisplay(Size(int(sys.argv[1]), 200)) as display:\n"
        "    print(display.name, displays(display.name)[0].box.width, flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with contextlib.ExitStack() as stack:
        programs = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code, str(300 + index)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for index in range(20)
        ]

        def told() -> list[str]:
            return [each.stdout.readline().strip() for each in programs if each.stdout]

        def go() -> None:
            for each in programs:
                assert each.stdin is not None
                each.stdin.write("\n")
                each.stdin.flush()

        assert told() == ["ready"] * 20
        go()
        seen = [line.split() for line in told()]
        go()
    assert [width for _, width in seen] == [str(300 + index) for index in range(20)]
    assert len({name for name, _ in seen}) == 20
    assert {each.returncode for each in programs} == {0}


def test_a_display_outlives_the_thread_that_started_it() -> None:
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        display = VirtualDisplay(SMALL)
        pool.submit(stack.enter_context, display).result()
        pool.shutdown()
        time.sleep(0.2)
        assert displays(display.name)


def test_a_display_is_started_once_at_a_time() -> None:
    with VirtualDisplay(SMALL, window_manager=False) as display:
        with pytest.raises(UsageError, match="running already"):
            display.__enter__()
        assert displays(display.name)
    with display:
        assert displays(display.name)


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with (
        pytest.raises(CaptureError, match=r"cannot be started: .*Not a directory"),
        VirtualDisplay(SMALL),
    ):
        pass


def test_too_many_open_files_are_told_and_leave_nothing_behind() -> None:
    code = (
        "import os, resource\nfrom trueclick.capture import CaptureError, VirtualDisplay\n"
        "from trueclick.geometry import Size\n"
        "with VirtualDisplay(Size(9, 9)): pass\n"  # whatever is imported late is there now
        "used = len(os.listdir('/proc/self/fd')) - 1\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "ways = set()\n"
        "for more in (0, 3, 6, 9, 40):\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (used + more, hard))\n"
        "    try:\n"
        "        with VirtualDisplay(Size(9, 9)): ways.add('started')\n"
        "    except CaptureError as error: ways.add('refused')\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))\n"
        "    left = open(f'/proc/self/task/{os.getpid()}/children').read()\n"
        "    assert not left, left\n"
        "print(*sorted(ways))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "refused started\n", done.stderr


def test_a_server_that_crashed_is_told_by_its_name_and_at_the_end() -> None:
    named = "went away: Xvfb ended with SIGKILL; it wrote: nothing"

    def crash() -> None:
        with VirtualDisplay(SMALL) as display:
            (server,) = own("Xvfb") - before
            name = display.name
            was.extend([name, str(display.authority.parent)])
            kill(server)
            with pytest.raises(CaptureError, match=f"{name} {named}"):
                _ = display.name

    before, managers, was = own("Xvfb"), own("openbox"), list[str]()
    with pytest.raises(CaptureError, match=named):
        crash()
    assert own("Xvfb") <= before
    assert own("openbox") <= managers
    name, folder = was
    assert not stale(name)
    assert not Path(folder).exists()


def test_the_last_words_of_a_server_that_crashed_are_told() -> None:
    def crash() -> None:
        with VirtualDisplay(SMALL, window_manager=False) as display:
            (server,) = own("Xvfb") - before
            os.kill(server, signal.SIGSEGV)
            with Source(display.name) as source:
                while source.grab():
                    pass

    before = own("Xvfb")
    with pytest.raises(CaptureError, match=r"Xvfb ended with SIG.*Segmentation fault") as caught:
        crash()
    assert isinstance(caught.value.__cause__, CaptureError)


def test_an_error_of_the_program_is_told_and_the_crash_beside_it() -> None:
    def crash() -> None:
        with VirtualDisplay(SMALL, window_manager=False):
            (server,) = own("Xvfb") - before
            kill(server)
            raise ValueError("mine")

    before = own("Xvfb")
    with pytest.raises(ValueError, match="mine") as caught:
        crash()
    assert "Xvfb ended with SIGKILL" in caught.value.__notes__[0]


@contextlib.contextmanager
def held(*application: str) -> Generator[tuple[subprocess.Popen[str], str, Path]]:
    """A program that holds an application on a display; the display's name and authority file."""
    mark = f"/{time.monotonic_ns()}"
    command = [sys.executable, "-c", HOLD, *application]
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:{mark}"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            name, authority = holder.stdout.readline().split()
            yield holder, name, Path(authority)
        finally:
            holder.kill()
            for pid in marked(mark):
                os.kill(pid, signal.SIGKILL)


def gone(pids: set[int]) -> bool:
    """Whether none of these processes runs."""
    return not any(
        Path(f"/proc/{pid}").exists() and ") Z" not in Path(f"/proc/{pid}/stat").read_text()
        for pid in pids
    )


def test_nothing_outlives_a_process_that_is_killed() -> None:
    with held(TK_PYTHON, "-c", DEAF) as (holder, name, authority):
        started = children(holder.pid)
        displayed = {pid for pid, each in started.items() if each in {"Xvfb", "openbox"}}
        (deaf,) = (pid for pid in set(started) - displayed if children(pid))
        sleeping = set(children(deaf))
        assert len(displayed) == 2
        assert len(sleeping) == 2
        holder.kill()
        holder.wait()
        assert soon(lambda: gone({*started, *sleeping}))
        assert not authority.parent.exists()
        assert soon(lambda: not stale(name))


@pytest.mark.parametrize(
    "delays_s",
    [(0.43, 0.5, 0.6), pytest.param((0.4, 0.46, 0.55, 0.65, 0.7), marks=pytest.mark.slow)],
)
def test_nothing_outlives_a_process_that_is_killed_while_it_starts_a_display(
    delays_s: tuple[float, ...],
) -> None:
    code = HOLD.replace("import sys, time", "import sys, time; print(flush=True)")
    mark = f"/{time.monotonic_ns()}"
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:{mark}", "TMPDIR": "/tmp"}
    for delay_s in delays_s:
        with subprocess.Popen(
            [sys.executable, "-c", code, TK_PYTHON, "-c", EMPTY_WINDOW],
            env=environment,
            stdout=subprocess.DEVNULL,
        ) as holder:
            time.sleep(delay_s)
            holder.kill()
    assert soon(lambda: gone(marked(mark)))


def test_ctrl_c_at_any_moment_of_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        "import os, random, signal, sys, tempfile\n"
        "from trueclick.capture import VirtualDisplay\n"
        "from trueclick.geometry import Size\n"
        "def interrupt(number, frame): raise KeyboardInterrupt\n"
        "signal.signal(signal.SIGALRM, interrupt)\n"
        "interrupted = 0\n"
        "for round in range(12):\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.001 + 0.012 * round)\n"
        "    try:\n"
        "        with VirtualDisplay(Size(300, 200)) as display: signal.pause()\n"
        "    except KeyboardInterrupt: interrupted += 1\n"
        "    left = open(f'/proc/self/task/{os.getpid()}/children').read()\n"
        "    assert not left, (round, left)\n"
        "    assert not os.listdir(tempfile.gettempdir()), round\n"
        "print(interrupted)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "12\n", done.stderr
