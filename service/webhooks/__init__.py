"""Webhooks: other programs hear what happens to comments."""
