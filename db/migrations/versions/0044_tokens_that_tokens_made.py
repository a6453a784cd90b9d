"""Tokens know the token that made them, and are revoked with it."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0042"


def upgrade() -> None:
    op.add_column("api_token", sa.Column("made_by", sa.BigInteger(), nullable=True))
