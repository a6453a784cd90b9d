"""An index of the words in comments."""

from alembic import op

from db.search import create_search

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    create_search(op.get_bind())
