"""Comments: validation, submission, reading in threads and lists, editing and moderation."""
