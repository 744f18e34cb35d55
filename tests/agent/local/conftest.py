"""The local model, loaded once."""

import anthropic
import pytest

from trueclick.agent.local import local_client


@pytest.fixture(scope="session")
def client() -> anthropic.Anthropic:
    """One for all, because loading the OCR models takes a second."""
    return local_client()
