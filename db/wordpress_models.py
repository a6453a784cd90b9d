"""What a blog that moved here from WordPress goes on calling by its old numbers."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class WordpressPost(SQLModel, table=True):
    """A page by the number that its post had, for themes whose forms still name it."""

    __tablename__ = "wordpress_post"

    site_id: int = Field(primary_key=True, foreign_key="site.id")
    post_id: int = Field(primary_key=True, sa_type=BigInteger)
    page_key: str = Field(max_length=2000)
    page_url: str = Field(max_length=2000)
