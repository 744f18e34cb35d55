"""What GUI tests say of a screen: text, pictures, tasks."""

if __name__ != "trueclick.agent.qa":
    raise ImportError(f"import trueclick.agent.qa, not {__name__}")

__all__: list[str] = []
