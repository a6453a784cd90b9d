"""The tables of the spam check: what was seen, what a site has set, and what it has learned."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class VoteSource(StrEnum):
    """Who says that a comment is spam or is not: a moderator of the site, or a client with the site's check key."""

    MODERATOR = "moderator"
    KEY = "key"


class Sighting(SQLModel, table=True):
    """How often something was seen: a band of a text's fingerprint, by its hash.

    ``lately`` counts since ``began``, ``number`` since the row came to be; both begin anew by themselves. ``first_id``
    and ``last_id`` are comments that had it.
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
    """What a site's owner has set for its check. ``version`` moves with every change."""

    __tablename__ = "spam_setting"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    version: int = Field(sa_type=BigInteger)
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class SpamModel(SQLModel, table=True):
    """What a site's check has learned from the votes of a ``VoteSource``. ``version`` moves with every refit.

    ``mark`` tells which log it was fitted on, ``claimed_until`` keeps two processes from fitting at once. ``data`` is
    the local model, ``standings`` the reputations, ``report`` how the refit went.
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
    """A vote, and what it teaches: numbers, no words.

    ``source`` is a ``VoteSource``. What moderators vote stands in the log of decisions, with all that is undone, so
    their rows say what the comment teaches once its text is deleted, and ``spam`` is NULL. A vote by a key is the row
    itself; a number of the text's digest is then its ``comment_id``.

    ``logit`` is the prior's, ``features`` are hashes with values, ``about`` hashes of the hosts it advertised and of
    the address it came from; ``score`` and ``reasons`` what the check had found, without its sentences.
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

    __table_args__ = (Index("ix_spam_vote_source_at", "site_id", "source", "at"),)


class CheckedComment(SQLModel, table=True):
    """A verdict that was given, by the id that its client got. ``digest`` is a keyed hash of what was judged.

    ``corrected`` is whether the client has said since that the verdict was wrong.
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
    """What a key asked on a day in UTC, ``2026-11-24``."""

    __tablename__ = "usage_day"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    day: str = Field(primary_key=True, max_length=10)
    spam: int = Field(default=0)
    ham: int = Field(default=0)
    missed_spam: int = Field(default=0)
    false_positives: int = Field(default=0)
