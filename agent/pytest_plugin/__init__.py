"""The pytest plugin: installed with the package, and idle until a test asks for a fixture of its."""

if __name__ != "trueclick.agent.pytest_plugin":
    raise ImportError(f"import trueclick.agent.pytest_plugin, not {__name__}")

__all__: list[str] = []
