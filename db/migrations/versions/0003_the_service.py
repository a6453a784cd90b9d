"""The spam check as a service: verdicts given, usage, lessons and what was learned of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _site() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site_id"], ["site.id"])


def upgrade() -> None:
    op.create_table(
        "checked",
        _column("site_id", sa.Integer()),
        _column("guid", sa.LargeBinary()),
        _column("digest", sa.LargeBinary()),
        _column("spam", sa.Boolean()),
        _column("corrected", sa.Boolean()),
        _column("at", INSTANT),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "guid", name="pk_checked"),
    )
    op.create_index("ix_checked_at", "checked", ["at"])
    op.create_index("ix_checked_digest", "checked", ["site_id", "digest"])
    op.create_table(
        "usage_day",
        _column("site_id", sa.Integer()),
        _column("day", sa.String(10)),
        *(_column(name, sa.Integer()) for name in ("spam", "ham", "missed_spam", "false_positives")),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "day", name="pk_usage_day"),
    )
    op.create_table(
        "lesson",
        _column("site_id", sa.Integer()),
        _column("digest", sa.LargeBinary()),
        _column("spam", sa.Boolean()),
        _column("logit", sa.Float()),
        _column("features", sa.LargeBinary()),
        _column("fingerprint", sa.LargeBinary()),
        _column("at", INSTANT),
        _site(),
        sa.PrimaryKeyConstraint("site_id", "digest", name="pk_lesson"),
    )
    op.create_index("ix_lesson_at", "lesson", ["at"])
    op.create_index("ix_lesson_site_at", "lesson", ["site_id", "at"])
    op.create_table(
        "taught",
        _column("site_id", sa.Integer()),
        _column("version", sa.BigInteger()),
        _column("data", sa.LargeBinary()),
        _site(),
        sa.PrimaryKeyConstraint("site_id", name="pk_taught"),
    )
