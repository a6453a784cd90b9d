"""One byte of the network's pseudonym with each vote, so that votes from several networks remain several."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("spam_vote", sa.Column("network", sa.SmallInteger(), nullable=True))
