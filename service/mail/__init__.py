"""Mail: who wants to be told of what, the outbox, what is written, and how it is handed in."""
