"""Questions about pictures, asked of a model."""

if __name__ != "trueclick.agent.vision":
    raise ImportError(f"import trueclick.agent.vision, not {__name__}")

__all__: list[str] = []
