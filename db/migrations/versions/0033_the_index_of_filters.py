"""The index of words knows authors, languages and reasons, too."""

from alembic import op

from db.word_index import renew_search

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    renew_search(op.get_bind())
