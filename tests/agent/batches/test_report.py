"""What came of many pictures, and what it cost."""

from trueclick.agent.batches.pictures import Known
from trueclick.agent.batches.report import report_of
from trueclick.agent.batches.state import State
from trueclick.agent.usage import Usage
from trueclick.agent.vision.sources import Source
from trueclick.geometry import find_model


def test_answers_that_were_paid_one_by_one_are_priced_one_by_one() -> None:
    spec = find_model("claude-haiku-5-5")  # costs five times as much beyond 100,000 tokens
    assert spec.price is not None
    key, failed = "0" * 40, {"what": "no verdict", "why": "", "again": True}
    lines = [{"kind": "failure", "key": key, "usage": [60_000, 0, 0, 100], **failed}] * 2
    known = Known(Source("a.png", "a.png"), "", None)
    report = report_of([(known, key)], State.of(lines), {}, spec.price)
    assert report.usage == Usage(120_000, output=200)
    assert report.usd == Usage(60_000, output=100).usd(spec.price)
