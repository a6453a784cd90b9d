"""The tables of the spam check: what was seen, what a site has set, and what it has learned."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


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
    """What a site's check has learned from the decisions of its moderators. ``version`` moves with every refit.

    ``mark`` tells which log it was fitted on, ``claimed_until`` keeps two processes from fitting at once. ``data`` is
    the local model, ``standings`` the reputations, ``report`` how the refit went.
    """

    __tablename__ = "spam_model"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    version: int = Field(sa_type=BigInteger)
    mark: str = Field(default="", max_length=80)
    claimed_until: datetime = Field(sa_type=UtcDateTime)
    data: bytes | None = Field(default=None, sa_type=LargeBinary)
    standings: bytes | None = Field(default=None, sa_type=LargeBinary)
    report: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class SpamVote(SQLModel, table=True):
    """What a decided comment teaches, for when its text is deleted: numbers, no words.

    ``logit`` is the prior's, ``features`` are hashes with values, ``about`` hashes of the hosts it advertised and of
    the address it came from; ``score`` and ``reasons`` what the check had found, without its sentences.
    """

    __tablename__ = "spam_vote"

    site_id: int = Field(primary_key=True)
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    logit: float
    features: bytes = Field(sa_type=LargeBinary)
    fingerprint: bytes = Field(sa_type=LargeBinary)
    about: bytes = Field(sa_type=LargeBinary)
    score: float
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime, index=True)
