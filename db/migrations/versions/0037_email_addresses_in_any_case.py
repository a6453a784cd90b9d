"""Email addresses are looked up in any case, as people type them."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.drop_index("ix_comment_email", "comment")
    op.create_index("ix_comment_email", "comment", ["site_id", sa.text("lower(email)")])
