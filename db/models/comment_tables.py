"""The tables of sites, pages and comments, and of the limits on posting."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Double, Index, LargeBinary, Text, false, text
from sqlalchemy import Enum as OneOf
from sqlmodel import Field, SQLModel

from db.column_types import UtcDateTime


class Status(StrEnum):
    """The state of a comment, in one word rather than several booleans."""

    APPROVED = "approved"
    PENDING = "pending"
    SPAM = "spam"
    TRASH = "trash"


_HAS_CLIENT = text("client IS NOT NULL")
"""Few comments have a client, each for two days. An index of these alone finds the expired ones."""

_LOWER_EMAIL = text("lower(email)")
"""Email addresses are looked up in any case, as people type them."""

_HAS_PARENT = text("parent_id IS NOT NULL")
_IS_UNASKED = text("asked_at IS NULL")
_IS_IMPORTED = text("import_id IS NOT NULL")


def _of_import(table: str, *key: str) -> Index:
    """What an import wrote, so that it can be undone, in the order of its key."""
    columns = ("site_id", "import_id", *key)
    return Index(f"ix_{table}_import", *columns, sqlite_where=_IS_IMPORTED)


def _status() -> Any:
    return OneOf(Status, native_enum=False, length=8, values_callable=lambda kind: [status.value for status in kind])


class Site(SQLModel, table=True):
    """An origin whose pages may have comments. ``secret_hash`` is SHA-256 of 256 random bits.

    ``key`` is public, since pages contain it. ``check_key`` is for programs that use and train the spam check.
    ``close_days``: days after which a page takes no more comments; NULL for never. ``page_rules``: which addresses are
    one page, as JSON; NULL for a site from before there were rules.
    """

    id: int | None = Field(default=None, primary_key=True)
    origin: str = Field(max_length=300, unique=True)
    key: str = Field(max_length=40, unique=True)
    check_key: str = Field(max_length=40)
    secret_hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime)
    close_days: int | None = Field(default=None)
    page_rules: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (Index("uq_site_check_key", "check_key", unique=True),)


class Page(SQLModel, table=True):
    """A page with comments.

    ``key`` is the same for all spellings of an address. ``version`` increases in the transaction of every visible
    change, and is part of the key of rendered comments, so that no cache has to be flushed. ``pinned_id`` is the
    comment on top of the thread; ``opened_at`` is when a moderator last opened it again. ``import_id`` is the import
    that made the page.

    ``title`` came with the comment ``title_from``. It is ``title_checked`` once it was approved with that comment, said
    by the page itself, or set by the owner. ``asked_at`` is when the page was asked; ``problem`` is what was wrong with
    it then, such as "answers 404", and ``language`` the language that it names.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    key: str = Field(max_length=2000)
    url: str = Field(max_length=2000)
    title: str = Field(default="", max_length=300)
    closed: bool = Field(default=False)
    version: int = Field(default=1, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)
    pinned_id: int | None = Field(default=None, sa_type=BigInteger)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    import_id: int | None = Field(default=None, sa_type=BigInteger)
    title_checked: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    title_from: int | None = Field(default=None, sa_type=BigInteger)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    language: str = Field(default="", max_length=35, sa_column_kwargs={"server_default": ""})

    __table_args__ = (
        Index("uq_page_site_id_key", "site_id", "key", unique=True),
        Index("ix_page_unasked", "id", sqlite_where=_IS_UNASKED),
        _of_import("page", "id"),
    )


