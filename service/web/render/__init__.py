"""Templates, the views they are given, and caches of what was rendered."""
