"""One log of votes and one table of models, each row with its source: what clients submit with a key stands beside what
moderators decide. Nothing that was submitted or learned is lost."""

import zlib
from array import array
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

INSTANT = sa.DateTime(timezone=True)
AT_ONCE = 500
VOTE = ("site_id", "comment_id", "logit", "features", "fingerprint", "about", "score", "reasons", "at")
MODEL = ("site_id", "version", "mark", "claimed_until", "data", "standings", "report", "at")


def upgrade() -> None:
    _made_anew("spam_vote", VOTE, _create_votes)
    _made_anew("spam_model", MODEL, _create_models)
    _take_lessons(op.get_bind())
    op.execute(
        "INSERT INTO spam_model (site_id, source, version, mark, claimed_until, report, at) "
        "SELECT site_id, 'key', version, '', '2026-01-01 00:00:00', '{}', '2026-01-01 00:00:00' FROM taught"
    )
    op.execute(
        "UPDATE spam_model SET data = (SELECT data FROM taught WHERE taught.site_id = spam_model.site_id) "
        "WHERE source = 'key'"
    )
    op.drop_table("lesson")
    op.drop_table("taught")


def _made_anew(table: str, columns: tuple[str, ...], create: Any) -> None:
    """Give a table another primary key, by copying on both databases: its definition equals that of a new one."""
    names = ", ".join(columns)
    op.execute(f"CREATE TABLE {table}_before AS SELECT {names} FROM {table}")  # noqa: S608 - names of ours
    op.drop_table(table)
    create()
    copy = f"INSERT INTO {table} ({names}, source) SELECT {names}, 'moderator' FROM {table}_before"  # noqa: S608
    op.execute(copy)
    op.drop_table(f"{table}_before")


def _column(name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def _create_votes() -> None:
    op.create_table(
        "spam_vote",
        _column("site_id", sa.Integer()),
        _column("source", sa.String(20)),
        _column("comment_id", sa.BigInteger()),
        _column("spam", sa.Boolean(), nullable=True),
        _column("logit", sa.Float()),
        _column("features", sa.LargeBinary()),
        _column("fingerprint", sa.LargeBinary()),
        _column("about", sa.LargeBinary()),
        _column("score", sa.Float()),
        _column("reasons", sa.JSON()),
        _column("at", INSTANT),
        sa.PrimaryKeyConstraint("site_id", "source", "comment_id", name="pk_spam_vote"),
    )
    op.create_index("ix_spam_vote_source_at", "spam_vote", ["site_id", "source", "at"])
    op.create_index("ix_spam_vote_at", "spam_vote", ["at"])


def _create_models() -> None:
    op.create_table(
        "spam_model",
        _column("site_id", sa.Integer()),
        _column("source", sa.String(20)),
        _column("version", sa.BigInteger()),
        _column("mark", sa.String(80)),
        _column("claimed_until", INSTANT),
        _column("data", sa.LargeBinary(), nullable=True),
        _column("standings", sa.LargeBinary(), nullable=True),
        _column("report", sa.JSON()),
        _column("at", INSTANT),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "source", name="pk_spam_model"),
    )


def _take_lessons(connection: sa.Connection) -> None:
    """Each lesson becomes a vote. A number of its digest stands in for the comment's id; values get eight bytes."""
    lesson = sa.Table("lesson", sa.MetaData(), autoload_with=connection)
    vote = sa.Table("spam_vote", sa.MetaData(), autoload_with=connection)
    key = sa.tuple_(lesson.c.site_id, lesson.c.digest)
    query = sa.select(lesson).order_by(lesson.c.site_id, lesson.c.digest).limit(AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        connection.execute(vote.insert(), [_vote(row) for row in rows])
        last = sa.tuple_(sa.literal(rows[-1].site_id), sa.literal(rows[-1].digest, sa.LargeBinary()))
        rows = connection.execute(query.where(key > last)).all()


def _vote(row: Any) -> dict[str, Any]:
    packed = zlib.decompress(row.features)
    places, values = packed[: len(packed) // 2], array("f", packed[len(packed) // 2 :])
    return {
        "site_id": row.site_id,
        "source": "key",
        "comment_id": int.from_bytes(row.digest[:8], "big", signed=True),
        "spam": row.spam,
        "logit": row.logit,
        "features": zlib.compress(places + array("d", values).tobytes(), 6),
        "fingerprint": row.fingerprint,
        "about": b"",
        "score": 0.0,
        "reasons": [],
        "at": row.at,
    }
