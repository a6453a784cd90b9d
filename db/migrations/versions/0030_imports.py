"""Imports as rows of their own, and which import a comment, a page or a post's number came with."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"

INSTANT = sa.DateTime(timezone=True)
IMPORTED = sa.text("import_id IS NOT NULL")


def upgrade() -> None:
    for table, key in (("comment", "id"), ("page", "id"), ("wordpress_post", "post_id")):
        op.add_column(table, sa.Column("import_id", sa.BigInteger(), nullable=True))
        columns = ["site_id", "import_id", key]
        op.create_index(f"ix_{table}_import", table, columns, sqlite_where=IMPORTED, postgresql_where=IMPORTED)
    op.create_table(
        "import_run",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("beat_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rehearsed", sa.JSON(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("said", sa.String(1000), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_import_run"),
    )
