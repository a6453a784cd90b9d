"""The small Markdown of comments, for readers who never heard of Markdown."""
