"""Many tasks in parallel, on one machine or on many."""

if __name__ != "trueclick.agent.suite":
    raise ImportError(f"import trueclick.agent.suite, not {__name__}")

__all__: list[str] = []
