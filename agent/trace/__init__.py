"""What happened in a run, on disk as it happens."""
