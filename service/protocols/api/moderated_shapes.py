"""Comments as moderators see them, and the filters of their list."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field

from db.models import Status
from service.api_tokens import Bearer
from service.comments.admin_counts import ListCounts
from service.comments.admin_list import ListedComment
from service.comments.comment_filter import CommentFilter
from service.comments.validation import LONGEST, LONGEST_TITLE
from service.protocols.api.common_shapes import (
    Cursor,
    Flag,
    Instant,
    Key,
    Limit,
    NextCursor,
    PageAddress,
    QuerySite,
    Shape,
    SiteId,
    key_of,
    key_text,
)


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
        names = ("author", "email", "url", "text", "format", "created_at", "score", "source", "pinned", "status")
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


class CommentList(Shape):
    """A part of a list of comments, newest first."""

    items: list[ModeratedComment]
    next: NextCursor


def _day(value: Any) -> Any:
    """A day that has one before and one after it."""
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    raise ValueError("is not a day such as 2026-11-24")


def _with_neighbours(day: date) -> date:
    if not 1 < day.year < 9999:
        raise ValueError("lies too far away")
    return day


Day = Annotated[date, BeforeValidator(_day), AfterValidator(_with_neighbours)]
Search = Annotated[str, Field(max_length=200, description="Each word must be found.")]


class FilterQuery(Shape):
    """Filters, which all apply. ``words`` are searched in all fields and in the page's address and title."""

    words: Search = ""
    site: QuerySite | None = None
    page: Key | None = None
    network: Annotated[Key | None, Field(description="Id of a comment: others of its network, for two days.")] = None
    author: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=200)] = ""
    reason: Annotated[str, Field(max_length=40, description="The symbol of a rule of the spam filter.")] = ""
    language: Annotated[str, Field(max_length=3, description="ISO 639-1 code.")] = ""
    since: Day | None = None
    until: Day | None = None
    replied: Flag | None = None
    reported: Annotated[Flag, Field(description="Only comments with open reports.")] = False

    def wanted(self, bearer: Bearer) -> CommentFilter:
        """The filter, for what the token's admin may see."""
        network = key_of(self.network) if self.network else None
        if network and not bearer.admin.sees(network[0]):
            network = (0, 0)  # of no comment, so that nothing is found
        return CommentFilter(
            words=" ".join(self.words.split()),
            site=self.site,
            sites=bearer.admin.sites,
            page=key_of(self.page) if self.page else None,
            network=network,
            author=self.author,
            email=self.email,
            reason=self.reason,
            language=self.language,
            since=self.since,
            until=self.until,
            replied=self.replied,
            reported=self.reported,
        )


class CommentListQuery(FilterQuery):
    """A filter and a part of what it finds. Without ``status``: pending and approved ones."""

    status: Status | None = None
    cursor: Cursor | None = None
    limit: Limit = 25


class StatusCounts(Shape):
    """Comments by status. A status in ``at_least`` has more comments than its number, too many to count."""

    approved: int
    pending: int
    spam: int
    trash: int
    at_least: list[Status]

    @classmethod
    def of(cls, counts: ListCounts) -> "StatusCounts":
        """As the list of comments counts them."""
        numbers = {status.value: number for status, number in counts.items()}
        return cls(**numbers, at_least=sorted(counts.more))


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


class NewReply(Shape):
    """A moderator's reply, under the name of the token's admin unless it has an ``author``."""

    text: Annotated[str, Field(max_length=LONGEST["comment"])]
    author: Annotated[str, Field(max_length=LONGEST["author"])] = ""


class CommentChange(Shape):
    """The changes; members that are missing or null stay. ``restore``: back to the status before spam or trash."""

    text: Annotated[str | None, Field(max_length=LONGEST["comment"])] = None
    author: Annotated[str | None, Field(max_length=LONGEST["author"])] = None
    email: Annotated[str | None, Field(max_length=LONGEST["email"])] = None
    url: Annotated[str | None, Field(max_length=LONGEST["url"])] = None
    status: Literal["approved", "pending", "spam", "trash", "restore"] | None = None
