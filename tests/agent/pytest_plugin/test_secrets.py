"""What a test types unseen: its name is in the repository, and its value is nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...programs import TK_PYTHON
from .project import STRICT, Project

PASSWORD = "Correct9Horse"  # noqa: S105 - made up

LOGIN = """
    import sys
    import tkinter as tk

    root = tk.Tk()
    root.title("Log in")
    root.geometry("360x200+10+30")
    field = tk.Entry(root, font=("DejaVu Sans", 14), insertofftime=0)
    field.place(x=20, y=20, width=300, height=40)

    def log_in():
        print(f"cannot log in with {field.get()}", file=sys.stderr, flush=True)
        said.configure(text=f"Wrong: {field.get()}")

    button = tk.Button(root, text="Enter", font=("DejaVu Sans", 14), command=log_in)
    button.place(x=20, y=70, width=120, height=40)
    said = tk.Label(root, text="Password", font=("DejaVu Sans", 14))
    said.place(x=20, y=130)
    field.focus_set()
    root.mainloop()
    """

TESTS = f"""
    import pytest
    from pathlib import Path

    LOGIN = [{TK_PYTHON!r}, str(Path(__file__).with_name("login.py"))]

    @pytest.mark.trueclick(secrets=["PASSWORD"], model="local")
    def test_logs_in(app, screen, agent):
        app(LOGIN)
        agent.do('type "{{{{PASSWORD}}}}"')
        screen.click("Enter")
        screen.expect_text("Welcome", timeout_s=0.3)

    @pytest.mark.trueclick(secrets=["NONE_SUCH"])
    def test_lacks_one(desktop): pass

    @pytest.mark.trueclick(secrets="PASSWORD")
    def test_is_marked_by_mistake(desktop): pass
    """


@pytest.mark.slow
def test_a_secret_is_typed_and_kept_nowhere(tmp_path: Path) -> None:
    project = Project(tmp_path, STRICT.replace("400x300", "640x480"))
    project.write("login.py", LOGIN)
    project.write("test_a.py", TESTS)
    ran = project.run("--trueclick-keep-artifacts", PASSWORD=PASSWORD, CI="")
    assert ran.outcomes == {"failed": 1, "error": 2}, ran.output
    assert "the secret NONE_SUCH is missing: set the environment variable NONE_SUCH" in ran.output
    assert """secrets is 'PASSWORD': write it as ["PASSWORD"]""" in ran.output
    assert "cannot log in with {{PASSWORD}}" in ran.output  # as the program has said
    assert '"Wrong: {{PASSWORD}}"' in ran.output  # as it was read
    assert PASSWORD not in ran.output
    assert (tmp_path / "recordings/test_a/test_logs_in/01-type-password/trace.jsonl").exists()
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        assert PASSWORD.encode() not in path.read_bytes(), path
