"""What the spam check has seen, what a site sets for it, and what it has learned."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)


def _column(name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "sighting",
        _column("site_id", sa.Integer()),
        _column("what", sa.BigInteger()),
        _column("number", sa.Integer()),
        _column("lately", sa.Integer()),
        _column("began", INSTANT),
        _column("first_id", sa.BigInteger()),
        _column("last_id", sa.BigInteger()),
        _column("expires_at", INSTANT),
        sa.PrimaryKeyConstraint("site_id", "what", name="pk_sighting"),
    )
    op.create_index("ix_sighting_expires_at", "sighting", ["expires_at"])
    op.create_table(
        "spam_setting",
        _column("site_id", sa.Integer()),
        _column("version", sa.BigInteger()),
        _column("settings", sa.JSON()),
        _column("at", INSTANT),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", name="pk_spam_setting"),
    )
    op.create_table(
        "spam_model",
        _column("site_id", sa.Integer()),
        _column("version", sa.BigInteger()),
        _column("mark", sa.String(80)),
        _column("claimed_until", INSTANT),
        _column("data", sa.LargeBinary(), nullable=True),
        _column("standings", sa.LargeBinary(), nullable=True),
        _column("report", sa.JSON()),
        _column("at", INSTANT),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", name="pk_spam_model"),
    )
    op.create_table(
        "spam_vote",
        _column("site_id", sa.Integer()),
        _column("comment_id", sa.BigInteger()),
        _column("logit", sa.Float()),
        _column("features", sa.LargeBinary()),
        _column("fingerprint", sa.LargeBinary()),
        _column("about", sa.LargeBinary()),
        _column("score", sa.Float()),
        _column("reasons", sa.JSON()),
        _column("at", INSTANT),
        sa.PrimaryKeyConstraint("site_id", "comment_id", name="pk_spam_vote"),
    )
    op.create_index("ix_spam_vote_at", "spam_vote", ["at"])
