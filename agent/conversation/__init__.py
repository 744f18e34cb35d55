"""The conversation with the model: what is sent, what is left out, and what it costs."""

if __name__ != "trueclick.agent.conversation":
    raise ImportError(f"import trueclick.agent.conversation, not {__name__}")
