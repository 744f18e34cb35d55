"""A program that ends while the local model still reads."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

ENDING = """
import io, threading
from PIL import Image, ImageDraw, ImageFont
from trueclick.agent.local import local_client
from tests.agent.local.screens import conversation, sound_request

client = local_client()
drawn = Image.new("RGB", (1280, 600), "white")
for y in range(0, 600, 18):
    font = ImageFont.load_default(size=14)
    ImageDraw.Draw(drawn).text((4, y), f"{y} the quick brown fox " * 6, "black", font)
packed = io.BytesIO()
drawn.save(packed, "PNG")

messages = conversation(client, packed.getvalue())  # loads what takes long to load
request = sound_request(messages=messages)
asking = threading.Thread(target=client.beta.messages.create, kwargs=request, daemon=True)
asking.start()
asking.join(0.3)
print("reading" if asking.is_alive() else "done", flush=True)
"""


@pytest.mark.slow
def test_a_program_that_ends_while_a_screen_is_read_ends_in_order() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "reading\n", "")
