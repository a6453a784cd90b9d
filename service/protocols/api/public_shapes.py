"""What readers read without a token, as JSON: comments, pages, questions, numbers."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from service.protocols.api.comment_shapes import PublicComment
from service.protocols.api.common_shapes import (
    Cursor,
    Days,
    Flag,
    Lang,
    NextCursor,
    PageAddress,
    PublicLimit,
    Shape,
)

MOST_PAGES = 100


class PublicPage(Shape):
    """A page as readers see it."""

    url: str
    title: str
    closed: bool
    count: Annotated[int, Field(description="Approved comments of the page.")]


class PublicList(Shape):
    """A part of the newest comments. ``page`` is null for a whole site."""

    items: list[PublicComment]
    next: NextCursor
    page: PublicPage | None


class PublicListQuery(Shape):
    """Of one page, or of the ``whole_site`` that it belongs to."""

    page: PageAddress
    whole_site: Flag = False
    lang: Lang = ""
    cursor: Cursor | None = None
    limit: PublicLimit = 20


class LangQuery(Shape):
    """The reader's language."""

    lang: Lang = ""


class QuestionQuery(LangQuery):
    """``instead``: the token of a question that is to be replaced by one of the same kind."""

    page: PageAddress
    instead: Annotated[str, Field(pattern="^[!-~]{0,1000}$")] = ""


class Question(Shape):
    """A sum that a reader does. Send ``token`` back with the answer. From level 3 on, ``work`` is a proof of work."""

    question: str
    spoken: str
    token: str
    level: int
    expires_at: datetime
    decoy: Annotated[str, Field(description="Name of a field that people do not see.")]
    work: str


class CountedPages(Shape):
    """Addresses of pages."""

    pages: Annotated[list[PageAddress], Field(min_length=1, max_length=MOST_PAGES)]


class PageCount(Shape):
    """``count`` is null for a page of no registered site."""

    page: str
    count: int | None


class Counts(Shape):
    """The number of comments of each page, in the order asked for."""

    items: list[PageCount]


class PopularQuery(Shape):
    """``site``: any page of the site."""

    site: PageAddress
    days: Days = 30
    limit: PublicLimit = 5


class PopularPage(Shape):
    """A page and its comments within these days."""

    url: str
    title: str
    count: int


class Popular(Shape):
    """Pages, the most discussed first."""

    items: list[PopularPage]
