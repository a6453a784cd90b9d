"""Which addresses are one page of a site, addresses that lead to a page, and what undo of a move needs."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

INSTANT = sa.DateTime(timezone=True)


def _site() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site_id"], ["site.id"])


def upgrade() -> None:
    op.add_column("site", sa.Column("page_rules", sa.Text(), nullable=True))
    op.create_table(
        "page_alias",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(2000), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("to_key", sa.String(2000), nullable=False),
        sa.Column("to_url", sa.String(2000), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "key", name="pk_page_alias"),
    )
    op.create_index("ix_page_alias_to", "page_alias", ["site_id", "to_key"])
    op.create_index("ix_page_alias_expires_at", "page_alias", ["expires_at"])
    op.create_table(
        "page_change",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("page_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_page_change"),
    )
    op.create_index("ix_page_change_batch", "page_change", ["batch"])
    op.create_table(
        "moved_comment",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "change_id", "comment_id", name="pk_moved_comment"),
    )
