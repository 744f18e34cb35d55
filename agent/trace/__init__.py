"""What happened in a run, on disk as it happens."""

if __name__ != "trueclick.agent.trace":
    raise ImportError(f"import trueclick.agent.trace, not {__name__}")
