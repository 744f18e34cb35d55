"""A trace as something else: a program, a film, the messages."""

if __name__ != "trueclick.agent.export":
    raise ImportError(f"import trueclick.agent.export, not {__name__}")

__all__: list[str] = []
