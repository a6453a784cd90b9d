"""Indexes for the replies to a comment, and for a site's newest comments."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

HAS_PARENT = sa.text("parent_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_comment_parent",
        "comment",
        ["site_id", "parent_id", "status", "created_at", "id"],
        sqlite_where=HAS_PARENT,
        postgresql_where=HAS_PARENT,
    )
    op.create_index("ix_comment_site", "comment", ["site_id", "status", "created_at", "id", "page_id"])
