"""Alembic's revisions, found as a package; no ini file."""
