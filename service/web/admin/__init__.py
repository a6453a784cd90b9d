"""The moderators' face: plain pages and forms that work without JavaScript."""
