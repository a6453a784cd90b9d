"""Posts of WordPress by their pages, and passwords for programs."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("ix_wordpress_post_page", "wordpress_post", ["site_id", "page_key"])
    op.create_table(
        "application_password",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_application_password"),
    )
    op.create_index("ix_application_password_admin_id", "application_password", ["admin_id"])
    op.create_index("uq_application_password_digest", "application_password", ["digest"], unique=True)
