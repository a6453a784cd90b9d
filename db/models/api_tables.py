"""The tables of the JSON API: tokens, and answers that are given again to a repeated request."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class ApiToken(SQLModel, table=True):
    """A token by which a program acts for an admin. ``digest`` is a keyed hash; ``scopes`` are words between spaces.

    ``used_at`` changes once a day at most, so that requests that read do not have to write. ``made_by``: the token that
    made it. It names a row as long as this one is valid: whoever made it lasts longer, and takes it along when revoked.
    """

    __tablename__ = "api_token"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    admin_id: int = Field(foreign_key="admin.id", index=True)
    name: str = Field(max_length=100)
    digest: bytes = Field(sa_type=LargeBinary)
    scopes: str = Field(max_length=300)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    made_by: int | None = Field(default=None, sa_type=BigInteger)

    __table_args__ = (Index("uq_api_token_digest", "digest", unique=True),)


class StoredAnswer(SQLModel, table=True):
    """What a request with an ``Idempotency-Key`` was answered. ``status`` is NULL while the first request is under way.

    ``owner``, ``key`` and ``request`` are keyed hashes of who sent it, of the key and of the request; ``answer`` is
    JSON.
    """

    __tablename__ = "stored_answer"

    owner: bytes = Field(primary_key=True, sa_type=LargeBinary)
    key: bytes = Field(primary_key=True, sa_type=LargeBinary)
    request: bytes = Field(sa_type=LargeBinary)
    status: int | None = Field(default=None)
    answer: bytes | None = Field(default=None, sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
