"""The pages for admins and moderators. Every page and form works without JavaScript."""
