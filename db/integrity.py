"""Which constraint an ``IntegrityError`` is about, in the drivers' own codes.

A constraint that nobody expected to fail is a mistake of ours: let the error pass, so that it is logged and answered
with 500.
"""

from typing import Any

from sqlalchemy.exc import IntegrityError

_FOREIGN_KEY = ("SQLITE_CONSTRAINT_FOREIGNKEY", "23503")
_UNIQUE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505")
"""``sqlite_errorname`` (Python's sqlite3) and SQLSTATE (PostgreSQL, appendix A)."""


def is_site_gone(error: IntegrityError) -> bool:
    """Whether a row belongs to a site that is not there any more.

    PostgreSQL names the foreign key that failed. SQLite does not, so on SQLite this is true of any: ask it of jobs
    whose rows refer to sites alone.
    """
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    return _code(error) in _FOREIGN_KEY and (name is None or name.endswith("_site_id_fkey"))


def is_duplicate(error: IntegrityError) -> bool:
    """Whether a row with an equal primary or unique key was there first."""
    return _code(error) in _UNIQUE


def _code(error: IntegrityError) -> str:
    driver: Any = error.orig
    return str(getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None) or "")
