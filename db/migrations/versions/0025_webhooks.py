"""Webhooks: where they go, what is to be sent, and what came of each attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

INSTANT = sa.DateTime(timezone=True)


def _site() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site_id"], ["site.id"])


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("events", sa.String(200), nullable=False),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("token", sa.String(500), nullable=False),
        sa.Column("room", sa.String(200), nullable=False),
        sa.Column("with_email", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("stopped_at", INSTANT, nullable=True),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_webhook"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("comment_id", sa.BigInteger(), nullable=False),
        sa.Column("gathers", sa.Boolean(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_webhook_delivery"),
    )
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["done_at", "due_at"])
    gathers = ["site_id", "webhook_id", "gathers"]
    op.create_index("uq_webhook_delivery_gathers", "webhook_delivery", gathers, unique=True)
    op.create_table(
        "webhook_attempt",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(300), nullable=False),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_webhook_attempt"),
    )
    op.create_index("ix_webhook_attempt_at", "webhook_attempt", ["at"])
    op.create_index("ix_webhook_attempt_delivery", "webhook_attempt", ["site_id", "delivery_id"])
