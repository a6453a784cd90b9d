"""The lowest layer: what is stored. It takes a database URL and knows nothing of settings or requests."""
