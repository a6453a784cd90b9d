"""A log of every action with a chain of hashes, texts from before an edit, and views that moderators save."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0016"

INSTANT = sa.DateTime(timezone=True)

_DECIDED = """
INSERT INTO log_entry (site_id, id, at, actor, admin_id, action, batch, number)
SELECT site_id, batch, max(at), CASE WHEN max(admin_id) IS NULL THEN 'program' ELSE 'admin' END, max(admin_id),
       'moderate', batch, count(*)
FROM decision GROUP BY site_id, batch
"""


def _column(name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "log_entry",
        _column("site_id", sa.Integer()),
        _column("id", sa.BigInteger()),
        _column("at", INSTANT),
        _column("actor", sa.String(10)),
        _column("admin_id", sa.Integer(), nullable=True),
        _column("action", sa.String(20)),
        _column("comment_id", sa.BigInteger(), nullable=True),
        _column("batch", sa.BigInteger(), nullable=True),
        _column("number", sa.Integer()),
        _column("content_digest", sa.LargeBinary(), nullable=True),
        _column("place", sa.BigInteger(), nullable=True),
        _column("link", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_log_entry"),
    )
    op.create_index("ix_log_entry_id", "log_entry", ["id"])
    op.create_index("ix_log_entry_comment", "log_entry", ["site_id", "comment_id"])
    op.create_index("uq_log_entry_place", "log_entry", ["site_id", "place"], unique=True)
    op.create_table(
        "log_content",
        _column("site_id", sa.Integer()),
        _column("entry_id", sa.BigInteger()),
        _column("comment_id", sa.BigInteger(), nullable=True),
        _column("at", INSTANT),
        _column("content", sa.Text()),
        _column("salt", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("site_id", "entry_id", name="pk_log_content"),
    )
    op.create_index("ix_log_content_comment", "log_content", ["site_id", "comment_id"])
    op.create_index("ix_log_content_at", "log_content", ["at"])
    op.create_table(
        "log_head",
        _column("site_id", sa.Integer()),
        _column("place", sa.BigInteger()),
        _column("seal", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("site_id", name="pk_log_head"),
    )
    op.create_table(
        "saved_view",
        _column("id", sa.BigInteger()),
        _column("admin_id", sa.Integer()),
        _column("name", sa.String(60)),
        _column("query", sa.String(2000)),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
    )
    op.create_index("ix_saved_view_admin_id", "saved_view", ["admin_id"])
    op.execute(_DECIDED)
