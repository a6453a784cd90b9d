"""The tables of the spam check: near duplicates, settings, votes, models and usage."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, SmallInteger
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class VoteSource(StrEnum):
    """Who voted that a comment is spam or ham: a moderator of the site, or a client with the site's check key."""

    MODERATOR = "moderator"
    KEY = "key"


class Sighting(SQLModel, table=True):
    """How often a band of a text's fingerprint was seen; ``what`` is its hash.

    ``lately`` counts since ``began``, ``number`` since the row was created; both start again when their time is over.
    ``first_id`` and ``last_id`` are the first and the last comment that had it.
    """

    site_id: int = Field(primary_key=True)
    what: int = Field(primary_key=True, sa_type=BigInteger)
    number: int
    lately: int
    began: datetime = Field(sa_type=UtcDateTime)
    first_id: int = Field(sa_type=BigInteger)
    last_id: int = Field(sa_type=BigInteger)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SpamSetting(SQLModel, table=True):
    """A site's settings of its spam check. ``version`` changes with every save."""

    __tablename__ = "spam_setting"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    version: int = Field(sa_type=BigInteger)
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class SiteBlock(SQLModel, table=True):
    """What a site blocks until an instant, or for good: see ``service.spam.site_blocks``. ``admin_id``: who said so."""

    __tablename__ = "site_block"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str = Field(max_length=10)
    value: str = Field(max_length=400)
    created_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    admin_id: int | None = Field(default=None)

    __table_args__ = (Index("uq_site_block_value", "site_id", "kind", "value", unique=True),)


class SpamModel(SQLModel, table=True):
    """A site's model, fitted on the votes of a ``VoteSource``. ``version`` changes with every refit.

    ``mark`` identifies the votes it was fitted on; ``claimed_until`` keeps two processes from fitting at once. ``data``
    is the model, ``standings`` the reputations, ``report`` the outcome of the refit.
    """

    __tablename__ = "spam_model"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    source: str = Field(primary_key=True, max_length=20)
    version: int = Field(sa_type=BigInteger)
    mark: str = Field(default="", max_length=80)
    claimed_until: datetime = Field(sa_type=UtcDateTime)
    data: bytes | None = Field(default=None, sa_type=LargeBinary)
    standings: bytes | None = Field(default=None, sa_type=LargeBinary)
    report: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class SpamVote(SQLModel, table=True):
    """A comment as training data: numbers and hashes, no words, so that it outlives the text.

    ``source`` is a ``VoteSource``. The votes of moderators are in ``decision``, including what is undone; their rows
    here have ``spam`` NULL. A vote by a check key is the row itself; its ``comment_id`` is made of the text's digest.

    ``logit`` is from the prior model, ``features`` are hashes with values, ``about`` are hashes of the hosts linked to
    and of the sender's address, ``score`` and ``reasons`` are the verdict at that time, without its sentences.
    ``network`` is the first byte of the comment's ``client``: it tells networks apart and says nothing of any.
    """

    __tablename__ = "spam_vote"

    site_id: int = Field(primary_key=True)
    source: str = Field(primary_key=True, max_length=20)
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    spam: bool | None = Field(default=None)
    logit: float
    features: bytes = Field(sa_type=LargeBinary)
    fingerprint: bytes = Field(sa_type=LargeBinary)
    about: bytes = Field(sa_type=LargeBinary)
    score: float
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    network: int | None = Field(default=None, sa_type=SmallInteger)

    __table_args__ = (Index("ix_spam_vote_source_at", "site_id", "source", "at"),)


class CheckedComment(SQLModel, table=True):
    """A verdict given to a client, by the id that the client got. ``digest`` is a keyed hash of the comment.

    ``corrected`` is whether the client has since reported the verdict as wrong.
    """

    __tablename__ = "checked"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    guid: bytes = Field(primary_key=True, sa_type=LargeBinary)
    digest: bytes = Field(sa_type=LargeBinary)
    spam: bool
    corrected: bool = Field(default=False)
    at: datetime = Field(sa_type=UtcDateTime, index=True)

    __table_args__ = (Index("ix_checked_digest", "site_id", "digest"),)


class UsageDay(SQLModel, table=True):
    """The calls of a check key on a day in UTC (``2026-11-24``)."""

    __tablename__ = "usage_day"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    day: str = Field(primary_key=True, max_length=10)
    spam: int = Field(default=0)
    ham: int = Field(default=0)
    missed_spam: int = Field(default=0)
    false_positives: int = Field(default=0)


class RefusalDay(SQLModel, table=True):
    """How many submissions a site's form refused on a day in UTC (``2026-11-24``), by reason."""

    __tablename__ = "refusal_day"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    day: str = Field(primary_key=True, max_length=10)
    reason: str = Field(primary_key=True, max_length=20)
    number: int
