"""Texts that the model may type and never sees."""

if __name__ != "trueclick.agent.secret":
    raise ImportError(f"import trueclick.agent.secret, not {__name__}")
