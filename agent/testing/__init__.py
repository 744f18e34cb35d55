"""A strict model of the Messages API, for testing agents without a network."""
