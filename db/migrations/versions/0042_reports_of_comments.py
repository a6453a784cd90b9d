"""Readers report comments, and moderators keep them."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_in", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "comment_id", "who", name="pk_report"),
    )
    op.create_index("ix_report_at", "report", ["at"])
    is_open = sa.text("kept_in IS NULL")
    op.create_index(
        "ix_report_open", "report", ["site_id", "comment_id"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_table(
        "kept_comment",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "comment_id", name="pk_kept_comment"),
    )
