"""A recorded run, done again without a model."""

if __name__ != "trueclick.agent.replay":
    raise ImportError(f"import trueclick.agent.replay, not {__name__}")

__all__: list[str] = []
