"""Pages by the numbers that they had as posts of WordPress."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "wordpress_post",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("page_key", sa.String(2000), nullable=False),
        sa.Column("page_url", sa.String(2000), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "post_id", name="pk_wordpress_post"),
    )
