"""``INSERT … ON CONFLICT``, which each dialect has as its own."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

INSERTS: dict[str, Any] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
    "cockroachdb": postgresql.insert,
}
"""By the name of the dialect."""
