"""The conversation with the model: what is sent, what is left out, and what it costs."""
