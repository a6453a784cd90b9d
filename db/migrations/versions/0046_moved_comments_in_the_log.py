"""The log notes which comments merges took to other pages; those from before are taken in as they are."""

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from db.column_types import UtcDateTime, new_id

revision = "0046"
down_revision = "0045"

_SUM_BYTES = 256
_MOVED = sa.table("moved_comment", *(sa.column(name) for name in ("site_id", "change_id", "comment_id")))
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
    for site_id, sums in groupby(list(_sums(connection)), key=lambda each: each[0]):
        words = {"made": {}, "undone": {}, "moved": {str(change_id): f"{each:x}" for _, change_id, each in sums}}
        key, at = new_id(), datetime.now(UTC)
        entry = {"site_id": site_id, "id": key, "at": at, "actor": "service", "action": "changes noted", "number": 0}
        connection.execute(_ENTRY.insert(), entry)
        content = {"site_id": site_id, "entry_id": key, "at": at, "salt": secrets.token_bytes(16)}
        connection.execute(_CONTENT.insert(), content | {"content": json.dumps(words, sort_keys=True)})


def _sums(connection: sa.Connection) -> Iterator[tuple[int, int, int]]:
    """(site, change, sum of the hashes of its comments)."""
    rows = connection.execute(sa.select(_MOVED).order_by(_MOVED.c.site_id, _MOVED.c.change_id))
    for (site_id, change_id), group in groupby(rows, key=lambda row: (row.site_id, row.change_id)):
        total = sum(int.from_bytes(hashlib.shake_256(b"%d|%d|%d" % tuple(row)).digest(_SUM_BYTES)) for row in group)
        yield site_id, change_id, total % 256**_SUM_BYTES
