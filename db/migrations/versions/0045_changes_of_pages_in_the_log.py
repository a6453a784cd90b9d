"""The log notes changes of pages; those from before are taken in as they are. The service joins the entries later."""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from db.column_types import UtcDateTime, new_id

revision = "0045"
down_revision = "0044"

_AT_ONCE = 500
_NAMES = ("id", "batch", "kind", "page_id", "other_id", "before")
_CHANGE = sa.table(
    "page_change",
    sa.column("site_id", sa.Integer()),
    *(sa.column(name) for name in _NAMES),
    sa.column("at", UtcDateTime()),
    sa.column("undone_at", UtcDateTime()),
)
_ENTRY = sa.table(
    "log_entry",
    *(sa.column(name) for name in ("site_id", "id", "actor", "action", "number")),
    sa.column("at", UtcDateTime()),
)
_CONTENT = sa.table(
    "log_content",
    *(sa.column(name) for name in ("site_id", "entry_id", "content")),
    sa.column("salt", sa.LargeBinary()),
    sa.column("at", UtcDateTime()),
)


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(_CHANGE).order_by(_CHANGE.c.site_id, _CHANGE.c.id)).all()
    for site_id in dict.fromkeys(row.site_id for row in rows):
        mine = [row for row in rows if row.site_id == site_id]
        for start in range(0, len(mine), _AT_ONCE):
            _note(connection, site_id, mine[start : start + _AT_ONCE])


def _note(connection: sa.Connection, site_id: int, rows: list[Any]) -> None:
    words = {
        "made": {str(row.id): _digest_of(row) for row in rows},
        "undone": {str(row.id): row.undone_at.isoformat() for row in rows if row.undone_at},
    }
    key, at = new_id(), datetime.now(UTC)
    entry = {"site_id": site_id, "id": key, "at": at, "actor": "service", "action": "changes noted", "number": 0}
    connection.execute(_ENTRY.insert(), entry)
    content = {"site_id": site_id, "entry_id": key, "at": at, "salt": secrets.token_bytes(16)}
    connection.execute(_CONTENT.insert(), content | {"content": json.dumps(words, sort_keys=True)})


def _digest_of(row: Any) -> str:
    values = [*(getattr(row, name) for name in _NAMES), row.at.isoformat()]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
