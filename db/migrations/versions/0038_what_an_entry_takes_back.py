"""Entries of the log are looked up by what they take back, and by the batch of their decisions."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_index("ix_log_entry_batch", "log_entry", ["site_id", "batch"])
