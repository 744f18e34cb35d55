"""The pytest plugin."""

if __name__ != "trueclick.agent.pytest_plugin":
    raise ImportError(f"import trueclick.agent.pytest_plugin, not {__name__}")

__all__: list[str] = []