class Comment(SQLModel, table=True):
    """A comment as typed, with its status and the reasons of the spam check.

    ``said_by_author`` and ``said_by_email`` are digests of (page, parent, name or email, text); their unique indexes
    refuse duplicates. They are NULL for imported and trashed comments. ``client`` is a keyed hash of the network and
    the day. The network address itself is not stored. ``staff``: a moderator wrote it, for the site.
    ``language`` is a guess, ISO 639-1. ``import_id`` is the import that wrote it; NULL again for what an undo
    has kept.
    """

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    page_id: int = Field(sa_type=BigInteger)
    parent_id: int | None = Field(default=None, sa_type=BigInteger)
    status: Status = Field(sa_column=Column(_status(), nullable=False))
    author: str = Field(max_length=245)
    email: str = Field(default="", max_length=100)
    url: str = Field(default="", max_length=200)
    text: str = Field(sa_type=Text)
    format: str = Field(default="markdown", max_length=8)
    created_at: datetime = Field(sa_type=UtcDateTime)
    client: bytes | None = Field(default=None, sa_type=LargeBinary)
    score: float = Field(default=0.0)
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    said_by_author: int | None = Field(default=None, sa_type=BigInteger)
    said_by_email: int | None = Field(default=None, sa_type=BigInteger)
    source: str = Field(default="", max_length=20)
    source_id: str | None = Field(default=None, max_length=100)
    staff: bool | None = Field(default=None)
    language: str | None = Field(default=None, max_length=3)
    import_id: int | None = Field(default=None, sa_type=BigInteger)

    __table_args__ = (
        _of_import("comment", "id"),
        Index("ix_comment_page", "site_id", "page_id", "status", "created_at", "id"),
        Index(
            "ix_comment_parent",
            *("site_id", "parent_id", "status", "created_at", "id"),
            sqlite_where=_HAS_PARENT,
        ),
        Index("ix_comment_site", "site_id", "status", "created_at", "id", "page_id"),
        Index("ix_comment_status", "status", "created_at", "id"),
        Index("ix_comment_email", "site_id", _LOWER_EMAIL),
        Index("ix_comment_client", "created_at", sqlite_where=_HAS_CLIENT),
        Index("uq_comment_said_by_author", "site_id", "said_by_author", unique=True),
        Index("uq_comment_said_by_email", "site_id", "said_by_email", unique=True),
        Index("uq_comment_source", "site_id", "source", "source_id", unique=True),
    )


class Spent(SQLModel, table=True):
    """A used token, by its nonce, with the resulting comment, so that a double click gets the first result again."""

    site_id: int = Field(primary_key=True)
    nonce: bytes = Field(primary_key=True, sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    comment_id: int | None = Field(default=None, sa_type=BigInteger)
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)


class RecentPost(SQLModel, table=True):
    """When a client last posted, for the flood limit. ``who`` is a keyed hash of a network or of an email address."""

    __tablename__ = "recent"

    site_id: int = Field(primary_key=True)
    who: bytes = Field(primary_key=True, sa_type=LargeBinary)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class Bucket(SQLModel, table=True):
    """A token bucket, while the database counts for several processes (generic cell rate algorithm).

    ``full_at`` is the Unix time in seconds at which the bucket is full again, so that a full one needs no row. ``use``
    is what is limited, ``who`` a keyed hash of a network or of a name.
    """

    use: str = Field(primary_key=True, max_length=20)
    who: bytes = Field(primary_key=True, sa_type=LargeBinary)
    full_at: float = Field(sa_type=Double, index=True)


class Decision(SQLModel, table=True):
    """A moderator's decision on a comment. Decisions of one click share a ``batch`` and are undone together."""

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    id: int = Field(primary_key=True, sa_type=BigInteger)
    comment_id: int = Field(sa_type=BigInteger)
    batch: int = Field(sa_type=BigInteger, index=True)
    admin_id: int | None = Field(default=None)
    before: Status = Field(sa_column=Column(_status(), nullable=False))
    after: Status = Field(sa_column=Column(_status(), nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("ix_decision_comment", "site_id", "comment_id", "id"),)


class AuthorChange(SQLModel, table=True):
    """A comment that its author edited or deleted.

    ``first_text`` is the text as posted, for moderators; it is kept as long as the trash. The row of a deleted comment
    outlives the comment, so that a placeholder can keep its replies in place.
    """

    __tablename__ = "author_change"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    comment_id: int = Field(primary_key=True, sa_type=BigInteger)
    page_id: int = Field(sa_type=BigInteger)
    parent_id: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime)
    first_text: str | None = Field(default=None, sa_type=Text)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("ix_author_change_page", "site_id", "page_id"),)


class KnownName(SQLModel, table=True):
    """The name of an author who came back with a proof. ``name`` is a keyed hash, ``seen_at`` the last visit."""

    __tablename__ = "known_name"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    name: bytes = Field(primary_key=True, sa_type=LargeBinary)
    seen_at: datetime = Field(sa_type=UtcDateTime, index=True)


class WordpressPost(SQLModel, table=True):
    """The page that a WordPress post became. Forms of themes still send the post's number. ``import_id`` is the import
    that brought it."""

    __tablename__ = "wordpress_post"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    post_id: int = Field(primary_key=True, sa_type=BigInteger)
    page_key: str = Field(max_length=2000)
    page_url: str = Field(max_length=2000)
    import_id: int | None = Field(default=None, sa_type=BigInteger)

    __table_args__ = (Index("ix_wordpress_post_page", "site_id", "page_key"), _of_import("wordpress_post", "post_id"))
