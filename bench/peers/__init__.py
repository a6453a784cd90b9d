"""Other comment systems, measured as ours is: one file for each. They are installed into a cache, never here."""
