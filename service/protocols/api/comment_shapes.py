"""Comments in the API's answers and bodies. A field of a comment is a member of each of these shapes."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from db.models import Status
from service.author_fields import AUTHOR_NAMES, PUBLIC_NAMES
from service.comment_row import CommentRow
from service.comments.admin_list import ListedComment
from service.comments.validation import LONGEST, LONGEST_TITLE, WORDS
from service.language import Language
from service.protocols.api.common_shapes import Instant, Key, Lang, PageAddress, Shape, SiteId, key_of, key_text
from service.web.feeds import FeedEntry
from service.web.submission import CONSENT, SUBSCRIBE

FORM_NAMES = {name: name for name in AUTHOR_NAMES} | {"comment": "text", "captcha": "answer"}
"""Field of the form → member of the body."""


class PublicComment(Shape):
    """An approved comment. ``html`` is safe to show; a long one ends with a link to the whole."""

    id: Key
    page: str
    parent: Key | None
    author: str
    url: str | None
    html: str
    excerpt: str
    created_at: datetime
    link: str

    @classmethod
    def all(cls, rows: list[CommentRow], language: Language) -> list[Self]:
        """For readers of a language."""
        entries = FeedEntry.all(rows, language)
        return [cls._of(row, entry) for row, entry in zip(rows, entries, strict=True)]

    @classmethod
    def _of(cls, row: CommentRow, entry: FeedEntry) -> Self:
        return cls(
            id=key_text(row.site_id, row.id),
            page=row.page_url,
            parent=key_text(row.site_id, row.parent_id) if row.parent_id else None,
            **{name: getattr(entry, name) for name in PUBLIC_NAMES},
            html=str(entry.html),
            excerpt=entry.excerpt,
            created_at=entry.created,
            link=entry.link,
        )


class NewPublicComment(Shape):
    """A comment with the answer to a question of ``/public/question``. ``review``: instead of an answer, for people who
    cannot give one; the comment then waits. ``work``: the proof of work that a question from level 3 on asks for."""

    page: PageAddress
    title: Annotated[str, Field(max_length=LONGEST_TITLE, description="The title of the page.")] = ""
    parent: Key | None = None
    author: Annotated[str, Field(max_length=LONGEST["author"])]
    email: Annotated[str, Field(max_length=LONGEST["email"])]
    url: Annotated[str, Field(max_length=LONGEST["url"])] = ""
    text: Annotated[str, Field(max_length=LONGEST["comment"], description="Markdown.")]
    token: Annotated[str, Field(max_length=1000)] = ""
    answer: Annotated[str, Field(max_length=100)] = ""
    work: Annotated[str, Field(max_length=4000)] = ""
    review: bool = False
    lang: Lang = ""
    subscribe: Annotated[bool, Field(description="Mail about replies.")] = False
    remember: Annotated[bool, Field(description="Return a `proof`, by which the author is known next time.")] = False
    proof: Annotated[str, Field(max_length=500)] = ""

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the form."""
        flags = {"review": self.review, SUBSCRIBE: self.subscribe, CONSENT: self.remember}
        return {
            "page": self.page,
            "title": self.title,
            "comment_parent": str(key_of(self.parent)[1]) if self.parent else "",
            **{field: getattr(self, member) for field, member in FORM_NAMES.items()},
            "captcha_token": self.token,
            "altcha": self.work,
            "lang": self.lang,
            "proof": self.proof,
            **{name: "1" for name, is_set in flags.items() if is_set},
        }


class CommentPage(Shape):
    """The page of a comment."""

    id: Key
    url: str
    title: str
    closed: bool


Fact = Annotated[float | None, Field(exclude_if=lambda value: value is None)]


class SpamReason(Shape):
    """Why the spam filter gave a comment points (``weight``). ``alone``: the part that counts however legitimate the
    text reads; ``trial``: points of a test rule. Of the classifier: ``logit``, of the general and the local model."""

    symbol: str
    weight: float
    sentence: str
    alone: Fact = None
    base: Fact = None
    trial: Fact = None
    logit: Fact = None
    prior: Fact = None
    local: Fact = None

    @classmethod
    def all(cls, stored: list[dict[str, Any]]) -> list[Self]:
        """Imported comments may have any JSON here: what is no reason is left out."""
        return [reason for each in stored if isinstance(each, dict) and (reason := cls._of(each)) is not None]

    @classmethod
    def _of(cls, stored: dict[str, Any]) -> Self | None:
        numbers = {name: value for name, value in stored.items() if name in cls.model_fields and _is_number(value)}
        if "weight" not in numbers:
            return None
        words = {"symbol": str(stored.get("symbol")), "sentence": str(stored.get("sentence", ""))}
        return cls(**{**numbers, **words})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class ModeratedComment(Shape):
    """A comment with all that moderators see. ``text`` is as typed, in ``format``. ``staff``: written for the site.
    ``first_text`` is from before its author edited it."""

    id: Key
    site: SiteId
    page: CommentPage
    parent: Key | None
    status: Status
    author: str
    email: str
    url: str
    text: str
    format: str
    created_at: datetime
    link: str
    score: float
    reasons: list[SpamReason]
    source: str
    staff: bool
    pinned: bool
    first_text: str | None
    edited_at: datetime | None
    deleted_at: datetime | None

    @classmethod
    def of(cls, row: ListedComment) -> Self:
        """As a list has it."""
        names = (*WORDS, "format", "created_at", "score", "source", "pinned", "status")
        changes = ("first_text", "edited_at", "deleted_at")
        return cls(
            id=key_text(row.site_id, row.id),
            site=row.site_id,
            page=CommentPage(
                id=key_text(row.site_id, row.page_id), url=row.page_url, title=row.page_title, closed=row.page_closed
            ),
            parent=key_text(row.site_id, row.parent_id) if row.parent_id else None,
            link=row.permalink,
            reasons=SpamReason.all(row.reasons),
            staff=bool(row.staff),
            **{name: getattr(row, name) for name in (*names, *changes)},
        )


class NewComment(Shape):
    """A comment by a program, under the name of the token's admin unless it has an ``author``. ``staff``: shown as the
    site's own. The spam filter does not check it."""

    page: PageAddress
    title: Annotated[str, Field(max_length=LONGEST_TITLE, description="The title of the page.")] = ""
    parent: Key | None = None
    author: Annotated[str, Field(max_length=LONGEST["author"])] = ""
    email: Annotated[str, Field(max_length=LONGEST["email"])] = ""
    url: Annotated[str, Field(max_length=LONGEST["url"])] = ""
    text: Annotated[str, Field(max_length=LONGEST["comment"])]
    status: Status = Status.APPROVED
    staff: bool = True
    created_at: Annotated[Instant | None, Field(description="When it was written; not in the future.")] = None


class CommentChange(Shape):
    """The changes; members that are missing or null stay. ``restore``: back to the status before spam or trash."""

    text: Annotated[str | None, Field(max_length=LONGEST["comment"])] = None
    author: Annotated[str | None, Field(max_length=LONGEST["author"])] = None
    email: Annotated[str | None, Field(max_length=LONGEST["email"])] = None
    url: Annotated[str | None, Field(max_length=LONGEST["url"])] = None
    status: Literal["approved", "pending", "spam", "trash", "restore"] | None = None
