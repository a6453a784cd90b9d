"""What authors do to their own comments, names that are known, and mail: who wants it, and what is to be sent."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)


def _column(name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def _site() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site_id"], ["site.id"])


def upgrade() -> None:
    op.create_table(
        "author_change",
        _column("site_id", sa.Integer()),
        _column("comment_id", sa.BigInteger()),
        _column("page_id", sa.BigInteger()),
        _column("parent_id", sa.BigInteger(), nullable=True),
        _column("created_at", INSTANT),
        _column("first_text", sa.Text(), nullable=True),
        _column("edited_at", INSTANT, nullable=True),
        _column("deleted_at", INSTANT, nullable=True),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "comment_id", name="pk_author_change"),
    )
    op.create_index("ix_author_change_page", "author_change", ["site_id", "page_id"])
    op.create_table(
        "known_name",
        _column("site_id", sa.Integer()),
        _column("name", sa.LargeBinary()),
        _column("seen_at", INSTANT),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "name", name="pk_known_name"),
    )
    op.create_index("ix_known_name_seen_at", "known_name", ["seen_at"])
    op.create_table(
        "subscription",
        _column("site_id", sa.Integer()),
        _column("comment_id", sa.BigInteger()),
        _column("proof_id", sa.BigInteger(), nullable=True),
        _column("lang", sa.String(20)),
        _column("asked_at", INSTANT),
        _column("confirmed_at", INSTANT, nullable=True),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "comment_id", name="pk_subscription"),
    )
    op.create_index("ix_subscription_asked_at", "subscription", ["asked_at"])
    op.create_table(
        "outbox",
        _column("site_id", sa.Integer()),
        _column("kind", sa.String(10)),
        _column("about", sa.BigInteger()),
        _column("created_at", INSTANT),
        _column("due_at", INSTANT),
        _column("attempts", sa.Integer()),
        _column("done_at", INSTANT, nullable=True),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "kind", "about", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due", "outbox", ["done_at", "due_at"])
