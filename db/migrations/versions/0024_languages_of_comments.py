"""The language that a comment seems to be written in."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("comment", sa.Column("language", sa.String(3), nullable=True))
