"""Says which constraint an ``IntegrityError`` is about, from the drivers' own codes.

A failure of any other constraint is a bug: let the error pass, so that it is logged and answered with 500.
"""

from typing import Any

from sqlalchemy.exc import IntegrityError

_FOREIGN_KEY = ("SQLITE_CONSTRAINT_FOREIGNKEY", "23503")
_UNIQUE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505")
"""``sqlite_errorname`` (Python's sqlite3) and SQLSTATE (PostgreSQL, appendix A)."""


def is_site_gone(error: IntegrityError) -> bool:
    """Whether the row's site no longer exists.

    PostgreSQL names the foreign key that failed. SQLite does not, so on SQLite any foreign key counts: use this only
    for jobs whose rows refer to nothing but sites.
    """
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None)
    return _code(error) in _FOREIGN_KEY and (name is None or name.endswith("_site_id_fkey"))


def is_duplicate(error: IntegrityError) -> bool:
    """Whether a row with the same primary or unique key exists already."""
    return _code(error) in _UNIQUE


def _code(error: IntegrityError) -> str:
    driver: Any = error.orig
    return str(getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None) or "")
