"""What can happen to a comment: it is drafted, submitted, read in a thread, and moderated."""
