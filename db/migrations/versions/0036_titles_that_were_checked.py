"""Whether a page's title was checked, with which comment it came, and what the page itself said.

A title is taken as checked if a moderator approved a comment of the page, or if its comments were imported, since an
import brings the titles of the old system.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0034"

_SEEN = """
UPDATE page SET title_checked = true WHERE title <> '' AND EXISTS (
    SELECT 1 FROM comment WHERE comment.site_id = page.site_id AND comment.page_id = page.id AND (
        comment.source <> '' OR EXISTS (
            SELECT 1 FROM decision WHERE decision.site_id = comment.site_id AND decision.comment_id = comment.id
            AND decision.after = 'approved' AND decision.undone_at IS NULL)))
"""


def upgrade() -> None:
    op.add_column("page", sa.Column("title_checked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("page", sa.Column("title_from", sa.BigInteger(), nullable=True))
    op.add_column("page", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("page", sa.Column("problem", sa.String(300), nullable=False, server_default=""))
    op.add_column("page", sa.Column("language", sa.String(35), nullable=False, server_default=""))
    unasked = sa.text("asked_at IS NULL")
    op.create_index("ix_page_unasked", "page", ["id"], sqlite_where=unasked, postgresql_where=unasked)
    op.execute(_SEEN)
