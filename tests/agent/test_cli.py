"""The `trueclick` command as a person types it."""

import itertools
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from PIL import Image

from trueclick.agent.testing import served
from trueclick.capture import VirtualDisplay
from trueclick.capture.x11 import servers as x_servers

from ..capture.servers import xvfb
from ..programs import EMPTY_WINDOW, TK_PYTHON, TRUECLICK, children, marked
from .command import FAST, trueclick, waiting_for_ever


def size_of(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as opened:
        return opened.size


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fit", "1920*1080"], "'1920*1080' is not a size: write it as 1920x1080"),
        (["fit", "0x5"], "'0x5' is not a size"),
        (["fit", "5x5", "--model", "gpt-4"], "unknown model 'gpt-4'; known: local, claude-"),
        (["run", "x"], "no model: set ANTHROPIC_API_KEY for claude-sonnet-5-5"),
        (["run", "x", "--model", "claude-opus-5-5"], "the Claude API needs ANTHROPIC_API_KEY"),
        (["run", "x", "--model", "gpt-4"], "unknown model 'gpt-4'"),
        (["run", "@/no/file", "--model", "local"], "'/no/file' cannot be read: No such file"),
        (["run", "@/tmp", "--model", "local"], "'/tmp' cannot be read: Is a directory"),
        (["run", " ", "--model", "local"], "the task is empty"),
        (["run", "-", "--model", "local"], "the task is empty"),
        (["run", "click \udce9", "--model", "local"], "the task is not UTF-8 text"),
        (["run", "x", "--model", "local", "--size", "big"], "'big' is not a size"),
        (["run", "x", "--model", "local", "--app", "'"], "cannot be split into words"),
        (["run", "x", "--model", "local", "--app", ""], "--app is empty"),
        (["run", "x", "--model", "local", "--app", "no-such-program"], "no such program"),
        (["run", "x", "--model", "local", "--app", "false"], "ended with status 1 before it"),
        (["run", "x", "--model", "local", "--display", "real"], "DISPLAY, which is not set"),
        (["run", "x", "--model", "local", "--display", ":4242"], "must be approved in a terminal"),
        (["run", "x", "--model", "local", "--display", "tv"], "none of private, real, :N"),
        (
            ["run", "x", "--model", "local", "--display", ":0", "--size", "640x480"],
            "--size goes with",
        ),
        (["run", "x", "--model", "local", "--max-turns", "0"], "must be at least 1, got 0"),
        (["run", "x", "--model", "local", "--screenshots", "/dev/null/x"], "cannot be made"),
        (["displays", "--display", ":4242"], "no X display answers at ':4242'"),
        (["shot", "/tmp/x.png"], "no X display: DISPLAY is not set"),
        (["shot", "--size", "99999x99999"], "at most 8000 pixels a side, got 99999x99999"),
        (["shot", "a.gif"], "a.gif ends in none of .png, .webp, .jpg"),
        (["shot", "--region", "5,5,5,9"], "'5,5,5,9' is not a region: write it as 100,50,300,200"),
        (["keys", "ctrl+Retrun"], "unknown key 'Retrun'; the nearest known key is 'Return'"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "the following arguments are required"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_gets_one_clear_line_and_status_2(arguments: list[str], said: str) -> None:
    mark = f"/{uuid.uuid4()}"  # on the path: it reaches every program that is started
    done = trueclick(*arguments, environment={"PATH": f"{os.environ['PATH']}:{mark}"})
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert marked(mark) == set()


def test_an_application_that_ends_at_once_shows_its_last_words_with_nothing_invisible() -> None:
    code = "import sys; sys.exit('cannot\\x1b[2J open\\nthe thing')"
    app = shlex.join([sys.executable, "-c", code])
    done = trueclick("run", "x", "--model", "local", "--app", app)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == ["  cannot\\x1b[2J open", "  the thing"]


def test_without_xvfb_the_remedy_is_named(tmp_path: Path) -> None:
    done = trueclick("run", "x", "--model", "local", environment={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr == "trueclick: Xvfb is not installed: apt-get install xvfb\n"


def test_keys_are_listed_and_combinations_read() -> None:
    listed = trueclick("keys").stdout.splitlines()
    assert "| `Return` | `Enter` |" in listed
    assert trueclick("keys", "ctrl+shift+pgdn").stdout == "Control_L Shift_L Page_Down\n"


def test_fit_prints_what_a_model_sees() -> None:
    done = trueclick("fit", "3840x2160", "--model", "claude-opus-5-5")
    assert done.stdout == (
        "image      3840x2160\n"
        "seen at    2576x1449 by claude-opus-5-5\n"
        "padded to  2576x1456\n"
        "scale      0.6708\n"
        "tokens     4784 (older estimate: 4977)\n"
        "cost       $0.019136 as input\n"
        "bound by   the padded edge of 2576 px and 4784 visual tokens\n"
    )
    values = json.loads(trueclick("fit", "1920x1080", "--model", "local", "--json").stdout)
    assert values == {
        "model": "local",
        "image": [1920, 1080],
        "sent": [1456, 819],
        "padded": [1456, 840],
        "scale": 0.758333,
        "visual_tokens": 1560,
        "legacy_token_estimate": 1590,
        "usd": 0.0,
        "bound_by": ["max_tokens"],
    }


def test_fit_takes_lower_ceilings_and_limits_by_hand() -> None:
    many = trueclick("fit", "3840x2160", "--max-edge", "2000")
    assert "seen at    2000x1125 by claude-sonnet-5-5" in many.stdout
    assert "bound by   the edge of 2000 px asked for" in many.stdout
    other = trueclick("fit", "640x480", "--limits", "1568,1568", "--max-tokens", "9000")
    assert "seen at    640x480 by a model with 1568,1568" in other.stdout
    assert "cost       unknown" in other.stdout
    assert "bound by   nothing" in other.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--min-scale", "0.7"),
            "0.671 of its size and below min_scale=0.7: cover it with",
        ),
        (("--min-scale", "nan"), "min_scale must be above 0 and at most 1, got nan"),
        (("--max-edge", "0"), "argument --max-edge: '0' is not a number of at least 1"),
        (("--max-tokens", "many"), "argument --max-tokens: 'many' is not a number of at least 1"),
        (("--limits", "2576"), "'2576' are no limits: write them as 2576,4784"),
        (("--limits", "1,1"), "limits need max_edge >= 28"),
        (("--limits", "28,1", "--model", "local"), "not allowed with argument"),
        (("--model", "gpt-4"), "claude-haiku-4-5. For any other: --limits EDGE,TOKENS"),
    ],
)
def test_fit_refuses_what_makes_no_sense(words: tuple[str, ...], said: str) -> None:
    done = trueclick("fit", "3840x2160", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_map_prints_where_a_point_lies_both_ways() -> None:
    screen = ("--screen", "3840x2160+1920+0", "--model", "claude-opus-5-5")
    done = trueclick("map", *screen, "812,440")
    assert done.stdout == (
        "claude-opus-5-5 sees the screen 3840x2160+1920+0 at 2576x1449\n"
        "screenshot (812, 440) -> screen (3131, 656)\n"
        "(812, 440) is outside of what the screenshot shows, [1920, 0, 5760, 2160]\n"
    )
    values = json.loads(trueclick("map", *screen, "2000,700", "--json").stdout)
    assert values == {
        "model": "claude-opus-5-5",
        "screen": [1920, 0, 5760, 2160],
        "capture": [3840, 2160],
        "screenshot": [2576, 1449],
        "point": [2000, 700],
        "screenshot_to_screen": [4902, 1044],
        "screen_to_screenshot": [54, 469],
    }


def test_map_knows_monitors_to_the_left_and_captures_in_device_pixels() -> None:
    done = trueclick("map", "--screen", "1280x720-1280+0", "--capture", "1600x900", "-5,7")
    assert done.stdout.splitlines()[1:] == [
        "(-5, 7) is outside the 1600x900 screenshot",
        "screen (-5, 7) -> screenshot (1594, 9)",
    ]
    values = trueclick("map", "--screen", "1280x720+-1280+0", "0,0", "--json").stdout
    assert json.loads(values)["screenshot_to_screen"] == [-1280, 0]
    assert json.loads(values)["screen_to_screenshot"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--screen", "1920x1080", "1,2,3"), "'1,2,3' is not a point: write it as 812,440"),
        (("--screen", "1920x1080", "1.5,2"), "'1.5,2' is not a point"),
        (("--screen", "1920x1080+0", "1,2"), "'1920x1080+0' is not a screen: write it as"),
        (("--screen", "0x1080+0+0", "1,2"), "'0x1080' is not a size"),
        (("1,2",), "the following arguments are required: --screen"),
        (
            ("--screen", "800x600", "9000,9000"),
            "(9000, 9000) is outside the 800x600 screenshot, and (9000, 9000) is outside of what",
        ),
    ],
)
def test_map_refuses_what_makes_no_sense(words: tuple[str, ...], said: str) -> None:
    done = trueclick("map", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_displays_and_screenshots_of_a_server(display: VirtualDisplay, tmp_path: Path) -> None:
    listed = json.loads(trueclick("displays", "--display", display.name, "--json").stdout)
    assert [(d["server"], d["width"], d["height"]) for d in listed] == [(display.name, 1920, 1080)]
    by_environment = trueclick("displays", environment={"DISPLAY": display.name})
    assert by_environment.stdout.startswith(f"{display.name} 0: 1920x1080 at 0,0, primary")
    picture = tmp_path / "a picture.png"
    assert trueclick("shot", str(picture), "--display", display.name).returncode == 0
    assert size_of(picture) == (1920, 1080)
    shot = ("shot", str(picture), "--display", display.name)
    assert trueclick(*shot, "--model", "local").returncode == 0
    assert size_of(picture) == (1456, 819)
    assert trueclick(*shot, "--size", "100x50").returncode == 0
    assert size_of(picture) == (100, 50)
    unnamed = subprocess.run(
        [TRUECLICK, "shot", "--display", display.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert unnamed.stdout == "screenshot.png: 1920x1080\n"
    assert size_of(tmp_path / "screenshot.png") == (1920, 1080)
    nowhere = trueclick("shot", str(tmp_path / "no" / "x.png"), "--display", display.name)
    assert nowhere.returncode == 2
    assert "cannot be written: No such file or directory" in nowhere.stderr


@pytest.mark.parametrize(("name", "kind"), [("x.webp", "WEBP"), ("x.JPG", "JPEG"), ("x", "PNG")])
def test_a_part_of_a_screen_is_saved_as_its_name_says(
    display: VirtualDisplay, tmp_path: Path, name: str, kind: str
) -> None:
    file = tmp_path / name
    region = ("--region", "100,50,300,200", "--pointer")
    done = trueclick("shot", str(file), "--display", display.name, *region)
    assert done.stdout == f"{file}: 200x150\n"
    with Image.open(file) as opened:
        assert (opened.format, opened.size) == (kind, (200, 150))


def test_a_region_that_is_not_on_the_screen_is_refused(display: VirtualDisplay) -> None:
    done = trueclick("shot", "-", "--display", display.name, "--region", "1900,0,1921,9")
    assert done.returncode == 2
    assert "the region [1900, 0, 1921, 9] is not inside the 1920x1080 display" in done.stderr
    assert done.stdout == ""


def test_every_server_of_this_machine_is_listed(display: VirtualDisplay) -> None:
    with xvfb(screen="640x480x16") as (closed, _):
        listed = trueclick("displays")
    assert f"{display.name} 0: 1920x1080 at 0,0, primary" in listed.stdout
    assert f"{closed} " not in listed.stdout
    assert f"the display {closed} has a colour depth of 16" in listed.stderr


def test_a_machine_without_a_server_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x_servers, "_SOCKETS", tmp_path / "nowhere")
    done = trueclick("displays")
    assert done.returncode == 2
    assert done.stderr.startswith("trueclick: no X display: DISPLAY is not set")


RELEASED = "; every key and button is released"

MOMENTS = ("Xvfb", "openbox", "python", "the loop")
"""When to interrupt: as soon as this program has been started, or the model has looked."""


def reached(moment: str, pid: int, output: Path) -> bool:
    if moment == "the loop":
        return "screenshot" in output.read_text()
    return any(name.startswith(moment) for name in children(pid).values())


BY = {
    signal.SIGINT: "",
    signal.SIGTERM: " by a request to end (SIGTERM)",
    signal.SIGHUP: " by a hang-up (SIGHUP): the terminal was closed",
}

INTERRUPTED = [("Xvfb", signal.SIGINT), ("the loop", signal.SIGTERM)]
"""These every time, all others among the slow tests."""


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param(*each, marks=() if each in INTERRUPTED else pytest.mark.slow)
        for each in itertools.product(MOMENTS, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    ],
)
def test_a_signal_ends_the_run_and_leaves_nothing_behind(
    tmp_path: Path, moment: str, number: signal.Signals
) -> None:
    temporary, output = tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    mark = f"/{uuid.uuid4()}"
    app = shlex.join([TK_PYTHON, "-c", EMPTY_WINDOW])
    path = f"{os.environ['PATH']}:{mark}"
    with served(waiting_for_ever()) as address, output.open("wb") as stdout:
        model = {"ANTHROPIC_API_KEY": "x", "ANTHROPIC_BASE_URL": address}
        running = subprocess.Popen(
            [TRUECLICK, "run", "wait", "--model", "claude-sonnet-5-5", "--app", app],
            env={**os.environ, **model, "TMPDIR": str(temporary), "PATH": path},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not reached(moment, running.pid, output):
            assert running.poll() is None, running.communicate()[1]
            time.sleep(0.05)  # to look takes some milliseconds of the processor's time itself
        running.send_signal(number)
        running.send_signal(number)  # an impatient person presses twice
        _, said = running.communicate(timeout=FAST)
    assert running.returncode == 128 + number, output.read_text() + said
    # At the other moments the desktop may be open or not yet.
    endings = [RELEASED] if moment == "the loop" else ["", RELEASED]
    assert said in [f"trueclick: stopped{BY[number]}{ending}\n" for ending in endings]
    assert marked(mark) == set()
    assert list(temporary.iterdir()) == []


def test_a_full_disk_gets_one_clear_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [TRUECLICK, "fit", "5x5"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "trueclick: No space left on device\n"


def test_an_error_that_cannot_be_told_keeps_its_status() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [TRUECLICK, "fit", "5x5", "--model", "x"], stderr=full, stdout=full, check=False
        )
    assert done.returncode == 2


def test_a_reader_that_leaves_early_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [TRUECLICK, "fit", "5x5"], stdout=write_end, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_run_in_json_is_one_object_a_line(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    app = shlex.join([TK_PYTHON, "-c", EMPTY_WINDOW])
    words = ("--model", "local", "--app", app, "--screenshots", str(pictures), "--json")
    done = trueclick("run", 'click "tk" then expect "\x1b[31m"', *words)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["event"] == "started"
    told = {line["event"] for line in lines[1:-1]}
    assert told == {"answered", "said", "calling", "acted", "added"}
    assert lines[-1]["event"] == "ended"
    assert lines[-1]["status"] == "refused"
    acted = [line for line in lines if line["event"] == "acted"]
    (click,) = (line for line in acted if line["member"] == "left_click")
    assert click["landed"] == click["input"]["coordinate"]  # 1280x800 is sent as it is
    looks = [line for line in acted if line["member"] == "screenshot"]
    assert len(list(pictures.iterdir())) == len(looks) >= 2
    assert size_of(min(pictures.iterdir())) == (1280, 800)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALL_PROXY", "socks5://127.0.0.1:9"), ("HTTPS_PROXY", "http://[::1")],
)
def test_an_address_that_makes_no_client_gets_one_clear_line(name: str, value: str) -> None:
    environment = {"ANTHROPIC_API_KEY": "secret", name: value}
    done = trueclick("run", "x", environment=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("trueclick: the API client cannot be made: look at ANTHROPIC_")
    assert len(done.stderr.splitlines()) == 1


def test_what_a_terminal_cannot_show_is_escaped() -> None:
    words = ("run", 'expect "✓"', "--model", "local", "--size", "320x200")
    done = trueclick(*words, encoding="latin-1")
    assert done.returncode == 1
    assert r"I cannot find \"\u2713\"".replace('\\"', '"') in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("shot", "--display", ":1"),
        pytest.param(("run", "x", "--model", "local"), marks=pytest.mark.slow),
    ],
    ids=lambda words: words[0],
)
def test_where_x11_is_missing_one_clear_line_says_so(words: tuple[str, ...]) -> None:
    program = (
        "import sys; sys.modules['xcffib'] = None\n"
        "from trueclick.agent.cli import main\n"
        "assert main(['fit', '5x5']) == 0\n"
        f"sys.exit(main({[*words]}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("trueclick: X11 needs xcffib and libxcb: ")


def test_json_lines_hold_nothing_but_plain_ascii() -> None:
    task = 'expect "\x9b\u202e"'
    done = trueclick("run", task, "--model", "local", "--size", "320x200", "--json")
    assert done.stdout.isascii()
    assert task in json.loads(done.stdout.splitlines()[-1])["text"]
