"""An index of the words in comments; 0033 makes it, since it needs columns that come between."""

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """See 0033."""
