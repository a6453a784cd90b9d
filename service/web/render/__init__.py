"""HTML of templates, and the cache of what was rendered."""
