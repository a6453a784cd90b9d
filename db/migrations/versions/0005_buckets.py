"""Token buckets, for when several processes count in the database."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "bucket",
        sa.Column("use", sa.String(20), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("full_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("use", "who", name="pk_bucket"),
    )
    op.create_index("ix_bucket_full_at", "bucket", ["full_at"])
