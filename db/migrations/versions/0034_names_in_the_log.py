"""The log keeps the name that an admin had, and says which sites have a log; refusals are counted by day."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_BEGUN = """INSERT INTO log_entry (site_id, id, at, actor, action, batch, number)
SELECT 0, -site_id, CURRENT_TIMESTAMP, 'service', 'log begun', site_id, 0 FROM log_head WHERE site_id <> 0"""
"""The logs from before. The service joins these entries to its chain; their ids are of no other entry."""


def upgrade() -> None:
    op.add_column("log_entry", sa.Column("by_name", sa.String(100), nullable=True))
    op.execute(_BEGUN)
    op.create_table(
        "refusal_day",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "day", "reason", name="pk_refusal_day"),
    )
