"""What a blog that moved here from WordPress goes on calling by its old numbers, and the passwords of programs."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class WordpressPost(SQLModel, table=True):
    """A page by the number that its post had, for themes whose forms still name it."""

    __tablename__ = "wordpress_post"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    post_id: int = Field(primary_key=True, sa_type=BigInteger)
    page_key: str = Field(max_length=2000)
    page_url: str = Field(max_length=2000)

    __table_args__ = (Index("ix_wordpress_post_page", "site_id", "page_key"),)


class ApplicationPassword(SQLModel, table=True):
    """What a program logs in with in an admin's name. ``digest`` is SHA-256 of 24 random letters and digits.

    ``used_at`` moves once a day at most, so that reading does not become writing.
    """

    __tablename__ = "application_password"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    admin_id: int = Field(foreign_key="admin.id", index=True)
    name: str = Field(max_length=100)
    digest: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (Index("uq_application_password_digest", "digest", unique=True),)
