"""A store of version 0.1.0 keeps what clients submitted and what was learned of it, beside what moderators taught."""

import zlib
from array import array
from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine

from db.engine import migrate, open_engine
from db.models import VoteSource
from service.spam.classifier import SiteModel
from service.spam.learning.key_votes import read_submitted
from service.spam.learning.moderator_votes import KeptVote
from service.spam.site_state import SiteStates
from tests.db.test_migrations import bring_to, empty_url

__all__ = ["empty_url"]

AT = datetime(2026, 11, 1, tzinfo=UTC)
FEATURES = [(7, 0.5), (70_000, -1.25)]
BY_MODERATORS, BY_KEY = SiteModel({7: 1.0}, 0.5, 3), SiteModel({7: 2.0, 9: -1.0}, 0.25, 2)


def table(connection: Connection, name: str) -> sqlalchemy.Table:
    return sqlalchemy.Table(name, sqlalchemy.MetaData(), autoload_with=connection)


def fill(engine: Engine) -> None:
    """As 0.1.0 wrote it."""
    at = AT if engine.dialect.name == "postgresql" else AT.replace(tzinfo=None)
    places, values = (array("I", [place for place, _ in FEATURES]), array("f", [value for _, value in FEATURES]))
    lesson = {
        "logit": 1.5,
        "features": zlib.compress(places.tobytes() + values.tobytes()),
        "fingerprint": array("I", [1, 2, 3]).tobytes(),
    }
    kept = KeptVote(2.5, FEATURES, (4, 5), (6,)).as_row()
    del kept["spam"]
    model = {"version": 4, "mark": "5:0:x", "claimed_until": at, "standings": None, "report": {"hold_from": 2.0}}
    rows: dict[str, list[dict[str, Any]]] = {
        "site": [{"id": 1, "origin": "https://blog.example", "key": "k" * 12, "check_key": "c" * 12, "created_at": at}],
        "lesson": [
            {**lesson, "site_id": 1, "digest": n.to_bytes(16), "spam": n % 2 == 0, "at": at} for n in range(1, 1203)
        ]
        + [{**lesson, "site_id": 1, "digest": b"\xff" * 16, "spam": True, "at": at}],
        "taught": [{"site_id": 1, "version": 9, "data": BY_KEY.to_bytes()}],
        "spam_vote": [{**kept, "site_id": 1, "comment_id": 8, "score": 3.0, "reasons": [{"symbol": "x"}], "at": at}],
        "spam_model": [{**model, "site_id": 1, "data": BY_MODERATORS.to_bytes(), "at": at}],
    }
    with engine.begin() as connection:
        for name, each in rows.items():
            if name == "site":
                each[0]["secret_hash"] = b"s" * 32
            if name == "lesson":  # the first eight bytes tell them apart
                for n, row in enumerate(each):
                    row["digest"] = row["digest"] if row["digest"][0] else n.to_bytes(8) + bytes(8)
            connection.execute(table(connection, name).insert(), each)


def test_lessons_become_votes_by_key_and_both_models_stay(empty_url: str) -> None:
    bring_to(empty_url, "0011")
    engine = open_engine(empty_url)
    fill(engine)
    migrate(engine)
    with engine.connect() as connection:
        names = sqlalchemy.inspect(connection).get_table_names()
        assert not {"lesson", "taught", "spam_vote_before", "spam_model_before"} & {*names}
        votes = table(connection, "spam_vote")
        by_key = connection.execute(votes.select().where(votes.c.source == VoteSource.KEY)).all()
        (kept,) = connection.execute(votes.select().where(votes.c.source == VoteSource.MODERATOR)).all()
        assert (len(by_key), len({row.comment_id for row in by_key}), sum(row.spam for row in by_key)) == (
            1203,
            1203,
            602,
        )
        read = read_submitted(connection, 1)
        assert {vote.at for vote in read} == {AT}
        assert read[0].kept == KeptVote(1.5, FEATURES, (1, 2, 3), ())
        assert (kept.comment_id, kept.spam, kept.score, kept.reasons) == (8, None, 3.0, [{"symbol": "x"}])
        assert KeptVote.from_row(kept) == KeptVote(2.5, FEATURES, (4, 5), (6,))
        site = SiteStates(3, 6, {}).of(connection, 1)
    assert site.versions == (0, 4, 9)
    assert (site.model.local, site.model.thresholds.hold) == (BY_MODERATORS, 2.0)
    assert site.service_model.local == BY_MODERATORS.plus(BY_KEY)
    engine.dispose()
