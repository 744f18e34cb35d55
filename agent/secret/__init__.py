"""Texts that the model may type and never sees."""
