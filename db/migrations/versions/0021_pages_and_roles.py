"""Pinned comments, comments of the site's own, pages that close by themselves; roles of admins, and invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("page", sa.Column("pinned_id", sa.BigInteger(), nullable=True))
    op.add_column("page", sa.Column("opened_at", INSTANT, nullable=True))
    op.add_column("comment", sa.Column("staff", sa.Boolean(), nullable=True))
    op.add_column("site", sa.Column("close_days", sa.Integer(), nullable=True))
    op.add_column("admin", sa.Column("role", sa.String(10), nullable=True))
    op.add_column("admin", sa.Column("every_site", sa.Boolean(), nullable=True))
    op.create_table(
        "admin_site",
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("admin_id", "site_id", name="pk_admin_site"),
    )
    op.create_table(
        "invitation",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(100), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_invitation"),
    )
    op.create_index("ix_invitation_expires_at", "invitation", ["expires_at"])
    op.add_column("session", sa.Column("browser", sa.String(100), nullable=True))
