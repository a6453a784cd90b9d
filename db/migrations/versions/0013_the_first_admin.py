"""A mark that one admin alone can have: the first."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("admin", sa.Column("first", sa.Boolean(), nullable=True))
    op.create_index("uq_admin_first", "admin", ["first"], unique=True)
