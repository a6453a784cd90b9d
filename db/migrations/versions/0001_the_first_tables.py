"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

STATUS = sa.Enum("approved", "pending", "spam", "trash", name="status", native_enum=False, length=8)
INSTANT = sa.DateTime(timezone=True)


def _column(name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "site",
        _column("id", sa.Integer()),
        _column("origin", sa.String(300)),
        _column("key", sa.String(40)),
        _column("secret_hash", sa.LargeBinary()),
        _column("created_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("origin", name="uq_site_origin"),
        sa.UniqueConstraint("key", name="uq_site_key"),
    )
    op.create_table(
        "page",
        _column("site_id", sa.Integer()),
        _column("id", sa.BigInteger()),
        _column("key", sa.String(2000)),
        _column("url", sa.String(2000)),
        _column("title", sa.String(300)),
        _column("closed", sa.Boolean()),
        _column("version", sa.BigInteger()),
        _column("created_at", INSTANT),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_page"),
    )
    op.create_index("uq_page_site_id_key", "page", ["site_id", "key"], unique=True)
    op.create_table(
        "comment",
        _column("site_id", sa.Integer()),
        _column("id", sa.BigInteger()),
        _column("page_id", sa.BigInteger()),
        _column("parent_id", sa.BigInteger(), nullable=True),
        _column("status", STATUS),
        _column("author", sa.String(245)),
        _column("email", sa.String(100)),
        _column("url", sa.String(200)),
        _column("text", sa.Text()),
        _column("format", sa.String(8)),
        _column("created_at", INSTANT),
        _column("client", sa.LargeBinary(), nullable=True),
        _column("score", sa.Float()),
        _column("reasons", sa.JSON()),
        _column("said_by_author", sa.BigInteger(), nullable=True),
        _column("said_by_email", sa.BigInteger(), nullable=True),
        _column("source", sa.String(20)),
        _column("source_id", sa.String(100), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_comment"),
    )
    op.create_index("ix_comment_page", "comment", ["site_id", "page_id", "status", "created_at", "id"])
    op.create_index("ix_comment_status", "comment", ["status", "created_at", "id"])
    op.create_index("ix_comment_email", "comment", ["site_id", "email"])
    has_client = sa.text("client IS NOT NULL")
    op.create_index(
        "ix_comment_client", "comment", ["created_at"], sqlite_where=has_client, postgresql_where=has_client
    )
    op.create_index("uq_comment_said_by_author", "comment", ["site_id", "said_by_author"], unique=True)
    op.create_index("uq_comment_said_by_email", "comment", ["site_id", "said_by_email"], unique=True)
    op.create_index("uq_comment_source", "comment", ["site_id", "source", "source_id"], unique=True)
    op.create_table(
        "spent",
        _column("site_id", sa.Integer()),
        _column("nonce", sa.LargeBinary()),
        _column("expires_at", INSTANT),
        _column("comment_id", sa.BigInteger(), nullable=True),
        _column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "nonce", name="pk_spent"),
    )
    op.create_index("ix_spent_expires_at", "spent", ["expires_at"])
    op.create_table(
        "recent",
        _column("site_id", sa.Integer()),
        _column("who", sa.LargeBinary()),
        _column("at", INSTANT),
        sa.PrimaryKeyConstraint("site_id", "who", name="pk_recent"),
    )
    op.create_index("ix_recent_at", "recent", ["at"])
    op.create_table(
        "admin",
        _column("id", sa.Integer()),
        _column("name", sa.String(100)),
        _column("password_hash", sa.String(200)),
        _column("created_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_admin"),
        sa.UniqueConstraint("name", name="uq_admin_name"),
    )
    op.create_table(
        "session",
        _column("digest", sa.LargeBinary()),
        _column("admin_id", sa.Integer()),
        _column("created_at", INSTANT),
        _column("expires_at", INSTANT),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"]),
        sa.PrimaryKeyConstraint("digest", name="pk_session"),
    )
    op.create_index("ix_session_admin_id", "session", ["admin_id"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_table(
        "decision",
        _column("site_id", sa.Integer()),
        _column("id", sa.BigInteger()),
        _column("comment_id", sa.BigInteger()),
        _column("batch", sa.BigInteger()),
        _column("admin_id", sa.Integer(), nullable=True),
        _column("before", STATUS),
        _column("after", STATUS),
        _column("at", INSTANT),
        _column("undone_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_decision"),
    )
    op.create_index("ix_decision_batch", "decision", ["batch"])
    op.create_index("ix_decision_comment", "decision", ["site_id", "comment_id", "id"])
