"""A strict model of the Messages API, for testing agents without a network."""

if __name__ != "trueclick.agent.testing":
    raise ImportError(f"import trueclick.agent.testing, not {__name__}")
