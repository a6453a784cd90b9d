"""Mail to moderators: their addresses, what each wants to be told, and of which comments each was told."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0038"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "admin_mailbox",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(100), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_admin_mailbox"),
    )
    op.create_index("uq_admin_mailbox_admin_id", "admin_mailbox", ["admin_id"], unique=True)
    op.create_table(
        "mail_wish",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("pace", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"]),
        sa.PrimaryKeyConstraint("site_id", "admin_id", name="pk_mail_wish"),
    )
    op.create_index("ix_mail_wish_admin_id", "mail_wish", ["admin_id"])
    op.create_table(
        "notice",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("mail", sa.BigInteger(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("at_once_on", sa.Integer(), nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("done", sa.String(10), nullable=False, server_default=""),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "comment_id", "admin_id", name="pk_notice"),
    )
    op.create_index("ix_notice_mail", "notice", ["site_id", "mail"])
    op.create_index("ix_notice_admin", "notice", ["admin_id", "site_id", "at_once_on"])
    op.create_index("ix_notice_added_at", "notice", ["added_at"])
