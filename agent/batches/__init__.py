"""Thousands of pictures, judged through the Message Batches API."""

if __name__ != "trueclick.agent.batches":
    raise ImportError(f"import trueclick.agent.batches, not {__name__}")

__all__: list[str] = []
