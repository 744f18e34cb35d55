"""A trace as a page that people open, or as text."""

if __name__ != "trueclick.agent.report":
    raise ImportError(f"import trueclick.agent.report, not {__name__}")

__all__: list[str] = []
